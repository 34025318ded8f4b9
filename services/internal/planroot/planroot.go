// Package planroot makes what people sign when they decide about a payment plan: the
// root of a Merkle tree (RFC 6962, SHA-256) with a leaf for each payment. Each leaf is
// blinded, so that neither the root nor a neighbour's path tells what is paid, and a
// path shows that a payment belongs to the plan, which opens no account but its own.
package planroot

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Size is that of a hash and of an account's digest, BlindSize that of what blinds a
// leaf, in bytes.
const (
	Size      = sha256.Size
	BlindSize = 16
)

// Hash is a hash of the tree.
type Hash = tlog.Hash

// Leaf is what a plan says about one payment.
type Leaf struct {
	// Plan, Rail, Sender and Payment are ids, without the names' fixed parts.
	Plan, Rail, Sender, Payment string
	// Shares are the awards that carry the payment, in any order.
	Shares []Share
	// Minor is what is paid, in minor units of Currency, ISO 4217.
	Minor    int64
	Currency string
	// Account is the digest of where the money goes, under the family's own key;
	// zeros where there was nowhere.
	Account [Size]byte
}

// Share is the part of a payment that one award carries, in minor units.
type Share struct {
	Award string
	Minor int64
}

// Hash is the hash of the leaf, blinded with BlindSize random bytes.
func (l Leaf) Hash(blind []byte) Hash {
	shares := slices.Clone(l.Shares)
	slices.SortFunc(shares, func(a, b Share) int { return cmp.Compare(a.Award, b.Award) })
	content := fmt.Appendf(slices.Clone(blind), "solidarity payment v1\n%q\t%q\t%q\t%q\t%d\t%q\t%x\n",
		l.Plan, l.Rail, l.Sender, l.Payment, l.Minor, l.Currency, l.Account)
	for _, s := range shares {
		content = fmt.Appendf(content, "%q\t%d\n", s.Award, s.Minor)
	}
	return tlog.RecordHash(content)
}

// Root is the root of a tree with the given leaves in their order, of which there is
// at least one.
func Root(leaves []Hash) (Hash, error) {
	stored, err := grow(leaves)
	if err != nil {
		return Hash{}, err
	}
	return tlog.TreeHash(int64(len(leaves)), stored)
}

// Path is the proof that the leaf at an index belongs to the tree of all leaves.
func Path(leaves []Hash, index int) ([]Hash, error) {
	stored, err := grow(leaves)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= len(leaves) {
		return nil, fmt.Errorf("the tree of %d leaves has none at %d", len(leaves), index)
	}
	return tlog.ProveRecord(int64(len(leaves)), int64(index), stored)
}

// errOutside says that a leaf is not one of a tree's.
var errOutside = errors.New("the payment is none of the plan's")

// Check checks that a leaf stands at an index of a tree of count leaves and a root.
func Check(root, leaf Hash, index, count int, path []Hash) error {
	if index < 0 || index >= count || tlog.CheckRecord(path, int64(count), root, int64(index), leaf) != nil {
		return errOutside
	}
	return nil
}

// grow returns the hashes of a tree by their place.
func grow(leaves []Hash) (tlog.HashReader, error) {
	if len(leaves) == 0 {
		return nil, errors.New("a tree has at least one leaf")
	}
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		list := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			list[i] = hashes[x]
		}
		return list, nil
	})
	for i, leaf := range leaves {
		added, err := tlog.StoredHashesForRecordHash(int64(i), leaf, reader)
		if err != nil {
			return nil, fmt.Errorf("grow tree: %w", err)
		}
		hashes = append(hashes, added...)
	}
	return reader, nil
}
