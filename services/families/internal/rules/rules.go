// Package rules holds what the fund holds itself to in its work with families: the
// policy that two protection officers agree on, and what holds before its first version.
package rules

import (
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Kind names the policy among the rows of the service.
const Kind = "families"

const (
	// UnseenCap holds for currencies that no policy names, in minor units of each.
	UnseenCap = 500_000
	// ReverifyDays hold where no policy says otherwise.
	ReverifyDays = 365
	// maxCurrencies, minReverify and maxReverify bound a policy.
	maxCurrencies = 32
	minReverify   = 30
	maxReverify   = 1095
)

// Policy is what the fund holds itself to.
type Policy struct {
	// UnseenCaps are what the families of one caseworker of whom nothing was checked
	// independently may get within aidrequest.UnseenDays, ascending by currency: so much
	// can be lost to families that somebody invents with a friend on the phone.
	UnseenCaps []money.Amount
	// ReverifyDays are after how many days a family is verified again, 0 for the default.
	ReverifyDays int
}

// ReverifyAfter is after how many days a family is verified again.
func (p Policy) ReverifyAfter() int {
	if p.ReverifyDays == 0 {
		return ReverifyDays
	}
	return p.ReverifyDays
}

// UnseenCap is what holds in a currency, in minor units.
func (p Policy) UnseenCap(currency string) int64 {
	for _, c := range p.UnseenCaps {
		if c.Currency == currency {
			return c.MinorUnits
		}
	}
	return UnseenCap
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
	add(len(p.UnseenCaps) < 1 || len(p.UnseenCaps) > maxCurrencies, field+".unseenCaps", fault.FieldWrongCount, "must be from 1 to 32")
	add(p.ReverifyDays != 0 && (p.ReverifyDays < minReverify || p.ReverifyDays > maxReverify), field+".reverifyDays", fault.FieldOutOfRange,
		"must be from 30 to 1095")
	for i, c := range p.UnseenCaps {
		at := fmt.Sprintf("%s.unseenCaps[%d]", field, i)
		add(!money.Known(c.Currency), at+".currencyCode", fault.FieldCurrencyUnknown, "must be a current ISO 4217 code in capitals")
		add(i > 0 && c.Currency <= p.UnseenCaps[i-1].Currency, at+".currencyCode", fault.FieldWrongOrder, "must come after the one before, each once")
		add(c.MinorUnits <= 0, at+".minorUnits", fault.FieldNotPositive, "must be greater than zero")
	}
	if len(wrong) == 0 {
		return nil
	}
	return fault.Fields(wrong...)
}
