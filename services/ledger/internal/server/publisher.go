package server

import (
	"context"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// heads reads and keeps what may be signed.
type heads interface {
	LatestCheckpoint(ctx context.Context) (store.Checkpoint, bool, error)
	Size(ctx context.Context) (int64, error)
	DurableHead(ctx context.Context) (store.Head, error)
	AddCheckpoint(ctx context.Context, c store.Checkpoint) error
}

// Publisher signs checkpoints and publishes them, not more often than once an
// interval: more would tell when money moves.
type Publisher struct {
	heads    heads
	signer   *checkpoint.Signer
	interval time.Duration
	now      func() time.Time
}

// NewPublisher returns a publisher. An interval of zero publishes at once.
func NewPublisher(heads heads, signer *checkpoint.Signer, interval time.Duration, now func() time.Time) *Publisher {
	return &Publisher{heads: heads, signer: signer, interval: interval, now: now}
}

// Latest returns the published checkpoint, signing a new one first where it is
// time for one and the log has grown. Only a durable head is signed.
func (p *Publisher) Latest(ctx context.Context) (store.Checkpoint, error) {
	latest, there, err := p.heads.LatestCheckpoint(ctx)
	if err != nil || there && p.now().Before(latest.PublishedOn.Time().Add(p.interval)) {
		return latest, err
	}
	size, err := p.heads.Size(ctx) // cheap, and mostly tells that nothing is new
	if err != nil || there && size == latest.Size {
		return latest, err
	}
	head, err := p.heads.DurableHead(ctx)
	if err != nil {
		return store.Checkpoint{}, err
	}
	c := store.Checkpoint{Head: head, PublishedOn: leaf.DayOf(p.now())}
	c.Note, err = checkpoint.Sign(checkpoint.Checkpoint{Origin: p.signer.Name(), Size: head.Size, Root: head.Root}, p.signer)
	if err != nil {
		return store.Checkpoint{}, fmt.Errorf("sign checkpoint: %w", err)
	}
	if err := p.heads.AddCheckpoint(ctx, c); err != nil {
		return store.Checkpoint{}, err
	}
	latest, _, err = p.heads.LatestCheckpoint(ctx) // another replica may have been first
	return latest, err
}

// VerifierKey returns the key that checks the signatures.
func (p *Publisher) VerifierKey() string { return p.signer.VerifierKey() }
