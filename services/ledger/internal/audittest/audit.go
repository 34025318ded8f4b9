// Package audittest is for the tests of the ledger: it verifies a stored ledger as an
// outsider would.
package audittest

import (
	"context"
	"errors"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// Audit verifies a whole ledger as an outsider would, under a checkpoint that is made
// here and now. Its signature is nobody's and is not looked at: the log's own key may
// have been changed by a decision.
func Audit(ctx context.Context, s *store.Store) (verify.Report, error) {
	h, err := s.DurableHead(ctx)
	if err != nil {
		return verify.Report{}, fmt.Errorf("read head: %w", err)
	}
	signer, err := checkpoint.GenerateSigner("example.org/log")
	if err != nil {
		return verify.Report{}, fmt.Errorf("make key: %w", err)
	}
	signed, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: signer.Name(), Size: h.Size, Root: h.Root}, signer)
	if err != nil {
		return verify.Report{}, fmt.Errorf("sign: %w", err)
	}
	return verify.Run(ctx, verify.Options{Source: source{s, signed}, Anybody: true})
}

// source makes a store what the verifier reads, up to a head.
type source struct {
	store *store.Store
	note  []byte
}

// Checkpoint returns the one signed for the audit.
func (s source) Checkpoint(context.Context) ([]byte, error) { return s.note, nil }

// Tile reads the tile or the bundle of entries at a path.
func (s source) Tile(ctx context.Context, path string) ([]byte, error) {
	ref, err := merkle.ParsePath(path)
	if err != nil {
		return nil, err
	}
	if !ref.Entries {
		hashes, err := s.store.ReadTile(ctx, ref.Level, ref.Index, ref.Width)
		if err != nil {
			return nil, err
		}
		return hashes[:ref.Width*merkle.HashSize], nil
	}
	var out []byte
	n := 0
	err = s.store.Leaves(ctx, ref.Index*merkle.TileWidth, ref.Width, func(leaf []byte) error {
		n++
		out = merkle.AppendEntry(out, leaf)
		return nil
	})
	if err == nil && n != ref.Width {
		err = errors.New("leaves are missing")
	}
	return out, err
}
