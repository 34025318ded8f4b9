package verify

import (
	"crypto/sha256"
	"slices"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// keyring follows the signing keys of a log from those that the verifier trusts. A
// new key is trusted once a trusted one has signed a tree with the decision for it.
type keyring struct {
	trusted   []note.Verifier
	witnesses []note.Verifier // whose signatures must not be wrong, where they are
	declared  []string        // all keys, as the server says
	rotations []rotation
	reached   bool // a trusted key has signed
}

// rotation is a decision that a key signs from now on.
type rotation struct {
	sequence   int64
	commitment [32]byte
}

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
	for _, text := range k.declared {
		if key, err := checkpoint.ParseVerifier(text); err == nil {
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
	return slices.ContainsFunc(k.trusted, func(v note.Verifier) bool {
		return v.Name() == key.Name() && v.KeyHash() == key.KeyHash()
	})
}

// vouch trusts the keys that were decided on before a size and have signed a
// checkpoint of it, since a trusted key has signed that tree too.
func (k *keyring) vouch(size int64, signed []byte) {
	rest := k.rotations[:0]
	for _, r := range k.rotations {
		if r.sequence >= size {
			rest = append(rest, r)
			continue
		}
		for _, text := range k.declared {
			key, err := checkpoint.ParseVerifier(text)
			if err != nil || sha256.Sum256([]byte(text)) != r.commitment || k.has(key) {
				continue
			}
			if _, _, err := checkpoint.Open(signed, key); err == nil {
				k.trusted = append(slices.Clip(k.trusted), key)
			}
		}
	}
	k.rotations = rest
}
