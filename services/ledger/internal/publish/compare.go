package publish

import (
	"context"
	"errors"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/merkle"
)

// errBehind says that the log does not continue the newest checkpoint known.
var errBehind = errors.New("the log does not continue a checkpoint that was published of it")

// compare checks that the log continues the newest checkpoint that this process
// knows of, and shuts the gate for good where it does not.
func (k *Keeper) compare(ctx context.Context) error {
	if k.newest.Size == 0 {
		return nil
	}
	size, err := k.options.Store.Size(ctx)
	if err != nil {
		return err
	}
	if size >= k.newest.Size {
		edge, err := merkle.LoadEdge(ctx, k.options.Store, k.newest.Size)
		switch {
		case err == nil && edge.Root() == k.newest.Root:
			return nil
		case err != nil && !fault.OfKind(err, fault.NotFound):
			return fmt.Errorf("compare log with checkpoint: %w", err)
		}
	}
	k.refuse(ctx, "the log does not continue the checkpoint that was kept of it",
		"size", size, "checkpoint", k.newest.Size, "file", k.options.File)
	return errBehind
}

// refuse shuts the gate for good and tells the operator once.
func (k *Keeper) refuse(ctx context.Context, words string, attrs ...any) {
	if k.gate.Refuse() {
		k.options.Log.ErrorContext(ctx, "the ledger books nothing: "+words, append(attrs, "alarm", true)...)
	}
}
