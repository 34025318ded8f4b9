package publish

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/witness"
)

const (
	// page is how many checkpoints are brought to a witness before looking again.
	page = 20
	// firstWait is the wait after a first failure; each further doubles it.
	firstWait = 5 * time.Second
	// longestWait is the longest wait between two attempts.
	longestWait = 5 * time.Minute
)

// errPatience says that a witness is not asked yet: it did not answer before.
var errPatience = errors.New("waiting before the witness is asked again")

// feeder brings checkpoints to one witness and its cosignatures back. It is used
// by one goroutine at a time.
type feeder struct {
	name      string
	client    witness.Client
	publisher *Publisher
	now       func() time.Time

	agreed   bool // the witness has answered since the start, and knows no other log
	failures int
	next     time.Time
}

func newFeeder(w checkpoint.Witness, p *Publisher, client *http.Client, now func() time.Time) *feeder {
	return &feeder{name: w.Name, client: witness.Client{URL: w.URL, HTTP: client, Verifier: w.Verifier}, publisher: p, now: now}
}

// isAhead reports whether a witness has said that it saw more, or another log.
func isAhead(err error) bool {
	return errors.Is(err, witness.ErrAhead) || errors.Is(err, witness.ErrFork)
}

// deliver brings every checkpoint that the witness has not cosigned. The first time
// since the start it brings the newest one in any case: the answer tells whether the
// witness has seen more than there is.
func (f *feeder) deliver(ctx context.Context) error {
	if f.now().Before(f.next) {
		return errPatience
	}
	err := f.all(ctx)
	if err == nil {
		f.failures, f.next = 0, time.Time{}
		return nil
	}
	f.agreed = f.agreed && !isAhead(err)
	f.next = f.now().Add(min(longestWait, firstWait<<min(f.failures, 10)))
	f.failures++
	return err
}

func (f *feeder) all(ctx context.Context) error {
	for ctx.Err() == nil {
		pending, seen, err := f.publisher.store.Uncosigned(ctx, f.client.Verifier.Name(), f.client.Verifier.KeyHash(), page)
		if err != nil {
			return err
		}
		for _, row := range pending {
			if err := f.publisher.checkSigned(ctx, row); err != nil {
				return err
			}
		}
		if len(pending) == 0 {
			if f.agreed {
				return nil
			}
			newest, err := f.publisher.greeting(ctx)
			if err != nil {
				return err
			}
			pending = append(pending, newest)
		}
		if err := f.bring(ctx, pending, seen); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// bring brings checkpoints in order. seen is the size that the witness is believed
// to have seen last.
func (f *feeder) bring(ctx context.Context, pending []checkpoint.Published, seen int64) error {
	if _, err := f.publisher.store.DurableHead(ctx); err != nil { // nobody outside sees what could still be lost
		return err
	}
	for _, p := range pending {
		cosigned, err := f.client.Cosign(ctx, p.Note, seen, f.publisher.store)
		newest, stale := f.publisher.greeting(ctx)
		switch {
		case stale != nil:
			return stale
		case errors.Is(err, witness.ErrAhead) && newest.Size > p.Size:
			continue // the witness got a later one from another replica
		case err != nil:
			return err
		}
		f.agreed = f.agreed || newest.Size == p.Size
		seen = p.Size
		if p.PublishedOn == 0 {
			continue // the empty tree, only to hear the answer
		}
		if err := f.note(ctx, p.Size, cosigned); err != nil {
			return err
		}
	}
	return nil
}

// note stores the cosignature out of a cosigned checkpoint.
func (f *feeder) note(ctx context.Context, size int64, cosigned []byte) error {
	line, ok := checkpoint.Line(cosigned, f.client.Verifier)
	if !ok {
		return fmt.Errorf("witness %s has not cosigned", f.name)
	}
	v := f.client.Verifier
	return f.publisher.store.AddCosignature(ctx, checkpoint.Cosignature{Size: size, Witness: v.Name(), KeyID: v.KeyHash(), Line: line})
}

// greeting returns the newest published checkpoint, or one of the empty tree, with
// which every history begins, where none is published.
func (p *Publisher) greeting(ctx context.Context) (checkpoint.Published, error) {
	latest, there, err := p.newest(ctx)
	if err != nil || there {
		return latest, err
	}
	empty := merkle.Head{Root: merkle.Edge{}.Root()}
	text, err := p.note(ctx, 0, empty)
	return checkpoint.Published{Head: empty, Note: text}, err
}
