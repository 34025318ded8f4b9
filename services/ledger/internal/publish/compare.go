package publish

import (
	"context"
	"errors"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// errBehind says that the log does not continue the newest checkpoint known.
var errBehind = errors.New("the log does not continue a checkpoint that was published of it")

// compare checks that the log continues the newest checkpoint that this process
// knows of, and that the newest row of the checkpoints is ours. It shuts the gate
// for good where either is not so.
func (r *Runner) compare(ctx context.Context) error {
	if err := r.continued(ctx); err != nil {
		return err
	}
	_, _, err := r.publisher.newest(ctx)
	return err
}

// continued checks that the log continues the newest checkpoint known.
func (r *Runner) continued(ctx context.Context) error {
	p := r.publisher
	base := p.trusted()
	if base.Size == 0 {
		return nil
	}
	size, err := p.store.Size(ctx)
	if err != nil {
		return err
	}
	if size >= base.Size {
		root, err := p.rootAt(ctx, base.Size)
		switch {
		case err == nil && root == base.Root:
			return nil
		case err != nil && !errors.Is(err, errBehind):
			return fmt.Errorf("compare log with checkpoint: %w", err)
		}
	}
	p.refuse(ctx, "the log does not continue the checkpoint that was kept of it",
		"size", size, "checkpoint", base.Size, "file", r.options.File)
	return errBehind
}

// rootAt computes the root of the first size leaves from the tiles.
func (p *Publisher) rootAt(ctx context.Context, size int64) (merkle.Hash, error) {
	edge, err := merkle.LoadEdge(ctx, p.store, size)
	if err != nil {
		return merkle.Hash{}, missing(err)
	}
	return edge.Root(), nil
}

// prove returns the tree of a size, computed from the tiles, if it continues base
// and the head continues it and is the root of the tiles at its own size. What is
// not so shuts the gate for good: such a head must not be signed.
func (p *Publisher) prove(ctx context.Context, base merkle.Head, size int64, head merkle.Head) (merkle.Head, error) {
	tree := merkle.Head{Size: size}
	var err error
	if tree.Root, err = p.rootAt(ctx, size); err == nil {
		err = p.proved(ctx, base, tree, head)
	}
	switch {
	case p.gate.isOff():
		return head, nil
	case errors.Is(err, errBehind):
		p.refuse(ctx, "the head of the log is not that of its tree, or does not continue what was published of it",
			"size", head.Size, "checkpoint", base.Size)
	}
	return tree, err
}

func (p *Publisher) proved(ctx context.Context, base, tree, head merkle.Head) error {
	root, err := p.rootAt(ctx, head.Size)
	if err == nil && root != head.Root {
		err = errBehind
	}
	if err == nil {
		err = p.continues(ctx, base, tree)
	}
	if err == nil {
		err = p.continues(ctx, tree, head)
	}
	return err
}

// continues proves from the tiles that one tree continues another.
func (p *Publisher) continues(ctx context.Context, older, newer merkle.Head) error {
	if older.Size > newer.Size {
		return errBehind
	}
	proof, err := merkle.ConsistencyProof(ctx, p.store, older.Size, newer.Size)
	if err != nil {
		return missing(err)
	}
	if err := merkle.CheckConsistency(proof, newer.Size, newer.Root, older.Size, older.Root); err != nil {
		return fmt.Errorf("%w: %w", errBehind, err)
	}
	return nil
}

// missing tells a tile that is not there, or is too short, from a database that
// does not answer.
func missing(err error) error {
	if fault.OfKind(err, fault.NotFound) {
		return fmt.Errorf("%w: %w", errBehind, err)
	}
	return err
}
