package duty

import (
	"context"
	"fmt"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
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
	sender, err := w.Rails.Sender(p.Rail, p.Sender)
	if err != nil {
		return err
	}
	if _, err := w.post(ctx, outcome(p, sender.Account())); err != nil {
		return fmt.Errorf("book %s: %w", id, err)
	}
	if p.Transition == store.Settle {
		if err := w.reportPaid(ctx, p); err != nil {
			return fmt.Errorf("report %s: %w", id, err)
		}
	}
	return w.Store.NotePosted(ctx, p)
}

// outcome is the transaction of an attempt's transition; asset is what its sender draws on.
func outcome(p store.Posting, asset string) *ledgerv1.TransactionDraft {
	a := posting.Attempt{
		Plan: p.PlanID, Payment: p.PaymentID, Number: p.Number, Rail: p.Rail, On: p.On,
		Amount: amount(p.Amount, p.Currency), Awards: awardParts(p.Shares),
	}
	switch p.Transition {
	case store.Fail:
		return posting.AttemptFailed(a)
	case store.Return:
		return posting.AttemptReturned(a, asset, p.Minor)
	}
	return posting.AttemptSettled(a, asset)
}

// awardParts are the shares of a payment as the ledger's drafts have them.
func awardParts(shares []payment.Share) []posting.AwardPart {
	parts := make([]posting.AwardPart, len(shares))
	for i, sh := range shares {
		parts[i] = posting.AwardPart{Award: sh.Award, Minor: sh.Minor}
	}
	return parts
}

func (w *Worker) reportPaid(ctx context.Context, p store.Posting) error {
	for _, c := range p.Paid {
		if err := w.report(ctx, c.AidRequest, c.Cycle, c.Filled, c.Source); err != nil {
			return err
		}
	}
	return nil
}

// report tells families what became of a cycle. A cycle that has moved on since
// needs no news: another of its awards was cancelled, or it was withdrawn.
func (w *Worker) report(ctx context.Context, request string, cycle int32, paid bool, source round.Source) error {
	req := &familiesv1.ReportPaidRequest{AidRequest: request, Cycle: cycle, Paid: paid}
	if source.GrantID != "" {
		req.Source = &familiesv1.ReportPaidRequest_EmergencyGrant{EmergencyGrant: source.Name()}
	} else {
		req.Source = &familiesv1.ReportPaidRequest_Round{Round: source.Name()}
	}
	_, err := w.Requests.ReportPaid(ctx, req)
	if fault.Is(err, fault.ReasonIllegalState) {
		w.Log.InfoContext(ctx, "cycle has moved on", "source", source.Name(), "reason", "ILLEGAL_STATE")
		return nil
	}
	return err
}

// Suspend books a line of a statement that nothing explains, unless it is a payout of
// Stripe, which donations books.
func (w *Worker) Suspend(ctx context.Context, id string) error {
	u, err := w.Store.UnmatchedLine(ctx, id)
	if err != nil || u.Posted {
		return err
	}
	if gift, err := w.given(ctx, u); err != nil || gift != "" {
		if err == nil {
			err = w.Store.NoteGift(ctx, id, gift)
		}
		return err
	}
	if arrived, err := w.arrived(ctx, u); err != nil || arrived != "" {
		if err == nil {
			err = w.Store.NotePayout(ctx, id, arrived)
		}
		return err
	}
	if u.Reason == string(payment.AfterFailed) {
		w.Log.ErrorContext(ctx, "the bank has paid what had failed", "alarm", true, "line", id)
	}
	line := posting.UnknownLine{
		ID: id, Bank: u.Sender, On: u.BookedOn, Amount: amount(u.Minor, u.Currency), In: u.Credit,
	}
	if _, err := w.post(ctx, posting.BankSuspense(line)); err != nil {
		return fmt.Errorf("book unmatched line %s: %w", id, err)
	}
	return w.Store.NoteSuspense(ctx, id)
}

// given hands a line to donations that names a fund, without anything of its sender, and
// returns the name of the gift; empty where no fund has the reference.
func (w *Worker) given(ctx context.Context, u store.Unmatched) (string, error) {
	if !u.Credit || u.GiftRef == "" || u.Reason != string(payment.UnknownID) {
		return "", nil
	}
	taken, err := w.Payouts.TakeBankGift(ctx, &donationsv1.TakeBankGiftRequest{
		Line: u.ID, Bank: u.Sender, Reference: u.GiftRef, Amount: &typev1.Money{MinorUnits: u.Minor, CurrencyCode: u.Currency}, Day: u.BookedOn,
	})
	if fault.Is(err, fault.ReasonNoSuchFundReference) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("hand line %s to donations: %w", u.ID, err)
	}
	return taken.GetBankGift(), nil
}

// arrived hands a line to donations that may be a payout of Stripe, and returns the name of
// the payout; empty where it is none.
func (w *Worker) arrived(ctx context.Context, u store.Unmatched) (string, error) {
	if !u.Credit || u.Reason != string(payment.UnknownID) {
		return "", nil
	}
	closed, err := w.Payouts.ClosePayout(ctx, &donationsv1.ClosePayoutRequest{
		Line: u.ID, Bank: u.Sender, Amount: &typev1.Money{MinorUnits: u.Minor, CurrencyCode: u.Currency}, Day: u.BookedOn,
	})
	if fault.Is(err, fault.ReasonNoSuchPayout) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("hand line %s to donations: %w", u.ID, err)
	}
	return closed.GetPayout(), nil
}

// Gap books what is missing before a statement, and takes it back once it has come.
func (w *Worker) Gap(ctx context.Context, id string) error {
	g, err := w.Store.Gap(ctx, id)
	if err != nil {
		return err
	}
	draft := posting.Gap{
		ID: id, Statement: g.StatementID, Bank: g.Sender, On: g.Day,
		Amount: amount(max(g.Difference, -g.Difference), g.Currency), In: g.Difference > 0,
	}
	if !g.Posted {
		if err := w.bookGap(ctx, g, posting.GapSuspense(draft), false); err != nil {
			return err
		}
	}
	if !g.Filled || g.Returned {
		return nil
	}
	return w.bookGap(ctx, g, posting.GapFilled(draft), true)
}

// bookGap books one half of a gap's way; one without a difference has nothing to book.
func (w *Worker) bookGap(ctx context.Context, g store.Gap, draft *ledgerv1.TransactionDraft, returned bool) error {
	if g.Difference != 0 {
		if _, err := w.post(ctx, draft); err != nil {
			return fmt.Errorf("book gap %s: %w", g.ID, err)
		}
	}
	return w.Store.NoteGap(ctx, g.ID, returned)
}
