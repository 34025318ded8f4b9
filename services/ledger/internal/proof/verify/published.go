package verify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// published walks over the checkpoints that a server has published, page by page.
type published struct {
	source   tabled
	page     []tables.Published
	from     int64 // where the next page begins
	end      bool
	previous int64 // size of the one before, -1 for none
	forked   bool  // a wrong root was reported; those after it follow from it
	kept     bool  // the kept one was among them
	ring     *keyring
}

// errList begins what is said of a list of checkpoints that is none.
var errList = errors.New("the list of checkpoints")

// next returns the next checkpoint without taking it; nil behind the last.
func (p *published) next(ctx context.Context) (*tables.Published, error) {
	if len(p.page) == 0 && !p.end {
		list, err := p.source.Checkpoints(ctx, p.from)
		if err != nil {
			return nil, err
		}
		if len(list.Keys) > maxKeys {
			return nil, fmt.Errorf("%w has more than %d keys", errList, maxKeys)
		}
		p.ring.declared = list.Keys
		for _, c := range list.Checkpoints {
			if c.Size < p.from {
				return nil, fmt.Errorf("%w does not ascend", errList)
			}
			if c.Size == math.MaxInt64 {
				p.end = true
				break
			}
			p.from = c.Size + 1
		}
		p.page = list.Checkpoints
		p.end = p.end || len(p.page) == 0
	}
	if len(p.page) == 0 {
		return nil, nil
	}
	return &p.page[0], nil
}

// next returns the next checkpoint of the list without taking it; nil where the list
// ends or is none, of which nothing more is read then.
func (v *verification) next(ctx context.Context) (*tables.Published, error) {
	c, err := v.list.next(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		v.report.whole(RuleMissing, "the server does not show its checkpoints")
	case errors.Is(err, errList):
		v.report.whole(RuleCheckpoints, "%v", err)
	default:
		return c, err
	}
	v.list = nil
	return nil, nil
}

// published checks the checkpoints within a tile of leaves, whose recomputed
// hashes are given.
func (v *verification) published(ctx context.Context, first int64, hashes []byte) error {
	if v.list == nil {
		return nil
	}
	end := first + int64(len(hashes)/merkle.HashSize)
	for {
		c, err := v.next(ctx)
		if err != nil || c == nil || c.Size > end {
			return err
		}
		right := v.row(c)
		switch root := merkle.Join(v.upper, hashes[:(c.Size-first)*merkle.HashSize]); {
		case root == c.Root && right:
			v.vouch(c)
		case root != c.Root && !v.list.forked:
			v.list.forked = true
			v.report.whole(RuleCheckpoints, "the leaves do not make the root of the checkpoint of %d leaves", c.Size)
		}
	}
}

// vouch follows the keys over a checkpoint that is right and that a trusted key has
// signed.
func (v *verification) vouch(c *tables.Published) {
	for _, sequence := range v.list.ring.vouch(c.Size, c.Note) {
		v.report.add(Finding{Sequence: sequence, Rule: RuleCheckpoints, Words: "changes the signing key " + errUnknownKey.Error()})
	}
	v.newestKey(c)
}

// newestKey checks that no old key has signed alone.
func (v *verification) newestKey(c *tables.Published) {
	if err := v.list.ring.current(c.Size, c.Note); err != nil && !errors.Is(err, errUnknownKey) {
		v.report.whole(RuleCheckpoints, "the checkpoint of %d leaves is %v", c.Size, err)
	}
}

// unlisted takes the checkpoints that were published meanwhile, of one page, and
// sees whether the list has the ones that it must have.
func (v *verification) unlisted(ctx context.Context) error {
	if v.list == nil {
		return nil
	}
	for {
		c, err := v.next(ctx)
		if err != nil {
			return err
		}
		if c == nil {
			break
		}
		v.list.end = v.list.end || c.Size > v.head.Size
		if v.row(c) {
			v.newestKey(c)
		}
	}
	if v.list != nil && v.Kept != nil && !v.list.kept {
		v.report.whole(RuleCheckpoints, "the kept checkpoint is not among the published ones")
	}
	return nil
}

// row takes a checkpoint off the list, checks its row against its note and the row
// before, and reports whether a trusted key has signed just that.
func (v *verification) row(c *tables.Published) bool {
	l := v.list
	l.page = l.page[1:]
	v.report.Checkpoints++
	switch {
	case c.Previous > l.previous:
		v.report.whole(RuleCheckpoints, "the checkpoint of %d leaves is missing, after which the checkpoint of %d leaves came", c.Previous, c.Size)
	case c.Previous < l.previous:
		v.report.whole(RuleCheckpoints, "the checkpoint of %d leaves was added: the checkpoint of %d leaves did not come after it", l.previous, c.Size)
	}
	l.previous = c.Size
	note, err := checkpoint.Unverified(c.Note)
	switch {
	case err != nil || !checkpoint.Canonical(c.Note):
		v.report.whole(RuleCheckpoints, "the checkpoint of %d leaves cannot be read", c.Size)
		return false
	case note.Origin != v.head.Origin:
		v.report.whole(RuleCheckpoints, "the checkpoint of %d leaves is of another log, %s", c.Size, tables.Plain(note.Origin))
		return false
	case note.Size != c.Size || note.Root != c.Root:
		v.report.whole(RuleCheckpoints, "the checkpoint of %d leaves is not what its note says, which is about %d", c.Size, note.Size)
		return false
	}
	if kept, err := checkpoint.Unverified(v.Kept); err == nil && kept == note {
		l.kept = true
	}
	if len(v.Keys) == 0 {
		return false
	}
	signed, err := l.ring.open(c.Note)
	if err != nil {
		v.report.whole(RuleCheckpoints, "the checkpoint of %d leaves is not signed by the given key: %v", c.Size, err)
	}
	return signed
}
