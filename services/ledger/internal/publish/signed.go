package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// errForged says that a row of the checkpoints is not what this ledger has signed.
var errForged = errors.New("a row of the published checkpoints is not what this ledger has signed")

// recent is how many rows are looked through for one that is right, where the
// newest is not.
const recent = 100

// checkSigned checks that a row is what the note beside it says, and that our keys have
// signed this, with the one in force at its size among them.
func (k keys) checkSigned(ctx context.Context, c checkpoint.Published) error {
	known, err := k.known(ctx)
	if err != nil {
		return err
	}
	ours, err := k.verifiers(len(known))
	if err != nil {
		return err
	}
	signed, n, err := checkpoint.Open(c.Note, ours...)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %d leaves: %w", errForged, c.Size, err)
	case signed != checkpoint.Checkpoint{Origin: k.origin, Size: c.Size, Root: c.Root}:
		return fmt.Errorf("%w: %d leaves: its note is about %d", errForged, c.Size, signed.Size)
	case len(n.UnverifiedSigs) > 0 || !checkpoint.Canonical(c.Note):
		return fmt.Errorf("%w: %d leaves: somebody else has signed it too", errForged, c.Size)
	}
	current := ours[at(known, c.Size)].KeyHash()
	for _, s := range n.Sigs {
		if s.Hash == current {
			return nil
		}
	}
	return fmt.Errorf("%w: %d leaves: an old key has signed it", errForged, c.Size)
}

// verifiers returns the public halves of the first generations, by derivation.
func (k keys) verifiers(generations int) ([]note.Verifier, error) {
	out := make([]note.Verifier, generations)
	for i := range out {
		s, err := k.signer(i + 1)
		if err != nil {
			return nil, err
		}
		if out[i], err = checkpoint.ParseVerifier(s.VerifierKey()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// served is a row that was found right, and how it is given out. Reading a tile
// looks at the row again, but not at its signatures.
type served struct {
	row  checkpoint.Published
	note []byte
}

// is reports whether a row is still the same.
func (s *served) is(c checkpoint.Published) bool {
	return c.Head == s.row.Head && c.PublishedOn == s.row.PublishedOn && c.Previous == s.row.Previous &&
		bytes.Equal(c.Note, s.row.Note) && slices.Equal(c.Cosignatures, s.row.Cosignatures)
}

// newest returns the newest published checkpoint with the cosignatures that are
// good; false where there is none. A row that is not ours shuts the gate for good
// and is passed over.
func (p *Publisher) newest(ctx context.Context) (checkpoint.Published, bool, error) {
	latest, there, err := p.store.LatestCheckpoint(ctx)
	if err != nil || !there {
		return checkpoint.Published{}, false, err
	}
	if s := p.served.Load(); s != nil && s.is(latest) {
		latest.Note = s.note
		return latest, true, nil
	}
	err = p.checkSigned(ctx, latest)
	if err == nil {
		s := &served{latest, p.Signed(latest)}
		p.served.Store(s)
		latest.Note = s.note
		return latest, true, nil
	}
	if !errors.Is(err, errForged) {
		return checkpoint.Published{}, false, err
	}
	rows, err := p.store.RecentCheckpoints(ctx, recent)
	if err != nil {
		return checkpoint.Published{}, false, err
	}
	for _, c := range rows {
		if p.checkSigned(ctx, c) == nil {
			c.Note = p.Signed(c)
			return c, true, nil
		}
	}
	return checkpoint.Published{}, false, nil
}

// checkSigned checks that a row is ours, and shuts the gate for good where it is not.
func (p *Publisher) checkSigned(ctx context.Context, c checkpoint.Published) error {
	if p.gate.isOff() {
		return nil
	}
	err := p.keys.checkSigned(ctx, c)
	if errors.Is(err, errForged) {
		p.refuse(ctx, "a row of the published checkpoints was not signed by it", "size", c.Size, "error", err)
	}
	return err
}

// Signed returns the note of a published checkpoint with the cosignatures that
// the policy's witnesses have made; what else stands beside it is left out.
func (p *Publisher) Signed(c checkpoint.Published) []byte {
	return checkpoint.Cosigned(c.Note, c.Cosignatures, p.witnesses...)
}

// refuse shuts the gate for good and tells the operator once.
func (p *Publisher) refuse(ctx context.Context, words string, attrs ...any) {
	if p.gate.Refuse() {
		p.log.ErrorContext(ctx, "the ledger books nothing: "+words, append(attrs, "alarm", true)...)
	}
}
