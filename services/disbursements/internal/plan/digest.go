package plan

import "github.com/solidarity-fund/solidarity/services/internal/planroot"

// Digest is what the people decide about: the root over a leaf for each payment, which
// says everything about it and is blinded. The order is that of the payments' ids.
func Digest(leaves []planroot.Hash) ([]byte, error) {
	if len(leaves) == 0 {
		return nil, Empty()
	}
	root, err := planroot.Root(leaves)
	return root[:], err
}
