package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
)

// Rate is a published rate of exchange: one unit of the currency that is given is
// Value divided by ten to the Scale of the other one.
type Rate struct {
	// Value is greater than zero, Scale from 0 to 12.
	Value int64
	Scale int32
	// Publisher is who said so, a segment such as "ecb"; Day is the rate's.
	Publisher, Day string
}

// Exchange is an attempt whose money is changed on its way: it takes the place of
// the attempt's submission.
type Exchange struct {
	// Attempt is in the currency that the awards have.
	Attempt Attempt
	// Got is what the rail carries, in the other currency.
	Got money.Amount
	// Rate is the published rate of the day.
	Rate Rate
	// Gain is, in minor units of the awards' currency, how much less Got costs by the
	// rate than the awards give for it; below zero it is a loss.
	Gain int64
}

// FX books that the money of awards is changed and handed to a rail.
func FX(x Exchange) *ledgerv1.TransactionDraft {
	a := x.Attempt
	from, to := a.Amount.Currency, x.Got.Currency
	d := a.draft(ledgerv1.TransactionKind_TRANSACTION_KIND_FX, reference.Exchange(a.Payment, a.Number))
	debitAwards(d, a.Awards, from)
	credit(d, account.FX(from, to), a.Amount.MinorUnits-x.Gain, from)
	switch {
	case x.Gain > 0:
		credit(d, account.FXGainLoss(), x.Gain, from)
	case x.Gain < 0:
		debit(d, account.FXGainLoss(), -x.Gain, from)
	}
	debit(d, account.FX(from, to), x.Got.MinorUnits, to)
	credit(d, account.Transit(a.Rail), x.Got.MinorUnits, to)
	d.Rate = &ledgerv1.ExchangeRate{
		FromCurrencyCode: from, ToCurrencyCode: to, Value: x.Rate.Value, Scale: x.Rate.Scale,
		Source: x.Rate.Publisher, Day: x.Rate.Day,
	}
	return d
}
