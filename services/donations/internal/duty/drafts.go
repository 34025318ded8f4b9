package duty

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// KeyOf names a fact by an HMAC of Stripe's id of the balance transaction: the ledger
// never holds that id, and nobody can look one up in it.
func (w *Worker) KeyOf(balanceID string) string {
	mac := hmac.New(sha256.New, w.References)
	mac.Write([]byte(balanceID))
	return hex.EncodeToString(mac.Sum(nil))
}

// drafts are what books a movement, as one unit.
func (w *Worker) drafts(b store.Booking) []*ledgerv1.TransactionDraft {
	key, on, source := w.KeyOf(b.BalanceID), rpc.Day(b.OccurredAt), b.Subject.Name()
	taking := posting.Taking{Key: key, Source: source, On: on, Amount: b.Taken(), Funds: fundParts(b.Back, false)}
	payout := posting.Payout{Key: key, ID: b.Subject.Payout, On: on, Amount: b.Taken()}
	switch b.Entry {
	case movement.Refund:
		return one(posting.RefundConfirmed(posting.Refund{ID: b.Subject.Refund, Donation: b.Subject.Donation, On: on, Amount: b.Taken()}))
	case movement.Taking, movement.ChargeFailure, movement.Cost:
		list := one(posting.StripeTaking(taking))
		if b.Undo {
			list = append(one(posting.Reversal(reference.RefundStart(b.Subject.Refund), source, on)), list...)
		}
		return list
	case movement.RefundFailed:
		return w.refundFailed(b, source, on)
	case movement.Dispute:
		return disputed(b, taking)
	case movement.DisputeWon:
		return one(posting.DisputeWon(posting.Won{
			Key: key, Donation: b.Subject.Donation, Dispute: b.Subject.Dispute, On: on, Amount: b.Net, Taken: takenParts(b.Before.Booked),
		}))
	case movement.Payout:
		return one(posting.StripePayout(payout))
	case movement.PayoutFailed:
		return one(posting.Reversal(reference.Payout(w.KeyOf(b.Before.BalanceID)), source, on))
	default:
		in := b.Net.MinorUnits > 0
		amount := b.Net
		if !in {
			amount = b.Taken()
		}
		return one(posting.StripeSuspense(posting.UnknownItem{Key: key, ID: b.Subject.Item, On: on, Amount: amount, In: in}))
	}
}

// refundFailed takes back what a refund has booked.
func (w *Worker) refundFailed(b store.Booking, source, on string) []*ledgerv1.TransactionDraft {
	if b.Before.Entry == movement.Taking {
		return one(posting.Reversal(reference.Taking(w.KeyOf(b.Before.BalanceID)), source, on))
	}
	return []*ledgerv1.TransactionDraft{
		posting.Reversal(reference.RefundConfirm(b.Subject.Refund), source, on),
		posting.Reversal(reference.RefundStart(b.Subject.Refund), source, on),
	}
}

// disputed books what Stripe asks for a dispute, and then the disputed gift: what comes back
// goes to the last first, and Stripe keeps the fee.
func disputed(b store.Booking, taking posting.Taking) []*ledgerv1.TransactionDraft {
	fee := taking
	taking.Amount = money.Amount{MinorUnits: -b.Gross.MinorUnits, Currency: b.Gross.Currency}
	if fee.Funds = fundParts(b.Back, true); len(fee.Funds) == 0 {
		return one(posting.Dispute(taking))
	}
	fee.Amount = b.Fee
	return append(one(posting.StripeTaking(fee)), posting.Dispute(taking))
}

func one(d *ledgerv1.TransactionDraft) []*ledgerv1.TransactionDraft {
	return []*ledgerv1.TransactionDraft{d}
}

// fundParts are the parts of what goes back: those of the gift, or those of a dispute's fee.
func fundParts(back []back.Part, fee bool) (parts []posting.FundPart) {
	for _, p := range back {
		if p.Fee == fee {
			parts = append(parts, posting.FundPart{Fund: p.Fund, Minor: p.Minor, Cleared: p.Cleared})
		}
	}
	return parts
}

func takenParts(booked []movement.Booked) (parts []posting.Part) {
	for _, p := range booked {
		parts = append(parts, posting.Part{Account: p.Account, Minor: p.Minor})
	}
	return parts
}
