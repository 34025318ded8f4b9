package round

import (
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// PolicyKind names the policy of rounds among all that there are: policies/rounds.
const PolicyKind = "rounds"

const (
	// MaxStep bounds what awards are multiples of, in minor units.
	MaxStep = 1_000_000
	// printedStep holds where no policy names the currency.
	printedStep = 1000
	// maxCurrencies bounds a policy; the ledger has no room for more.
	maxCurrencies = 32
)

// Policy is what rounds keep to.
type Policy struct {
	// Currencies has the rules of each currency, ascending.
	Currencies []CurrencyRules
}

// CurrencyRules are the rules of one currency, in minor units.
type CurrencyRules struct {
	// Code is of ISO 4217.
	Code string
	// LargestDeficit is that of a fund which still gives to rounds.
	LargestDeficit int64
	// Step is what awards are multiples of.
	Step int64
}

// In returns the rules of a currency, the printed ones where the policy does not name it.
func (p Policy) In(currency string) CurrencyRules {
	for _, c := range p.Currencies {
		if c.Code == currency {
			return c
		}
	}
	return CurrencyRules{Code: currency, LargestDeficit: money.Whole(account.ToleratedDeficit, currency), Step: printedStep}
}

// Check refuses a policy that is out of bounds; the fault names all that is wrong, below
// field. on is the day on which it begins, earliest the first one on which it may.
func (p Policy) Check(field string, on, earliest time.Time) error {
	wrong := agreement.DayWrong(field+".effectiveOn", on, earliest)
	add := func(bad bool, field string, reason fault.FieldReason, description string) {
		if bad {
			wrong = append(wrong, fault.Violation{Field: field, Reason: reason, Description: description})
		}
	}
	add(len(p.Currencies) < 1 || len(p.Currencies) > maxCurrencies, field+".currencies", fault.FieldWrongCount, "must be from 1 to 32")
	for i, c := range p.Currencies {
		at := fmt.Sprintf("%s.currencies[%d]", field, i)
		add(!money.Known(c.Code), at+".currencyCode", fault.FieldCurrencyUnknown, "must be a current ISO 4217 code in capitals")
		add(i > 0 && c.Code <= p.Currencies[i-1].Code, at+".currencyCode", fault.FieldWrongOrder, "must come after the one before, each once")
		add(c.LargestDeficit < 0, at+".largestDeficit", fault.FieldTooSmall, "must not be below zero")
		add(c.Step < 1 || c.Step > MaxStep, at+".step", fault.FieldOutOfRange, "must be from 1 to 1000000")
	}
	if len(wrong) == 0 {
		return nil
	}
	return fault.Fields(wrong...)
}
