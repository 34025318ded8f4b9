// Package rules holds what the fund holds itself to when it takes gifts: the policy that
// two people agree on, and what holds before its first version.
package rules

import (
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Kind names the policy among the rows of the service.
const Kind = "donations"

const (
	maxDays       = 365
	maxCurrencies = 32
	maxCountries  = 100
	maxShare      = 1000 // basis points: 10 %
	// operationsShare and refundsOfDay hold before the first version: 2 % of a gift, and
	// what refunds may come to that partners decide, in whole units of each currency.
	operationsShare = 200
	refundsOfDay    = 1000
	// largeGift holds for currencies that no policy names, in minor units.
	largeGift = 100_000
	// dueWeekday is the one on which gifts clear.
	dueWeekday = time.Monday
)

// Policy is what the fund holds itself to.
type Policy struct {
	// ClearingDays are those after which a charge is rarely disputed, LongClearingDays
	// those for large gifts and new partners.
	ClearingDays, LongClearingDays int
	// LargeGifts are amounts above which a gift is large, ascending by currency.
	LargeGifts []money.Amount
	// NewPartnerDays are those for which a partner is new.
	NewPartnerDays int
	// Blocked are the countries in which giving endangers the donor: their banks show the
	// state who pays whom. ISO 3166, ascending.
	Blocked []string
	// ReserveShare and OperationsShare are basis points of gifts to new funds that name
	// none.
	ReserveShare, OperationsShare int64
	// PartnerRefunds are what refunds of a day may come to that a partner decides,
	// ascending by currency.
	PartnerRefunds []money.Amount
}

// Printed is what holds before the first version.
func Printed() Policy {
	return Policy{ClearingDays: 14, LongClearingDays: 60, NewPartnerDays: 60, Blocked: []string{"BY", "RU"}, OperationsShare: operationsShare}
}

// Gift is what of a gift says when it clears.
type Gift struct {
	// ReceivedOn is the day on which it was received, Gross what was settled.
	ReceivedOn time.Time
	Gross      money.Amount
	// PartnerSince is when its partner was made.
	PartnerSince time.Time
}

// ClearsAt is when a gift becomes available: on the first Monday after its days, so that
// a week's gifts clear as one sum.
func (p Policy) ClearsAt(g Gift) time.Time {
	days, since := p.ClearingDays, g.PartnerSince.UTC().Truncate(24*time.Hour)
	if g.Gross.MinorUnits > p.large(g.Gross.Currency) || g.ReceivedOn.Before(since.AddDate(0, 0, p.NewPartnerDays)) {
		days = p.LongClearingDays
	}
	t := g.ReceivedOn.AddDate(0, 0, days)
	for t.Weekday() != dueWeekday {
		t = t.AddDate(0, 0, 1)
	}
	return t
}

// large is the amount above which a gift is large in a currency.
func (p Policy) large(currency string) int64 {
	return named(p.LargeGifts, currency, largeGift)
}

// RefundsOfDay is what refunds of a day may come to in a currency that a partner decides,
// in minor units.
func (p Policy) RefundsOfDay(currency string) int64 {
	return named(p.PartnerRefunds, currency, money.Whole(refundsOfDay, currency))
}

// named is the amount of a list in a currency, another one where it names none.
func named(list []money.Amount, currency string, other int64) int64 {
	for _, a := range list {
		if a.Currency == currency {
			return a.MinorUnits
		}
	}
	return other
}

// Check refuses a policy that is out of bounds; the fault names all that is wrong, below
// field. on is the day on which it begins, earliest the first one on which it may.
func (p Policy) Check(field string, on, earliest time.Time) error {
	wrong := violations(agreement.DayWrong(field+".effectiveOn", on, earliest))
	wrong.add(p.ClearingDays < 1 || p.ClearingDays > maxDays, field+".clearingDays", fault.FieldOutOfRange, "must be from 1 to 365")
	wrong.add(p.LongClearingDays < p.ClearingDays, field+".longClearingDays", fault.FieldTooSmall, "must not be fewer than clearingDays")
	wrong.add(p.LongClearingDays > maxDays, field+".longClearingDays", fault.FieldOutOfRange, "must be at most 365")
	wrong.add(p.NewPartnerDays < 0 || p.NewPartnerDays > maxDays, field+".newPartnerDays", fault.FieldOutOfRange, "must be from 0 to 365")
	wrong.amounts(field+".largeGifts", p.LargeGifts)
	wrong.amounts(field+".partnerRefundsADay", p.PartnerRefunds)
	wrong.add(p.ReserveShare < 0 || p.ReserveShare > maxShare, field+".reserveBasisPoints", fault.FieldOutOfRange, "must be from 0 to 1000")
	wrong.add(p.OperationsShare < 0 || p.OperationsShare > maxShare, field+".operationsBasisPoints", fault.FieldOutOfRange, "must be from 0 to 1000")
	wrong.add(len(p.Blocked) > maxCountries, field+".blockedCountries", fault.FieldTooMany, "must be at most 100")
	for i, c := range p.Blocked {
		at := fmt.Sprintf("%s.blockedCountries[%d]", field, i)
		wrong.add(!country(c), at, fault.FieldMalformed, "must be two capitals, as in ISO 3166")
		wrong.add(i > 0 && c <= p.Blocked[i-1], at, fault.FieldWrongOrder, "must come after the one before, each once")
	}
	if len(wrong) == 0 {
		return nil
	}
	return fault.Fields(wrong...)
}

// violations collects what is wrong.
type violations []fault.Violation

func (v *violations) add(wrong bool, field string, reason fault.FieldReason, description string) {
	if wrong {
		*v = append(*v, fault.Violation{Field: field, Reason: reason, Description: description})
	}
}

// amounts collects what is wrong with a list of one amount a currency.
func (v *violations) amounts(field string, list []money.Amount) {
	v.add(len(list) > maxCurrencies, field, fault.FieldTooMany, "must be at most 32")
	for i, a := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		v.add(!money.Known(a.Currency), at+".currencyCode", fault.FieldCurrencyUnknown, "must be a current ISO 4217 code in capitals")
		v.add(i > 0 && a.Currency <= list[i-1].Currency, at+".currencyCode", fault.FieldWrongOrder, "must come after the one before, each once")
		v.add(a.MinorUnits <= 0, at+".minorUnits", fault.FieldNotPositive, "must be greater than zero")
	}
}

// country reports whether a code is of the form of ISO 3166.
func country(code string) bool {
	return len(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z'
}
