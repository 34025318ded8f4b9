// Package hands holds the policy of hands: how many persons money needs on its way out,
// by how much leaves. Two people agree on each version, and it counts from its day on.
package hands

import (
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Kind names the policy among all that there are: policies/hands.
const Kind = "hands"

const (
	// ApprovalDays is how many days an approval counts before the first version.
	ApprovalDays = 7
	// maxRows bounds the rows of a table, and its currencies; the ledger has no room for
	// more.
	maxRows = 32
	// maxPersons bounds the persons that a row asks for.
	maxPersons = 20
	// maxDays bounds the days that a policy gives.
	maxDays = 365
)

// Policy is what a version says.
type Policy struct {
	// EffectiveOn is the first day on which it counts; it stands beside what the version
	// says.
	EffectiveOn time.Time `json:"-"`
	// ApprovalDays is how many days an approval counts.
	ApprovalDays int
	// Currencies has the rules of each currency, ascending.
	Currencies []Currency
}

// Currency are the rules of one currency. Amounts are in minor units.
type Currency struct {
	// Code is of ISO 4217.
	Code string
	// CashCap is what a courier may hold, FamilyCap what a family may get as emergency
	// grants in 30 days, MonthCap what all may get in a month.
	CashCap, FamilyCap, MonthCap int64
	// Rows is the table, ascending.
	Rows []Row
}

// Row is a row of the table.
type Row struct {
	// UpTo is the largest sum of 30 days for which it holds; zero in the last row, which
	// has no bound.
	UpTo int64
	// Persons is how many are needed.
	Persons int
	// WaitDays is after how many days in open view two are enough; zero where they never
	// are.
	WaitDays int
}

// faults collects what is wrong with a policy.
type faults []fault.Violation

func (f *faults) add(wrong bool, field string, reason fault.FieldReason, description string) {
	if wrong {
		*f = append(*f, fault.Violation{Field: field, Reason: reason, Description: description})
	}
}

// Check refuses a policy that could not be lived by; the fault names all that is wrong,
// below field. earliest is the first day on which it may begin, who those who hold the roles.
func (p Policy) Check(field string, earliest time.Time, who Holders) error {
	wrong := faults(agreement.DayWrong(field+".effectiveOn", p.EffectiveOn, earliest))
	wrong.add(p.ApprovalDays < 1 || p.ApprovalDays > maxDays, field+".approvalDays", fault.FieldOutOfRange, "must be from 1 to 365")
	wrong.add(len(p.Currencies) < 1 || len(p.Currencies) > maxRows, field+".currencies", fault.FieldWrongCount, "must be from 1 to 32")
	for i, c := range p.Currencies {
		at := fmt.Sprintf("%s.currencies[%d]", field, i)
		wrong.add(!money.Known(c.Code), at+".currencyCode", fault.FieldCurrencyUnknown, "must be a current ISO 4217 code in capitals")
		wrong.add(i > 0 && c.Code <= p.Currencies[i-1].Code, at+".currencyCode", fault.FieldWrongOrder, "must come after the one before, each once")
		c.check(&wrong, at, who, p.ApprovalDays)
	}
	if len(wrong) == 0 {
		return nil
	}
	return fault.Fields(wrong...)
}

func (c Currency) check(wrong *faults, at string, who Holders, approvalDays int) {
	const positive = "must not be below zero"
	wrong.add(c.CashCap < 0, at+".cashCap", fault.FieldTooSmall, positive)
	wrong.add(c.FamilyCap < 0, at+".emergencyFamilyCap", fault.FieldTooSmall, positive)
	wrong.add(c.MonthCap < 0, at+".emergencyMonthCap", fault.FieldTooSmall, positive)
	wrong.add(len(c.Rows) < 1 || len(c.Rows) > maxRows, at+".rows", fault.FieldWrongCount, "must be from 1 to 32")
	for j, r := range c.Rows {
		row := fmt.Sprintf("%s.rows[%d]", at, j)
		last := j == len(c.Rows)-1
		wrong.add(last && r.UpTo != 0, row+".upTo", fault.FieldNotAllowed, "must be left out in the last row: above it would be a gap")
		wrong.add(!last && r.UpTo <= 0, row+".upTo", fault.FieldRequired, "must be given in all rows but the last one")
		wrong.add(!last && j > 0 && r.UpTo > 0 && r.UpTo <= c.Rows[j-1].UpTo, row+".upTo", fault.FieldWrongOrder, "must be greater than that of the row before")
		wrong.add(r.Persons < 2 || r.Persons > maxPersons, row+".persons", fault.FieldOutOfRange, "must be from 2 to 20")
		wrong.add(j > 0 && r.Persons < c.Rows[j-1].Persons, row+".persons", fault.FieldWrongOrder, "must not be fewer than in the row before")
		wrong.add(r.Persons <= maxPersons && !who.Enough(r.Persons), row+".persons", fault.FieldTooLarge, "must not be more than hold the roles")
		wrong.add(r.WaitDays < 0 || r.WaitDays > maxDays, row+".waitDays", fault.FieldOutOfRange, "must be from 0 to 365")
		wrong.add(r.WaitDays <= maxDays && approvalDays > 0 && r.WaitDays >= approvalDays, row+".waitDays", fault.FieldTooLarge, "must be fewer than the days for which an approval counts")
	}
}

// Most is the largest number of persons that any row asks for.
func (p Policy) Most() (most int) {
	for _, c := range p.Currencies {
		for _, r := range c.Rows {
			most = max(most, r.Persons)
		}
	}
	return most
}

// MostDays are the most days in open view that a row of a currency gives; 0 where none
// does.
func (p Policy) MostDays(currency string) (most int) {
	for _, c := range p.Currencies {
		for _, r := range c.Rows {
			if c.Code == currency {
				most = max(most, r.WaitDays)
			}
		}
	}
	return most
}

// Holders says who could sign, by the roles that they hold.
type Holders struct {
	// Treasurers, Approvers and Both hold the one role, the other, or both of them.
	Treasurers, Approvers, Both int
}

// Check refuses a policy that asks for more persons than hold the roles.
func (h Holders) Check(p Policy) error {
	if !h.Enough(p.Most()) {
		return fault.New(fault.Precondition, fault.ReasonNotEnoughPeople, "Fewer people hold the roles than the policy asks for.")
	}
	return nil
}

// Enough reports whether a plan of so many persons could be signed: of the first four one
// approves and the others are treasurers; all further ones approve.
func (h Holders) Enough(persons int) bool {
	treasurers, approvers := max(1, min(persons, 4)-1), max(1, persons-3)
	lacking := max(0, treasurers-h.Treasurers) + max(0, approvers-h.Approvers)
	return lacking <= h.Both
}
