package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Payout is money that Stripe sends to the bank. One that failed is reversed.
type Payout struct {
	// Key is that of its balance transaction.
	Key string
	// ID is the payout's, On the day of this step.
	ID, On string
	// Amount is what was sent.
	Amount money.Amount
}

// StripePayout books that a payout has left Stripe.
func StripePayout(p Payout) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_STRIPE_PAYOUT, reference.Payout(p.Key), resource.StripePayout.Of(p.ID), p.On,
		account.TransitStripePayout(), account.Stripe(), p.Amount.MinorUnits, p.Amount.Currency)
}

// StripePayoutArrived books that a statement of the bank account with an id shows
// the payout.
func StripePayoutArrived(p Payout, bank string) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_STRIPE_PAYOUT_ARRIVED, reference.PayoutArrival(p.Key), resource.StripePayout.Of(p.ID), p.On,
		account.Bank(bank), account.TransitStripePayout(), p.Amount.MinorUnits, p.Amount.Currency)
}
