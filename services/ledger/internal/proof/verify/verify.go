// Package verify recomputes a ledger from its first leaf to its last and trusts
// nobody on the way: hashes, tree, signatures, balances and the decisions behind
// payments. It streams, so that memory grows with accounts, plans and rounds, and
// with accounts by day (since the last close; against a running server all), but not
// with leaves.
package verify

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// Options says what is verified against what.
type Options struct {
	// Source holds the log.
	Source bundle.Source
	// Manifest lists the files of a bundle; nil for a running server.
	Manifest *bundle.Manifest
	// Keys are the log's keys that the verifier trusts, beside those of the policy;
	// without any, signatures are not checked.
	Keys []note.Verifier
	// Policy asks for witnesses and names logs; nil asks for none.
	Policy *checkpoint.Policy
	// Kept is a signed checkpoint that the verifier kept from an earlier time.
	Kept []byte
	// TempDir takes the references while they are checked to be unique, a few
	// bytes for each; empty is the system's.
	TempDir string
	// Anybody says that whoever decides needs no role: for the logs of tests that have no
	// staff. No program says it; a test looks.
	Anybody bool
	// Progress is told how many of how many leaves are done; it may be nil.
	Progress bundle.Progress
}

// Run verifies. The error is about reading; what is wrong with the ledger stands
// in the report.
func Run(ctx context.Context, o Options) (Report, error) {
	return newVerification(o).verify(ctx)
}

func newVerification(o Options) *verification {
	return &verification{Options: o}
}

// verification is one run.
type verification struct {
	Options
	files  map[string]bundle.File
	head   checkpoint.Checkpoint
	kept   *checkpoint.Checkpoint
	upper  merkle.Edge // grown from the roots of full tiles of leaves
	list   *published  // of checkpoints, where the source has one
	lost   int         // files that are missing
	until  int64       // leaves that are read
	report Report
}

func (v *verification) verify(ctx context.Context) (Report, error) {
	if v.Manifest != nil {
		v.files = v.Manifest.Index()
	}
	if v.Policy != nil {
		v.Keys = slices.Concat(v.Keys, v.Policy.Logs())
	}
	if err := v.run(ctx); err != nil {
		return Report{}, fmt.Errorf("verify: %w", err)
	}
	return v.report, nil
}

func (v *verification) run(ctx context.Context) error {
	signed, err := v.Source.Checkpoint(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		v.report.whole(RuleMissing, "the checkpoint is missing")
		return nil
	}
	if errors.Is(err, bundle.ErrLong) {
		v.report.whole(RuleCheckpoint, "the checkpoint cannot be read")
		return nil
	}
	if err != nil {
		return err
	}
	if !v.readHead(signed) {
		return nil
	}
	if err := v.readKept(); err != nil {
		return err
	}
	refs := newReferences(v.TempDir)
	defer refs.close()
	b := newBookkeeper(&v.report, &leafReader{source: v.Source, size: v.head.Size}, refs)
	b.judge.anybody = v.Anybody
	tableSource, live := v.Source.(tabled)
	ring := &keyring{trusted: v.Keys}
	if v.Policy != nil {
		ring.witnesses = v.Policy.Keys()
	}
	b.ring = ring
	if live {
		b.byDay = map[dayKey]sums{}
		v.list = &published{source: tableSource, previous: -1, ring: ring}
	}
	if v.until, err = v.reach(ctx, signed, ring); err != nil {
		return err
	}
	v.report.Stopped = v.until < v.head.Size
	if err := v.stopped(v.stream(ctx, b)); err != nil {
		return err
	}
	v.signatures(signed, ring)
	v.report.Accounts = int64(len(b.accounts))
	if v.report.Stopped {
		return nil
	}
	if err := v.stopped(b.unique(ctx)); err != nil || !live || v.report.Stopped {
		return err
	}
	return v.stopped(v.compareTables(ctx, tableSource, b))
}

// readHead opens the checkpoint and reports whether the run can go on.
func (v *verification) readHead(signed []byte) bool {
	head, err := checkpoint.Unverified(signed)
	if err != nil {
		v.report.whole(RuleCheckpoint, "the checkpoint cannot be read")
		return false
	}
	v.head = head
	v.report.Origin, v.report.Size = tables.Plain(head.Origin), head.Size
	v.report.Root = base64.StdEncoding.EncodeToString(head.Root[:])
	if m := v.Manifest; m != nil {
		if err := m.Files[0].Check(signed); err != nil {
			v.report.whole(RuleManifest, "the %v", err)
		}
		if m.Size != head.Size || m.Origin != head.Origin {
			v.report.whole(RuleManifest, "the manifest is about %d leaves of %s, the checkpoint about %d of %s",
				m.Size, m.Origin, head.Size, head.Origin)
			return false
		}
	}
	return true
}

// signatures checks who has signed the checkpoint, by the given keys and those that
// they vouch for.
func (v *verification) signatures(signed []byte, ring *keyring) {
	keys := ring.trusted
	if len(keys) > 0 {
		_, _, err := checkpoint.Open(signed, keys...)
		if err == nil {
			err = ring.current(v.head.Size, signed)
		}
		if v.report.Signed = err == nil; err != nil {
			v.report.whole(RuleSignature, "the checkpoint is not signed by the given key: %v", err)
		}
	}
	if v.Policy != nil {
		_, err := v.Policy.Check(signed, keys...)
		if v.report.Witnessed = err == nil; err != nil {
			v.report.whole(RuleWitnesses, "the checkpoint does not satisfy the policy: %v", err)
		}
	}
}

// readKept opens the kept checkpoint. A bad one is the caller's mistake.
func (v *verification) readKept() error {
	if v.Kept == nil {
		return nil
	}
	kept, err := checkpoint.Unverified(v.Kept)
	if err == nil && len(v.Keys) > 0 {
		_, _, err = checkpoint.Open(v.Kept, v.Keys...)
	}
	if err != nil {
		return fmt.Errorf("kept checkpoint: %w", err)
	}
	switch {
	case kept.Origin != v.head.Origin:
		v.report.whole(RuleKept, "the kept checkpoint is of another log, %s", kept.Origin)
	case kept.Size > v.head.Size:
		v.report.whole(RuleKept, "rolled back: the checkpoint has %d leaves, the kept one had %d", v.head.Size, kept.Size)
	default:
		v.kept = &kept
	}
	return nil
}

// stream reads all leaves in order and checks them.
func (v *verification) stream(ctx context.Context, b *bookkeeper) error {
	err := inOrder(ctx, runtime.GOMAXPROCS(0), v.tiles(), v.load, func(t tile) error {
		for _, f := range t.findings {
			v.report.add(f)
		}
		for i, l := range t.leaves {
			if err := b.leaf(ctx, t.first+int64(i), l); err != nil {
				return err
			}
		}
		if err := v.grow(ctx, t); err != nil {
			return err
		}
		if v.Progress != nil {
			v.Progress(t.first+int64(t.ref.Width), v.head.Size)
		}
		v.lost += t.lacking
		return v.enough()
	})
	if err != nil {
		return err
	}
	if v.head.Size == 0 {
		return errors.Join(v.published(ctx, 0, nil), v.finish(nil))
	}
	return nil
}

// tiles gives the tiles of leaves in order.
func (v *verification) tiles() func(func(merkle.Ref) bool) {
	return func(yield func(merkle.Ref) bool) {
		for ref := range merkle.Refs(v.head.Size) {
			if !ref.Entries || ref.Index*merkle.TileWidth >= v.until || !yield(ref) {
				return
			}
		}
	}
}

// grow adds a tile of leaves to the recomputed tree.
func (v *verification) grow(ctx context.Context, t tile) error {
	end := t.first + int64(t.ref.Width)
	if k := v.kept; k != nil && k.Size >= t.first && k.Size <= end {
		v.continues(*k, merkle.Join(v.upper, t.hashes[:(k.Size-t.first)*merkle.HashSize]))
		v.kept = nil
	}
	if err := v.published(ctx, t.first, t.hashes); err != nil {
		return err
	}
	last := t.hashes
	if t.ref.Width == merkle.TileWidth {
		var grown []merkle.Tile
		v.upper, grown = v.upper.Append([]merkle.Hash{t.root})
		if err := v.compare(ctx, grown); err != nil {
			return err
		}
		last = nil
	}
	if end == v.head.Size {
		return v.finish(last)
	}
	return nil
}

func (v *verification) continues(kept checkpoint.Checkpoint, root merkle.Hash) {
	if v.report.Continued = root == kept.Root; !v.report.Continued {
		v.report.whole(RuleKept, "history was rewritten: the first %d leaves are not those of the kept checkpoint", kept.Size)
	}
}

// finish compares the recomputed root with the signed one.
func (v *verification) finish(last []byte) error {
	if v.kept != nil {
		v.continues(*v.kept, merkle.Join(v.upper, last))
	}
	if merkle.Join(v.upper, last) != v.head.Root {
		v.report.whole(RuleRoot, "the leaves do not make the root of the checkpoint")
	}
	return nil
}
