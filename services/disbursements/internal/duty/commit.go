package duty

import (
	"context"
	"fmt"
	"strings"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// bookAtOnce is how many awards go into one call to the ledger.
const bookAtOnce = 200

// Commit carries the commit of a round on from where it stands: requests are
// reserved, one transaction holds the money or refuses the round as a whole, the
// awards are made and booked, the rest goes back.
func (w *Worker) Commit(ctx context.Context, id string) error {
	for {
		r, err := w.Store.Round(ctx, id)
		if err != nil || r.State != round.Committing {
			return err
		}
		if err := w.commitStep(ctx, r); err != nil {
			return fmt.Errorf("%s of round %s: %w", strings.ToLower(string(r.CommitStep)), id, err)
		}
	}
}

func (w *Worker) commitStep(ctx context.Context, r round.Round) error {
	switch r.CommitStep {
	case round.Reserve:
		return w.reserve(ctx, r)
	case round.Hold:
		return w.hold(ctx, r)
	case round.Award:
		return w.Store.MakeAwards(ctx, r.ID)
	case round.Book:
		return w.bookAwards(ctx, r)
	case round.Unreserve:
		return w.unreserve(ctx, r)
	}
	return fmt.Errorf("unknown step")
}

func (w *Worker) reserve(ctx context.Context, r round.Round) error {
	cycles, err := w.Store.CyclesToReserve(ctx, r.ID)
	if err != nil {
		return err
	}
	var held []store.HeldBack
	if len(cycles) > 0 {
		req := &familiesv1.ReserveRequestsRequest{Round: r.Name()}
		for _, c := range cycles {
			req.Cycles = append(req.Cycles, &familiesv1.RequestCycle{AidRequest: c.AidRequest, Cycle: c.Cycle})
		}
		resp, err := w.Requests.ReserveRequests(ctx, req)
		if err != nil {
			return err
		}
		for _, h := range resp.GetHeldBack() {
			reason := rpc.Word(h.GetReason())
			held = append(held, store.HeldBack{AidRequest: h.GetAidRequest(), Cycle: h.GetCycle(), Reason: reason})
		}
	}
	return w.Store.NoteReserved(ctx, r.ID, held)
}

// hold asks the ledger for all the money in one transaction. Its decisions stand
// in the ledger before it.
func (w *Worker) hold(ctx context.Context, r round.Round) error {
	for _, reference := range []string{
		store.SnapshotReference(r.ID, r.SnapshotNumber), store.CommitReference(r.ID, r.CommitNumber),
	} {
		if err := w.Record(ctx, reference); err != nil {
			return err
		}
	}
	totals, err := w.Store.HoldTotals(ctx, r.ID)
	if err != nil {
		return err
	}
	draft := w.draft(r, "hold", ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD)
	for _, t := range totals {
		draft.Entries = append(draft.Entries, debit(available(t.Fund), t.Minor, r.Currency), credit(held(r, t.Fund), t.Minor, r.Currency))
	}
	return w.Store.DecideHold(ctx, r.ID, func(ctx context.Context) (round.Refusal, error) {
		if len(totals) == 0 {
			return "", nil
		}
		_, err := w.post(ctx, draft)
		for _, refusal := range []round.Refusal{round.InsufficientFunds, round.FundInDeficit} {
			if fault.Is(err, string(refusal)) {
				return refusal, nil
			}
		}
		return "", err
	})
}

// bookAwards moves the held money into the awards, and what became no award back.
func (w *Worker) bookAwards(ctx context.Context, r round.Round) error {
	after := ""
	for {
		awards, err := w.Store.AwardsOfRound(ctx, r.ID, after, bookAtOnce)
		if err != nil {
			return err
		}
		if len(awards) == 0 {
			break
		}
		drafts := make([]*ledgerv1.TransactionDraft, len(awards))
		for i, a := range awards {
			drafts[i] = w.draft(r, "", ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_AWARD)
			drafts[i].Reference = "award/" + a.ID + "/award"
			drafts[i].Entries = []*ledgerv1.EntryDraft{
				debit(held(r, a.Fund), a.Minor, a.Currency), credit(round.AwardAccount(a.ID), a.Minor, a.Currency),
			}
			after = a.ID
		}
		if _, err := w.post(ctx, drafts...); err != nil {
			return err
		}
	}
	if err := w.giveBack(ctx, r); err != nil {
		return err
	}
	return w.Store.FinishCommit(ctx, r.ID)
}

func (w *Worker) giveBack(ctx context.Context, r round.Round) error {
	totals, err := w.Store.ReleaseTotals(ctx, r.ID)
	if err != nil || len(totals) == 0 {
		return err
	}
	draft := w.draft(r, "release", ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_RELEASE)
	for _, t := range totals {
		draft.Entries = append(draft.Entries, debit(held(r, t.Fund), t.Minor, r.Currency), credit(available(t.Fund), t.Minor, r.Currency))
	}
	_, err = w.post(ctx, draft)
	return err
}

func (w *Worker) unreserve(ctx context.Context, r round.Round) error {
	if _, err := w.Requests.UnreserveRequests(ctx, &familiesv1.UnreserveRequestsRequest{Round: r.Name()}); err != nil {
		return err
	}
	return w.Store.RefuseCommit(ctx, r.ID)
}

func (w *Worker) draft(r round.Round, what string, kind ledgerv1.TransactionKind) *ledgerv1.TransactionDraft {
	return &ledgerv1.TransactionDraft{
		Reference: "round/" + r.ID + "/" + what, Kind: kind, Source: r.Name(), OccurredOn: day(*r.OrderedAt),
	}
}

// available is what a fund can spend, by its resource name.
func available(fund string) string {
	return "fund:" + strings.TrimPrefix(fund, "funds/") + ":available"
}

// held is what a round holds of a fund.
func held(r round.Round, fund string) string {
	return "round:" + r.ID + ":" + strings.TrimPrefix(fund, "funds/")
}

// Cancel gives a cancelled award's money back to its fund and its request's
// cycle back to the approved ones.
func (w *Worker) Cancel(ctx context.Context, id string) error {
	c, err := w.Store.Cancelled(ctx, id)
	if err != nil || c.Done {
		return err
	}
	if _, err := w.post(ctx, &ledgerv1.TransactionDraft{
		Reference: "award/" + id + "/cancel", Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_AWARD_CANCELLED,
		Source: round.AwardName(id), OccurredOn: day(c.On),
		Entries: []*ledgerv1.EntryDraft{
			debit(round.AwardAccount(id), c.Minor, c.Currency), credit(available(c.Fund), c.Minor, c.Currency),
		},
	}); err != nil {
		return fmt.Errorf("book cancelled award %s: %w", id, err)
	}
	if err := w.report(ctx, c.AidRequest, c.Cycle, false, c.RoundID); err != nil {
		return fmt.Errorf("report cancelled award %s: %w", id, err)
	}
	return w.Store.NoteCancelled(ctx, id)
}
