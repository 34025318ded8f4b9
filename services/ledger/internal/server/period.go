package server

import (
	"context"
	"sync"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

// facts knows what banks and Stripe say at the end of a day.
type facts interface {
	Facts(ctx context.Context, day leaf.Day) (period.Facts, error)
}

// proposals keeps the closes that people propose and decide about.
type proposals interface {
	// Repeated returns what an earlier call with the same key has answered.
	Repeated(ctx context.Context) (id string, repeated bool, err error)
	Propose(ctx context.Context, c period.Close) (string, error)
	Confirmed(ctx context.Context, id string) error
	Reject(ctx context.Context, id, person string, today leaf.Day) error
}

// closes reads proposals, and what the books hold at the end of a day.
type closes interface {
	Close(ctx context.Context, id string) (period.Close, error)
	List(ctx context.Context, p page.Page) ([]period.Close, error)
	Open(ctx context.Context) (leaf.Day, error)
	Holdings(ctx context.Context, last leaf.Day) (period.Holdings, error)
}

// PeriodStore is what PeriodService needs of the database.
type PeriodStore interface {
	proposals
	closes
}

// Periods serves PeriodService.
type Periods struct {
	store  PeriodStore
	commit committer
	facts  facts
	gate   gate
	pager  *page.Pager
	now    func() time.Time
	acts   action.Table[period.State, period.Close]

	reviewing sync.Mutex // held while the outside is asked
}

// reviewPause is after how long a call that met another review may come back.
const reviewPause = 5 * time.Second

var _ ledgerv1.PeriodServiceServer = (*Periods)(nil)

// NewPeriods returns the server of PeriodService.
func NewPeriods(s PeriodStore, commit committer, facts facts, gate gate, pager *page.Pager, now func() time.Time) *Periods {
	return &Periods{store: s, commit: commit, facts: facts, gate: gate, pager: pager, now: now, acts: closeActs()}
}

// ProposePeriodClose compares and stores a proposal, and its decision with it.
func (s *Periods) ProposePeriodClose(ctx context.Context, req *ledgerv1.ProposePeriodCloseRequest) (*ledgerv1.PeriodClose, error) {
	last, err := dayOf("lastDay", req.GetLastDay())
	if err != nil {
		return nil, err
	}
	if id, repeated, err := s.store.Repeated(ctx); repeated || err != nil {
		return s.after(ctx, id, err)
	}
	if err := s.gate.Check(); err != nil {
		return nil, err
	}
	today := leaf.DayOf(s.now())
	open, err := s.store.Open(ctx)
	if err != nil {
		return nil, err
	}
	if err := period.CheckLast(last, open, today); err != nil {
		return nil, err
	}
	books, review, err := s.review(ctx, last)
	if err != nil {
		return nil, err
	}
	id, err := s.store.Propose(ctx, period.Close{
		ID: resource.NewID(resource.KindPeriod), First: books.Open, Last: last, State: period.Proposed,
		Proposer: identity.From(ctx).Person, ProposedOn: today, Size: books.Size, Review: review,
	})
	return s.after(ctx, id, err)
}

// ConfirmPeriodClose compares again and closes the period.
func (s *Periods) ConfirmPeriodClose(ctx context.Context, req *ledgerv1.ConfirmPeriodCloseRequest) (*ledgerv1.PeriodClose, error) {
	id, err := resource.Period.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	if len(req.GetDigest()) != len(leaf.PeriodClose{}.TrialBalance) {
		return nil, fault.Field("digest", fault.FieldWrongLength, "must be exactly 32 bytes")
	}
	if id, repeated, err := s.store.Repeated(ctx); repeated || err != nil {
		return s.after(ctx, id, err)
	}
	c, err := s.store.Close(ctx, id)
	if err != nil {
		return nil, err
	}
	person := identity.From(ctx).Person
	if digest := c.Digest(); c.ConfirmedBy(person) && string(digest[:]) == string(req.GetDigest()) {
		return s.after(ctx, c.ID, s.store.Confirmed(ctx, c.ID)) // closed by an earlier call whose answer was lost
	}
	if err := c.Confirm(person, req.GetDigest()); err != nil {
		return nil, err
	}
	if err := s.close(ctx, c, person); err != nil {
		return nil, err
	}
	return s.after(ctx, c.ID, s.store.Confirmed(ctx, c.ID))
}

// close closes a period that a person may confirm, unless something has changed.
func (s *Periods) close(ctx context.Context, c period.Close, person string) error {
	_, review, err := s.review(ctx, c.Last)
	if err != nil {
		return err
	}
	if !c.Unchanged(review) {
		return book.FiguresChanged()
	}
	u, err := closing(c, person, leaf.DayOf(s.now()))
	if err != nil {
		return err
	}
	_, err = s.commit.Commit(ctx, u)
	return err
}

// closing returns what closes the period in the books unless something was booked in
// it since the proposal: today is the UTC day.
func closing(c period.Close, person string, today leaf.Day) (book.Unit, error) {
	return book.NewClose(book.Close{
		Resource: c.Name(), First: c.First, Last: c.Last, Day: today, ProposedBy: c.Proposer, ConfirmedBy: person,
		Figures: c.Review.Figures, Accounts: c.Review.Accounts, TrialBalance: c.Review.TrialBalance, Size: c.Size,
		Review: c.Digest(),
	})
}

// review reads the books at the end of a day and holds them against the outside,
// for one call at a time: each costs many calls of Stripe's. The outside is asked
// first: what it says can only become older than the books, which the commit holds
// to.
func (s *Periods) review(ctx context.Context, last leaf.Day) (period.Holdings, period.Review, error) {
	if !s.reviewing.TryLock() {
		f := fault.New(fault.Exhausted, fault.ReasonReviewRunning, "Another close is being compared with banks and Stripe; try again.")
		f.RetryAfter = reviewPause
		return period.Holdings{}, period.Review{}, f
	}
	defer s.reviewing.Unlock()
	facts, err := s.facts.Facts(ctx, last)
	if err != nil {
		return period.Holdings{}, period.Review{}, err
	}
	books, err := s.store.Holdings(ctx, last)
	if err != nil {
		return period.Holdings{}, period.Review{}, err
	}
	if !leaf.Fit(books.Totals) {
		return period.Holdings{}, period.Review{}, book.SumTooLarge()
	}
	review, err := period.NewReview(last, books, facts)
	return books, review, err
}

// RejectPeriodClose rejects a proposal, or withdraws the caller's own.
func (s *Periods) RejectPeriodClose(ctx context.Context, req *ledgerv1.RejectPeriodCloseRequest) (*ledgerv1.PeriodClose, error) {
	id, err := resource.Period.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	return s.after(ctx, id, s.store.Reject(ctx, id, identity.From(ctx).Person, leaf.DayOf(s.now())))
}

// GetPeriodClose reads one close.
func (s *Periods) GetPeriodClose(ctx context.Context, req *ledgerv1.GetPeriodCloseRequest) (*ledgerv1.PeriodClose, error) {
	id, err := resource.Period.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	return s.after(ctx, id, nil)
}

// ListPeriodCloses lists closes, the latest proposal first.
func (s *Periods) ListPeriodCloses(ctx context.Context, req *ledgerv1.ListPeriodClosesRequest) (*ledgerv1.ListPeriodClosesResponse, error) {
	rows, next, err := page.List(s.pager, req, func(p page.Page) ([]period.Close, error) {
		return s.store.List(ctx, s.acts.Page(identity.From(ctx), p))
	}, func(r period.Close) []string { return page.Numbered(r.Number) })
	if err != nil {
		return nil, err
	}
	var list []*ledgerv1.PeriodClose
	for _, row := range rows {
		list = append(list, s.proto(ctx, row))
	}
	return &ledgerv1.ListPeriodClosesResponse{PeriodCloses: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

// after reads the close that a call answers, where the call has not failed.
func (s *Periods) after(ctx context.Context, id string, err error) (*ledgerv1.PeriodClose, error) {
	if err != nil {
		return nil, err
	}
	c, err := s.store.Close(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.proto(ctx, c), nil
}

// proto writes a close, with what the caller could do with it.
func (s *Periods) proto(ctx context.Context, c period.Close) *ledgerv1.PeriodClose {
	out := closeProto(c)
	out.AllowedActions, out.BlockedActions = s.acts.Of(identity.From(ctx), c)
	return out
}
