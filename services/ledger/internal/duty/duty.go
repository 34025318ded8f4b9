// Package duty does what rows of the ledger owe: the booking of adjustments that two
// persons have agreed on. A duty may run again, and twice at once; what it has done
// it finds by its reference.
package duty

import (
	"context"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// committer books units, durably or not at all.
type committer interface {
	Commit(ctx context.Context, u book.Unit) (book.Result, error)
}

// adjustments keeps what is owed, and notes what has become of it.
type adjustments interface {
	Owed(ctx context.Context, before time.Time, after string, limit int) ([]string, error)
	Adjustment(ctx context.Context, id string) (adjustment.Adjustment, error)
	Booked(ctx context.Context, id string, sequence int64) error
	Refused(ctx context.Context, id string, why adjustment.Refusal) error
}

// Adjustments books approved adjustments.
type Adjustments struct {
	store  adjustments
	commit committer
	draft  Draft
	now    func() time.Time
}

// NewAdjustments returns the duty to book adjustments.
func NewAdjustments(s adjustments, commit committer, draft Draft, now func() time.Time) *Adjustments {
	return &Adjustments{store: s, commit: commit, draft: draft, now: now}
}

// Duty is what a runner has to do.
func (d *Adjustments) Duty() duty.Duty {
	return duty.Duty{Kind: adjustment.Duty, Owed: d.store.Owed, Do: d.Book}
}

// Book books an approved adjustment with its two decisions as one unit, or notes
// that the books refuse it for good.
func (d *Adjustments) Book(ctx context.Context, id string) error {
	a, err := d.store.Adjustment(ctx, id)
	if err != nil {
		return err
	}
	if a.State != adjustment.Approved {
		return nil
	}
	r, err := d.post(ctx, a)
	switch {
	case fault.Is(err, fault.ReasonHandsMissing):
		return nil // the next approval books it
	case final(err):
		return d.store.Refused(ctx, id, adjustment.RefusedBy(fault.As(err)))
	case err != nil:
		return fmt.Errorf("book adjustment: %w", err)
	}
	return d.store.Booked(ctx, id, r.Leaves[len(r.Leaves)-1].Header().Sequence)
}

func (d *Adjustments) post(ctx context.Context, a adjustment.Adjustment) (book.Result, error) {
	u, err := unit(a, d.draft, leaf.DayOf(d.now()))
	if err != nil {
		return book.Result{}, err
	}
	return d.commit.Commit(ctx, u)
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
