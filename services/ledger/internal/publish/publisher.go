// Package publish signs the heads of the log and gives them to those outside who
// remember them: a file, witnesses. It keeps the ledger from booking and signing where
// they have seen more of the log than there is, since an older copy of the database
// would sign a second history.
package publish

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// Publisher signs checkpoints and publishes them, not more often than once in a
// number of days: more would tell when money moves. It is safe for concurrent use.
type Publisher struct {
	store     Store
	keys      keys
	witnesses []note.Verifier // whose cosignatures are given out
	gate      *Gate
	file      file
	days      int
	log       *slog.Logger
	now       func() time.Time
	served    atomic.Pointer[served]

	mu      sync.Mutex            // one signs at a time; guards the rest
	durable int64                 // checkpoints up to this size are on disk, in the file too; -1 for none
	base    checkpoint.Checkpoint // the newest of them; size 0 for none
}

// Latest returns the published checkpoint, of which a row that this ledger has not
// signed is none. It is in the file before it is returned. Only in development
// (days 0) it signs a new one first. Fault NO_CHECKPOINT where there is none.
func (p *Publisher) Latest(ctx context.Context) (checkpoint.Published, error) {
	return p.latest(ctx, p.days == 0)
}

// latest returns the published checkpoint, signing a new one first where it may,
// it is time for one, the log has grown and the gate is open.
func (p *Publisher) latest(ctx context.Context, may bool) (checkpoint.Published, error) {
	latest, there, err := p.newest(ctx)
	if err != nil {
		return checkpoint.Published{}, err
	}
	if p.gate.shut() {
		if !there {
			return latest, errNone()
		}
		return latest, nil // was given out before, and says nothing new
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if may {
		if latest, there, err = p.sign(ctx, latest, there); err != nil {
			return checkpoint.Published{}, err
		}
	}
	if !there {
		return latest, errNone()
	}
	return latest, p.keep(ctx, latest)
}

func errNone() error {
	return fault.New(fault.Precondition, fault.ReasonNoCheckpoint, "No checkpoint has been published yet.")
}

// sign publishes the tree that is due where it is larger than the latest
// checkpoint, and returns what is then the latest one. Only what is durable and
// continues the latest one is signed. p.mu is held.
func (p *Publisher) sign(ctx context.Context, latest checkpoint.Published, there bool) (checkpoint.Published, bool, error) {
	size, err := p.due(ctx)
	if err != nil || there && size <= latest.Size {
		return latest, there, err
	}
	head, err := p.store.DurableHead(ctx)
	if err != nil {
		return latest, there, err
	}
	if p.days == 0 {
		size = head.Size
	}
	base := merkle.Head{Root: merkle.Edge{}.Root()}
	if p.base.Size > 0 {
		base = merkle.Head{Size: p.base.Size, Root: p.base.Root}
	}
	if latest.Size > base.Size {
		base = latest.Head
	}
	c := checkpoint.Published{PublishedOn: leaf.DayOf(p.now())}
	if c.Head, err = p.prove(ctx, base, size, head); err != nil {
		return latest, there, fmt.Errorf("sign checkpoint: %w", err)
	}
	if c.Note, err = p.note(ctx, latest.Size, c.Head); err != nil {
		return latest, there, err
	}
	if err := p.store.AddCheckpoint(ctx, c); err != nil {
		return latest, there, err
	}
	return p.newest(ctx) // another replica may have been first
}

// due returns the size that may be published today.
func (p *Publisher) due(ctx context.Context) (int64, error) {
	if p.days == 0 {
		return p.store.Size(ctx) // cheap, and mostly tells that nothing is new
	}
	return p.store.DailyLook(ctx, leaf.DayOf(p.now()), p.days)
}

// trusted returns the newest checkpoint that this process knows for sure.
func (p *Publisher) trusted() checkpoint.Checkpoint {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.base
}

// note signs a head that follows a checkpoint of the given size.
func (p *Publisher) note(ctx context.Context, after int64, head merkle.Head) ([]byte, error) {
	signers, err := p.keys.signers(ctx, after, head.Size)
	if err != nil {
		return nil, err
	}
	as := make([]note.Signer, len(signers))
	for i, s := range signers {
		as[i] = s
	}
	return checkpoint.Sign(checkpoint.Checkpoint{Origin: p.keys.origin, Size: head.Size, Root: head.Root}, as...)
}

// keep makes sure that a stored checkpoint is as durable as the database promises,
// and in the file: another replica may have stored it, or this one just before it
// was killed. p.mu is held.
func (p *Publisher) keep(ctx context.Context, c checkpoint.Published) error {
	if c.Size <= p.durable {
		return nil
	}
	if _, err := p.store.DurableHead(ctx); err != nil {
		return fmt.Errorf("keep checkpoint: %w", err)
	}
	if err := p.file.write(c.Note); err != nil {
		return fmt.Errorf("keep checkpoint: %w", err)
	}
	p.durable = c.Size
	p.base = checkpoint.Checkpoint{Origin: p.keys.origin, Size: c.Size, Root: c.Root}
	return nil
}

// Keys returns all keys of the log so far, the first one first, and which of them
// is the newest that signs a tree of a size.
func (p *Publisher) Keys(ctx context.Context, size int64) ([]checkpoint.SigningKey, string, error) {
	known, err := p.keys.known(ctx)
	if err != nil {
		return nil, "", err
	}
	return known, known[at(known, size)].VerifierKey, nil
}
