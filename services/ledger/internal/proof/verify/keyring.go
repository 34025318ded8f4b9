package verify

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// errUnknownKey says that the log has changed to a key that is not trusted.
var errUnknownKey = errors.New("to a key that is neither given nor endorsed by a trusted one")

// keyring follows the signing keys of a log from those that the verifier trusts. A
// new key is trusted once the trusted one before has endorsed it and has signed a
// tree with the decision for it. From that decision on the new key must sign.
type keyring struct {
	trusted   []note.Verifier
	witnesses []note.Verifier // whose signatures must not be wrong, where they are
	declared  []tables.Key    // all keys, as the server says
	rotations []rotation      // those in the leaves so far
	seen      int             // how many of them stand in a tree that a trusted key has signed
	reached   bool            // a trusted key has signed
	from      int64           // size of the first tree that it has signed and that is right; 0 before
}

// rotation is a decision that a key signs from now on.
type rotation struct {
	sequence   int64
	commitment [32]byte
}

// names reports whether a rotation is to a key.
func (r rotation) names(vkey string) bool { return sha256.Sum256([]byte(vkey)) == r.commitment }

// rotate notes a decision.
func (k *keyring) rotate(d *leaf.Decision) {
	if k != nil {
		k.rotations = append(k.rotations, rotation{d.Sequence, d.Commitment})
	}
}

// open checks who has signed a checkpoint and reports whether it was a trusted key.
// What stands before the first that it has signed may be signed by any key of the
// log: it is proved by what comes after. No known witness's signature may be wrong.
func (k *keyring) open(signed []byte) (trusted bool, err error) {
	_, _, err = checkpoint.Open(signed, slices.Concat(k.trusted, k.witnesses)...)
	if err == nil {
		k.reached = true
		return true, nil
	}
	if k.reached {
		return false, err
	}
	var declared []note.Verifier
	for _, d := range k.declared {
		if key, err := checkpoint.ParseVerifier(d.Verifier); err == nil {
			declared = append(declared, key)
		}
	}
	if _, _, other := checkpoint.Open(signed, append(declared, k.witnesses...)...); other == nil {
		return false, nil
	}
	return false, err
}

// has reports whether a key is trusted; one that is twice in a list opens nothing.
func (k *keyring) has(key note.Verifier) bool {
	return slices.ContainsFunc(k.trusted, func(v note.Verifier) bool { return checkpoint.Text(v) == checkpoint.Text(key) })
}

// vouch trusts the keys that were decided on before a size, were endorsed by the key
// before and have signed a checkpoint of that size, since a trusted key has signed
// that tree too. It returns the sequences of the decisions for other keys.
func (k *keyring) vouch(size int64, signed []byte) (unknown []int64) {
	if k.from == 0 {
		k.from = size
	}
	for ; k.seen < len(k.rotations) && k.rotations[k.seen].sequence < size; k.seen++ {
		r := k.rotations[k.seen]
		for i := range k.declared {
			if key := k.successor(i, r); key != nil {
				if _, _, err := checkpoint.Open(signed, key); err == nil {
					k.trusted = append(slices.Clip(k.trusted), key)
				}
			}
		}
		if k.to(r) == nil && r.sequence >= k.from {
			unknown = append(unknown, r.sequence)
		}
	}
	return unknown
}

// successor returns the declared key at an index if a rotation is to it and the
// trusted key before it has endorsed it; nil where it is trusted already.
func (k *keyring) successor(i int, r rotation) note.Verifier {
	if i == 0 || !r.names(k.declared[i].Verifier) {
		return nil
	}
	key, err := checkpoint.ParseVerifier(k.declared[i].Verifier)
	if err != nil || k.has(key) {
		return nil
	}
	old, err := checkpoint.ParseVerifier(k.declared[i-1].Verifier)
	if err != nil || !k.has(old) || checkpoint.CheckEndorsement(k.declared[i].Endorsement, old, i+1, k.declared[i].Verifier) != nil {
		return nil
	}
	return key
}

// to returns the trusted key that a rotation is to, or nil.
func (k *keyring) to(r rotation) note.Verifier {
	for _, key := range k.trusted {
		if r.names(checkpoint.Text(key)) {
			return key
		}
	}
	return nil
}

// current checks that the newest key that was decided on before a size has signed a
// checkpoint of it; errUnknownKey where that key is not trusted.
func (k *keyring) current(size int64, signed []byte) error {
	for _, r := range slices.Backward(k.rotations) {
		if r.sequence >= size {
			continue
		}
		key := k.to(r)
		if key == nil {
			return fmt.Errorf("leaf %d changes the signing key %w", r.sequence, errUnknownKey)
		}
		if _, _, err := checkpoint.Open(signed, key); err != nil {
			return fmt.Errorf("signed by an old key alone: leaf %d names a newer one", r.sequence)
		}
		return nil
	}
	return nil
}
