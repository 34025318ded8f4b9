package server

import (
	"context"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// Booker books approved adjustments.
type Booker struct {
	store  *store.Adjustments
	commit committer
	now    func() time.Time
}

// NewBooker returns a booker.
func NewBooker(s *store.Adjustments, commit committer, now func() time.Time) *Booker {
	return &Booker{store: s, commit: commit, now: now}
}

// Book books an approved adjustment with its two decisions as one unit, or notes
// that the money is not there. It may run again, and twice at once.
func (b *Booker) Book(ctx context.Context, id string) error {
	a, err := b.store.Adjustment(ctx, id)
	if err != nil {
		return err
	}
	if a.State != adjustment.Approved {
		return nil
	}
	u, err := book.NewUnit(a.Decisions(), []book.Draft{a.Draft()}, leaf.DayOf(b.now()))
	if err != nil {
		return fmt.Errorf("book adjustment: %w", err)
	}
	r, err := b.commit.Commit(ctx, u)
	switch {
	case fault.Is(err, book.InsufficientFunds):
		return b.store.Finish(ctx, id, adjustment.Refused, nil)
	case err != nil:
		return fmt.Errorf("book adjustment: %w", err)
	}
	sequence := r.Leaves[len(r.Leaves)-1].Header().Sequence
	return b.store.Finish(ctx, id, adjustment.Booked, &sequence)
}
