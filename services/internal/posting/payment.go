package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Attempt is one try to carry out a payment.
type Attempt struct {
	// Plan and Payment are ids; Number counts the payment's attempts from 1.
	Plan, Payment string
	Number        int
	// Rail is the id of the rail that carries it, On the day of this step.
	Rail, On string
	// Amount is the payment's.
	Amount money.Amount
	// Awards are those that it is paid out of; they add up to Amount. Settling needs
	// none.
	Awards []AwardPart
}

func (a Attempt) draft(k kind, name string) *ledgerv1.TransactionDraft {
	return draft(k, name, resource.PlanPayment.Of(a.Plan, a.Payment), a.On)
}

// AttemptSubmitted books that an attempt was handed to its rail.
func AttemptSubmitted(a Attempt) *ledgerv1.TransactionDraft {
	d := a.draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SUBMITTED, reference.Submit(a.Payment, a.Number))
	debitAwards(d, a.Awards, a.Amount.Currency)
	credit(d, account.Transit(a.Rail), a.Amount.MinorUnits, a.Amount.Currency)
	return d
}

// AttemptSettled books that the rail paid; asset is the path of the account that it
// draws on.
func AttemptSettled(a Attempt, asset string) *ledgerv1.TransactionDraft {
	d := a.draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_SETTLED, reference.Settle(a.Payment, a.Number))
	debit(d, account.Transit(a.Rail), a.Amount.MinorUnits, a.Amount.Currency)
	credit(d, asset, a.Amount.MinorUnits, a.Amount.Currency)
	return d
}

// AttemptFailed books that the rail did not pay.
func AttemptFailed(a Attempt) *ledgerv1.TransactionDraft {
	d := a.draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_FAILED, reference.Fail(a.Payment, a.Number))
	debit(d, account.Transit(a.Rail), a.Amount.MinorUnits, a.Amount.Currency)
	creditAwards(d, a.Awards, a.Amount.Currency)
	return d
}

// AttemptReturned books that arrived minor units came back to asset after the rail
// had paid. What banks kept of it is not the family's loss: the awards get all.
func AttemptReturned(a Attempt, asset string, arrived int64) *ledgerv1.TransactionDraft {
	d := a.draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ATTEMPT_RETURNED, reference.Return(a.Payment, a.Number))
	if arrived > 0 {
		debit(d, asset, arrived, a.Amount.Currency)
	}
	creditAwards(d, a.Awards, a.Amount.Currency)
	if lacking := a.Amount.MinorUnits - arrived; lacking > 0 {
		draw(d, account.LackSources(), lacking, a.Amount.Currency)
	}
	return d
}

func debitAwards(d *ledgerv1.TransactionDraft, parts []AwardPart, currency string) {
	for _, p := range parts {
		debit(d, account.Award(p.Award), p.Minor, currency)
	}
}

func creditAwards(d *ledgerv1.TransactionDraft, parts []AwardPart, currency string) {
	for _, p := range parts {
		credit(d, account.Award(p.Award), p.Minor, currency)
	}
}
