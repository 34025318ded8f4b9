package duty

import (
	"context"
	"fmt"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Post books what became of an attempt, and tells families where a cycle was
// paid. A return books the settling first, where that is still owed.
func (w *Worker) Post(ctx context.Context, id string) error {
	p, err := w.Store.Posting(ctx, id)
	if err != nil || p.Done {
		return err
	}
	if p.First != "" {
		if err := w.Post(ctx, p.First); err != nil {
			return err
		}
	}
	if _, err := w.post(ctx, outcome(p)); err != nil {
		return fmt.Errorf("book %s: %w", id, err)
	}
	if p.Transition == store.Settle {
		if err := w.reportPaid(ctx, p); err != nil {
			return fmt.Errorf("report %s: %w", id, err)
		}
	}
	return w.Store.NotePosted(ctx, p)
}

// outcome is the transaction of an attempt's transition.
func outcome(p store.Posting) *ledgerv1.TransactionDraft {
	draft := &ledgerv1.TransactionDraft{Source: payment.Source(p.PlanID, p.PaymentID), OccurredOn: p.On}
	transit, bank := "transit:"+p.Rail, "asset:bank:"+p.Sender
	switch p.Transition {
	case store.Settle:
		draft.Reference = reference(p.PaymentID, p.Number, "settle")
		draft.Kind = ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SETTLED
		draft.Entries = []*ledgerv1.EntryDraft{debit(transit, p.Amount, p.Currency), credit(bank, p.Amount, p.Currency)}
		return draft
	case store.Fail:
		draft.Reference = reference(p.PaymentID, p.Number, "fail")
		draft.Kind = ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_FAILED
		draft.Entries = []*ledgerv1.EntryDraft{debit(transit, p.Amount, p.Currency)}
	case store.Return:
		draft.Reference = reference(p.PaymentID, p.Number, "return")
		draft.Kind = ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_RETURNED
		draft.Entries = []*ledgerv1.EntryDraft{debit(bank, p.Minor, p.Currency)}
		if lacking := p.Amount - p.Minor; lacking > 0 { // what banks kept is not the family's loss
			draft.Sources = []*ledgerv1.OrderedSources{{
				Accounts: []string{"fund:operations:available", "deficit:operations"}, Amount: amount(lacking, p.Currency),
			}}
		}
	}
	for _, sh := range p.Shares {
		draft.Entries = append(draft.Entries, credit(round.AwardAccount(sh.Award), sh.Minor, p.Currency))
	}
	return draft
}

func (w *Worker) reportPaid(ctx context.Context, p store.Posting) error {
	for _, c := range p.Paid {
		if err := w.report(ctx, c.AidRequest, c.Cycle, c.Filled, c.RoundID); err != nil {
			return err
		}
	}
	return nil
}

// report tells families what became of a cycle. One that has moved on since,
// because another of its awards was cancelled or it was withdrawn, needs no news.
func (w *Worker) report(ctx context.Context, request string, cycle int32, paid bool, roundID string) error {
	_, err := w.Requests.ReportPaid(ctx, &familiesv1.ReportPaidRequest{
		AidRequest: request, Cycle: cycle, Paid: paid, Round: round.Name(roundID),
	})
	if fault.Is(err, "ILLEGAL_STATE") {
		w.Log.InfoContext(ctx, "cycle has moved on", "round", roundID, "reason", "ILLEGAL_STATE")
		return nil
	}
	return err
}

// Suspend books a line of a statement that nothing explains.
func (w *Worker) Suspend(ctx context.Context, id string) error {
	u, err := w.Store.UnmatchedLine(ctx, id)
	if err != nil || u.Posted {
		return err
	}
	bank, suspense := "asset:bank:"+u.Sender, "suspense:bank:"+u.Sender
	from, to := bank, suspense // money that came in
	if !u.Credit {
		from, to = suspense, bank
	}
	if _, err := w.post(ctx, &ledgerv1.TransactionDraft{
		Reference: "line/" + id + "/suspense", Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_SUSPENSE,
		Source: "unmatchedLines/" + id, OccurredOn: u.BookedOn,
		Entries: []*ledgerv1.EntryDraft{debit(from, u.Minor, u.Currency), credit(to, u.Minor, u.Currency)},
	}); err != nil {
		return fmt.Errorf("book unmatched line %s: %w", id, err)
	}
	return w.Store.NoteSuspense(ctx, id)
}
