package publish

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// ErrOtherKeys says that the secret at hand does not make the keys that the books
// name: another master keyset or another origin. Nothing may be signed with it.
var ErrOtherKeys = errors.New("the signing key is not the one of these books: the master keyset or the log's origin is another one")

// keys makes the keys that the books name. The books decide which of them signs;
// the secret halves are all derived from one secret.
type keys struct {
	store  Store
	origin string
	// seed returns the 32 secret bytes of a generation.
	seed func(generation int) []byte
}

// signer returns the key of a generation.
func (k keys) signer(generation int) (*checkpoint.Signer, error) {
	s, err := checkpoint.NewSigner(k.origin, k.seed(generation))
	if err != nil {
		return nil, fmt.Errorf("make signing key: %w", err)
	}
	return s, nil
}

// known reads the keys of the books, noting the first one where there is none, and
// makes sure that they are ours.
func (k keys) known(ctx context.Context) ([]checkpoint.SigningKey, error) {
	known, err := k.store.SigningKeys(ctx)
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		first, err := k.signer(1)
		if err != nil {
			return nil, err
		}
		if err := k.store.AddFirstKey(ctx, first.VerifierKey()); err != nil {
			return nil, err
		}
		if known, err = k.store.SigningKeys(ctx); err != nil {
			return nil, err
		}
	}
	return known, k.ours(known)
}

// ours checks that each key is the one that the secret makes and that the one
// before has endorsed it: a row that somebody has added is no change of keys.
func (k keys) ours(known []checkpoint.SigningKey) error {
	derived, err := k.verifiers(len(known))
	if err != nil {
		return err
	}
	for i, key := range known {
		if key.Generation != i+1 || checkpoint.Text(derived[i]) != key.VerifierKey {
			return fmt.Errorf("generation %d: %w", key.Generation, ErrOtherKeys)
		}
		if i == 0 {
			continue
		}
		if err := checkpoint.CheckEndorsement(key.Endorsement, derived[i-1], key.Generation, key.VerifierKey); err != nil {
			return fmt.Errorf("signing key of generation %d: %w", key.Generation, err)
		}
	}
	return nil
}

// at returns the index of the newest key that signs a tree of a size.
func at(known []checkpoint.SigningKey, size int64) int {
	return sort.Search(len(known), func(i int) bool { return known[i].FirstSize > size }) - 1
}

// signers returns who signs a tree of a size when the checkpoint before it was of
// another: the key in force. Where keys were changed in between, those before it sign
// too, so that whoever knows only an old one can follow.
func (k keys) signers(ctx context.Context, after, size int64) ([]*checkpoint.Signer, error) {
	known, err := k.known(ctx)
	if err != nil {
		return nil, err
	}
	var out []*checkpoint.Signer
	for i := at(known, size); i >= at(known, after); i-- {
		s, err := k.signer(known[i].Generation)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// rotate lets the key of a generation sign from now on, and reports whether it did
// not before. Generations follow each other; an older one than that of the books
// changes nothing.
func (k keys) rotate(ctx context.Context, generation int, day leaf.Day) (bool, error) {
	known, err := k.known(ctx)
	if err != nil || generation <= len(known) {
		return false, err
	}
	if generation > len(known)+1 {
		return false, fmt.Errorf("the books are at generation %d of the signing key: %d cannot be next", len(known), generation)
	}
	s, err := k.signer(generation)
	if err != nil {
		return false, err
	}
	old, err := k.signer(generation - 1)
	if err != nil {
		return false, err
	}
	endorsed, err := checkpoint.Endorse(old, generation, s.VerifierKey())
	if err != nil {
		return false, err
	}
	return k.store.RotateKey(ctx, generation, s.VerifierKey(), endorsed, day)
}
