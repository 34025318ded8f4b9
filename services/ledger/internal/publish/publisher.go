// Package publish signs the heads of the log, gives them to those outside who
// remember them (a file, witnesses), and keeps the ledger from booking and signing
// where they have seen more of the log than there is: an older copy of the
// database would sign a second history.
package publish

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// Publisher signs checkpoints and publishes them, not more often than once in a
// number of days: more would tell when money moves. It is safe for concurrent use.
type Publisher struct {
	store *store.Store
	keys  keys
	gate  *Gate
	file  file
	days  int
	now   func() time.Time

	mu      sync.Mutex // one signs at a time; guards the rest
	durable int64      // checkpoints up to this size are on disk, in the file too; -1 for none
}

// Latest returns the published checkpoint, signing a new one first where it is
// time for one, the log has grown and the gate is open. Only a durable head is
// signed, and what is signed is in the file before it is returned. Fault
// NO_CHECKPOINT where there is none and none may be signed.
func (p *Publisher) Latest(ctx context.Context) (store.Checkpoint, error) {
	latest, there, err := p.store.LatestCheckpoint(ctx)
	if err != nil {
		return store.Checkpoint{}, err
	}
	if p.gate.shut() {
		if !there {
			return latest, fault.New(fault.Precondition, "NO_CHECKPOINT", "No checkpoint has been published yet.")
		}
		return latest, nil // was given out before, and says nothing new
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !there || leaf.DayOf(p.now()) >= latest.PublishedOn+leaf.Day(p.days) {
		if latest, err = p.sign(ctx, latest, there); err != nil {
			return store.Checkpoint{}, err
		}
	}
	return latest, p.keep(ctx, latest)
}

// sign publishes the head where it is larger than the latest checkpoint, and
// returns what is then the latest one.
func (p *Publisher) sign(ctx context.Context, latest store.Checkpoint, there bool) (store.Checkpoint, error) {
	size, err := p.store.Size(ctx) // cheap, and mostly tells that nothing is new
	if err != nil || there && size == latest.Size {
		return latest, err
	}
	head, err := p.store.DurableHead(ctx)
	if err != nil {
		return latest, err
	}
	c := store.Checkpoint{Head: head, PublishedOn: leaf.DayOf(p.now())}
	if c.Note, err = p.note(ctx, latest.Size, head); err != nil {
		return latest, err
	}
	if err := p.store.AddCheckpoint(ctx, c); err != nil {
		return latest, err
	}
	latest, _, err = p.store.LatestCheckpoint(ctx) // another replica may have been first
	return latest, err
}

// note signs a head that follows a checkpoint of the given size.
func (p *Publisher) note(ctx context.Context, after int64, head store.Head) ([]byte, error) {
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
func (p *Publisher) keep(ctx context.Context, c store.Checkpoint) error {
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
	return nil
}

// Keys returns all keys of the log so far, the first one first, and which of them
// is the newest that signs a tree of a size.
func (p *Publisher) Keys(ctx context.Context, size int64) ([]store.SigningKey, string, error) {
	known, err := p.keys.known(ctx)
	if err != nil {
		return nil, "", err
	}
	return known, known[at(known, size)].VerifierKey, nil
}
