package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Refund is a refund that we ask Stripe for.
type Refund struct {
	// ID is the refund's, Donation the gift's, On the day of this step.
	ID, Donation, On string
	// Amount is what goes back.
	Amount money.Amount
	// Funds are the funds of the gift; they add up to Amount. Only a start needs
	// them.
	Funds []FundPart
}

// RefundStarted sets the money of a refund aside; the ledger refuses it where fund
// and reserve do not hold it.
func RefundStarted(r Refund) *ledgerv1.TransactionDraft {
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_REFUND_STARTED, reference.RefundStart(r.ID), resource.Refund.Of(r.Donation, r.ID), r.On)
	credit(d, account.TransitRefunds(), r.Amount.MinorUnits, r.Amount.Currency)
	for _, f := range r.Funds {
		draw(d, f.sources(account.RefundSources, account.ClearedRefundSources), f.Minor, r.Amount.Currency)
	}
	return d
}

// RefundConfirmed books that Stripe has paid a refund out.
func RefundConfirmed(r Refund) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_REFUND_CONFIRMED, reference.RefundConfirm(r.ID), resource.Refund.Of(r.Donation, r.ID), r.On,
		account.TransitRefunds(), account.Stripe(), r.Amount.MinorUnits, r.Amount.Currency)
}

// Taking is money that Stripe took by itself.
type Taking struct {
	// Key is that of its balance transaction.
	Key string
	// Source is the name of the resource that caused it: a dispute, a refund or an
	// item of Stripe.
	Source string
	// On is the day on which Stripe took it.
	On string
	// Amount is what Stripe took.
	Amount money.Amount
	// Funds are those that it was taken from; they add up to Amount.
	Funds []FundPart
}

// Dispute books that Stripe took a disputed gift back.
func Dispute(t Taking) *ledgerv1.TransactionDraft {
	return taking(ledgerv1.TransactionKind_TRANSACTION_KIND_DISPUTE, reference.Dispute(t.Key), t)
}

// StripeTaking books any other amount that Stripe took: a refund made in its
// dashboard, a fee.
func StripeTaking(t Taking) *ledgerv1.TransactionDraft {
	return taking(ledgerv1.TransactionKind_TRANSACTION_KIND_STRIPE_TAKING, reference.Taking(t.Key), t)
}

func taking(k kind, name string, t Taking) *ledgerv1.TransactionDraft {
	d := draft(k, name, t.Source, t.On)
	credit(d, account.Stripe(), t.Amount.MinorUnits, t.Amount.Currency)
	for _, f := range t.Funds {
		draw(d, f.sources(account.TakenSources, account.ClearedTakenSources), f.Minor, t.Amount.Currency)
	}
	return d
}

// sources are those of a part that goes back.
func (p FundPart) sources(waiting, cleared func(fund string) []string) []string {
	if p.Cleared {
		return cleared(p.Fund)
	}
	return waiting(p.Fund)
}

// Won is a dispute that was won.
type Won struct {
	// Key is that of the balance transaction by which the money came back.
	Key string
	// Donation and Dispute are the ids, On is the day.
	Donation, Dispute, On string
	// Amount is what came back.
	Amount money.Amount
	// Taken is what the taking had debited, in the order of its entries.
	Taken []Part
}

// DisputeWon books that the money of a dispute came back: to what the taking had
// debited, last first, so that a deficit heals before a fund gains. What is more
// than was taken goes to the first of them.
func DisputeWon(w Won) *ledgerv1.TransactionDraft {
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_DISPUTE_WON, reference.DisputeWon(w.Key), resource.Dispute.Of(w.Donation, w.Dispute), w.On)
	debit(d, account.Stripe(), w.Amount.MinorUnits, w.Amount.Currency)
	rest := w.Amount.MinorUnits
	for i := len(w.Taken) - 1; i >= 0 && rest > 0; i-- {
		part := min(rest, w.Taken[i].Minor)
		if i == 0 {
			part = rest
		}
		credit(d, w.Taken[i].Account, part, w.Amount.Currency)
		rest -= part
	}
	return d
}
