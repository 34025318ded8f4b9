package duty

import (
	"context"
	"fmt"
	"strings"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

const (
	// pageSize is how many requests families reserve in one call and awards the ledger
	// books in one: as many as they take. In bytes that is half of what a call may
	// have, and in time a second of the ten that it has.
	pageSize = 500
	// pagesAtOnce is how many pages one run does: a job has 20 seconds.
	pagesAtOnce = 10
)

// Commit carries the commit of a round on from where it stands:
//
//  1. Families reserve the requests, or hold some back, page by page.
//  2. One transaction of the ledger holds the money, or refuses the round as a
//     whole; then families take the reservation back, page by page.
//  3. The awards are made, page by page.
//  4. They are booked, page by page, and the rest of the money goes back to the funds.
//
// After so many pages it is unfinished: nothing has failed, and another run goes on.
func (w *Worker) Commit(ctx context.Context, id string) error {
	for range w.pages {
		r, err := w.Store.Round(ctx, id)
		if err != nil || r.State != round.Committing {
			return err
		}
		if err := w.commitStep(ctx, r); err != nil {
			return fmt.Errorf("%s of round %s: %w", strings.ToLower(string(r.CommitStep)), id, err)
		}
	}
	return duty.ErrUnfinished
}

func (w *Worker) commitStep(ctx context.Context, r round.Round) error {
	switch r.CommitStep {
	case round.Reserve:
		return w.reserve(ctx, r)
	case round.Hold:
		return w.hold(ctx, r)
	case round.Award:
		return w.Store.MakeAwards(ctx, r, w.page)
	case round.Book:
		return w.bookAwards(ctx, r)
	case round.Unreserve:
		return w.unreserve(ctx, r)
	}
	return fmt.Errorf("unknown step")
}

func (w *Worker) reserve(ctx context.Context, r round.Round) error {
	cycles, err := w.Store.CyclesToReserve(ctx, r, w.page)
	if err != nil {
		return err
	}
	var held []store.HeldBack
	if len(cycles) > 0 {
		req := &familiesv1.ReserveRequestsRequest{Round: r.Name(), Commit: r.Commits}
		for _, c := range cycles {
			req.Cycles = append(req.Cycles, &familiesv1.RequestCycle{AidRequest: c.AidRequest, Cycle: c.Cycle})
		}
		resp, err := w.Requests.ReserveRequests(ctx, req)
		if err != nil {
			return err
		}
		for _, h := range resp.GetHeldBack() {
			reason := enum.Word(h.GetReason())
			held = append(held, store.HeldBack{AidRequest: h.GetAidRequest(), Cycle: h.GetCycle(), Reason: reason})
		}
	}
	return w.Store.NoteReserved(ctx, r, w.page, held)
}

// hold asks the ledger for all the money in one transaction. It refuses a round whose
// decisions do not stand in its log.
func (w *Worker) hold(ctx context.Context, r round.Round) error {
	totals, err := w.Store.HoldTotals(ctx, r.ID)
	if err != nil {
		return err
	}
	draft := posting.RoundHold(roundMoney(r, totals))
	return w.Store.DecideHold(ctx, r, func(ctx context.Context) (round.Refusal, error) {
		if len(totals) == 0 {
			return "", nil
		}
		_, err := w.post(ctx, draft)
		for _, refusal := range []round.Refusal{round.InsufficientFunds, round.FundInDeficit} {
			if fault.Is(err, refusal) {
				return refusal, nil
			}
		}
		if fault.Is(err, fault.ReasonDecisionsMissing) {
			w.Log.ErrorContext(ctx, "a round was to be committed that nobody has committed", "round", r.ID, "alarm", true)
		}
		return "", err
	})
}

// bookAwards moves the held money of a page of awards into them. After the last page
// what became no award goes back.
func (w *Worker) bookAwards(ctx context.Context, r round.Round) error {
	awards, err := w.Store.AwardsOfRound(ctx, r.ID, r.BookedAfter, w.page)
	if err != nil {
		return err
	}
	if len(awards) == 0 {
		if err := w.giveBack(ctx, r); err != nil {
			return err
		}
		return w.Store.FinishCommit(ctx, r)
	}
	drafts := make([]*ledgerv1.TransactionDraft, len(awards))
	for i, a := range awards {
		drafts[i] = posting.RoundAward(r.ID, posting.AwardMoney{
			Award: a.ID, Fund: fundID(a.Fund), On: rpc.Day(*r.OrderedAt), Amount: amount(a.Minor, a.Currency),
		})
	}
	if _, err := w.post(ctx, drafts...); err != nil {
		return err
	}
	return w.Store.NoteBooked(ctx, r, awards[len(awards)-1].ID)
}

func (w *Worker) giveBack(ctx context.Context, r round.Round) error {
	totals, err := w.Store.ReleaseTotals(ctx, r.ID)
	if err != nil || len(totals) == 0 {
		return err
	}
	_, err = w.post(ctx, posting.RoundRelease(roundMoney(r, totals)))
	return err
}

// unreserve has families take back a page; after the last one the allocations are
// cleared.
func (w *Worker) unreserve(ctx context.Context, r round.Round) error {
	if r.CommitAfter == 0 {
		resp, err := w.Requests.UnreserveRequests(ctx, &familiesv1.UnreserveRequestsRequest{Round: r.Name(), Commit: r.Commits})
		if err != nil || resp.GetUnreservedCount() > 0 {
			return err
		}
	}
	return w.Store.RefuseCommit(ctx, r, w.page)
}

// roundMoney is what a round moves of each fund.
func roundMoney(r round.Round, totals []store.FundTotal) posting.RoundMoney {
	m := posting.RoundMoney{Round: r.ID, On: rpc.Day(*r.OrderedAt), Currency: r.Currency}
	for _, t := range totals {
		m.Funds = append(m.Funds, posting.FundPart{Fund: fundID(t.Fund), Minor: t.Minor})
	}
	return m
}

// fundID is the id of a fund by its name, which is that of a budget.
func fundID(name string) string {
	id, _ := resource.Fund.Cut(name)
	return id
}

// Cancel gives a cancelled award's money back to its fund and its request's
// cycle back to the approved ones.
func (w *Worker) Cancel(ctx context.Context, id string) error {
	c, err := w.Store.Cancelled(ctx, id)
	if err != nil || c.Done {
		return err
	}
	held := posting.AwardMoney{
		Award: id, Fund: fundID(c.Fund), On: rpc.Day(c.On), Amount: amount(c.Minor, c.Currency),
	}
	if _, err := w.post(ctx, posting.AwardCancelled(held)); err != nil {
		return fmt.Errorf("book cancelled award %s: %w", id, err)
	}
	if err := w.report(ctx, c.AidRequest, c.Cycle, false, c.Source); err != nil {
		return fmt.Errorf("report cancelled award %s: %w", id, err)
	}
	return w.Store.NoteCancelled(ctx, id)
}
