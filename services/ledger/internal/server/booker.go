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
// that the books refuse it for good. It may run again, and twice at once.
func (b *Booker) Book(ctx context.Context, id string) error {
	a, err := b.store.Adjustment(ctx, id)
	if err != nil {
		return err
	}
	if a.State != adjustment.Approved {
		return nil
	}
	r, err := b.post(ctx, a)
	switch {
	case final(err):
		return b.store.Refused(ctx, id, adjustment.RefusedBy(fault.As(err)))
	case err != nil:
		return fmt.Errorf("book adjustment: %w", err)
	}
	return b.store.Booked(ctx, id, r.Leaves[len(r.Leaves)-1].Header().Sequence)
}

func (b *Booker) post(ctx context.Context, a adjustment.Adjustment) (book.Result, error) {
	u, err := book.NewUnit(a.Decisions(), []book.Draft{a.Draft()}, leaf.DayOf(b.now()))
	if err != nil {
		return book.Result{}, err
	}
	return b.commit.Commit(ctx, u)
}

// final reports whether the books refuse a posting whenever it is tried: nobody
// approves it twice, so what is missing now is not waited for. Defects are not
// final, nor is what is out of reach.
func final(err error) bool {
	f := fault.As(err)
	if f == nil {
		return false
	}
	switch f.Kind {
	case fault.Invalid, fault.NotFound, fault.AlreadyExists, fault.Precondition, fault.PermissionDenied:
		return true
	}
	return false
}
