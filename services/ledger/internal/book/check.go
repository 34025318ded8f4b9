package book

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// check looks at everything about a draft that needs no books. at is the draft's
// place in the request, for the fault.
func (d *Draft) check(at place, today leaf.Day) error {
	if err := leaf.CheckReference(d.Reference); err != nil {
		return fault.Field(at.field("reference"), fault.FieldMalformed, err.Error())
	}
	if d.Kind == 0 || d.Kind.String() == leaf.Kind(0).String() {
		return fault.Field(at.field("kind"), fault.FieldUnknownValue, "must be a kind of transaction")
	}
	if err := leaf.CheckResource(d.Source); err != nil {
		return fault.Field(at.field("source"), fault.FieldMalformed, err.Error())
	}
	if err := checkDay(at, "occurredOn", d.OccurredOn, today); err != nil {
		return err
	}
	if err := d.checkRate(at, today); err != nil {
		return err
	}
	if (d.Reverses != "") != (d.Kind == leaf.Reversal) {
		return fault.Field(at.field("reverses"), fault.FieldRequired, "must be given for a REVERSAL, and only for one")
	}
	if d.Kind == leaf.Reversal {
		return d.checkReversal(at)
	}
	return d.checkLines(at)
}

func (d *Draft) checkReversal(at place) error {
	if err := leaf.CheckReference(d.Reverses); err != nil {
		return fault.Field(at.field("reverses"), fault.FieldMalformed, err.Error())
	}
	if len(d.Entries)+len(d.Sources) > 0 || d.Rate != nil {
		return fault.Field(at.field("entries"), fault.FieldNotAllowed, "must be empty for a REVERSAL, which books the counter-transaction")
	}
	return nil
}

func (d *Draft) checkLines(at place) error {
	if len(d.Entries) == 0 {
		return fault.Field(at.field("entries"), fault.FieldRequired, "must not be empty")
	}
	if len(d.Sources) > maxSources {
		return fault.Field(at.field("sources"), fault.FieldTooMany, "must be at most 20")
	}
	lines := len(d.Entries)
	for _, s := range d.Sources {
		lines += len(s.Accounts)
	}
	if lines > leaf.MaxEntries {
		return fault.Field(at.field("entries"), fault.FieldTooMany, "must be at most 500, accounts of ordered sources included")
	}
	sums := map[string]*sides{}
	for j := range d.Entries {
		if err := d.Entries[j].check(at.lineAt("entries", j), sums); err != nil {
			return err
		}
	}
	for j := range d.Sources {
		if err := d.Sources[j].check(at.lineAt("sources", j), sums); err != nil {
			return err
		}
	}
	wrong := ""
	for currency, s := range sums {
		if s.debit != s.credit && (wrong == "" || currency < wrong) {
			wrong = currency
		}
	}
	if wrong != "" {
		return unbalanced(at, wrong)
	}
	return d.checkPurpose(at)
}

// unbalanced makes the fault for a transaction whose debits and credits differ in
// a currency.
func unbalanced(at place, currency string) error {
	f := fault.Field(at.field("entries"), fault.FieldMismatch, "debits and credits must be equal in each currency; those in "+currency+" differ")
	f.Reason = fault.ReasonUnbalanced
	return f
}

// sides sums up one currency of a draft.
type sides struct{ debit, credit int64 }

func (e *Entry) check(at place, sums map[string]*sides) error {
	if _, err := account.Parse(e.Account); err != nil {
		return fault.Field(at.field("account"), fault.FieldMalformed, err.Error())
	}
	if err := checkAmount(at, e.Amount); err != nil {
		return err
	}
	switch e.Side {
	case leaf.Debit:
		return add(at, sums, e.Amount, func(s *sides) *int64 { return &s.debit })
	case leaf.Credit:
		return add(at, sums, e.Amount, func(s *sides) *int64 { return &s.credit })
	}
	return fault.Field(at.field("side"), fault.FieldUnknownValue, "must be debit or credit")
}

func (s *Sources) check(at place, sums map[string]*sides) error {
	if len(s.Accounts) == 0 || len(s.Accounts) > maxSourceAccounts {
		return fault.Field(at.field("accounts"), fault.FieldWrongCount, "must be 1 to 10")
	}
	for k, path := range s.Accounts {
		p, err := account.Parse(path)
		if err != nil {
			return fault.Field(at.field(fmt.Sprintf("accounts[%d]", k)), fault.FieldMalformed, err.Error())
		}
		if !p.Limited && k < len(s.Accounts)-1 {
			return fault.Field(at.field(fmt.Sprintf("accounts[%d]", k)), fault.FieldNotPossible, "has no limit, which only the last may lack")
		}
		for _, earlier := range s.Accounts[:k] {
			if earlier == path {
				return fault.Field(at.field(fmt.Sprintf("accounts[%d]", k)), fault.FieldGivenTwice, "occurs twice")
			}
		}
	}
	if err := checkAmount(at, s.Amount); err != nil {
		return err
	}
	return add(at, sums, s.Amount, func(s *sides) *int64 { return &s.debit })
}

func add(at place, sums map[string]*sides, a money.Amount, side func(*sides) *int64) error {
	s := sums[a.Currency]
	if s == nil {
		s = &sides{}
		sums[a.Currency] = s
	}
	n, err := money.Add(*side(s), a.MinorUnits)
	if err != nil {
		return fault.Field(at.field("amount.minorUnits"), fault.FieldTooLarge, "makes the sum of the transaction too large")
	}
	*side(s) = n
	return nil
}

// checkAmount takes a currency that has left ISO 4217 too: what is booked already
// must be answered as it was. New postings are for current.
func checkAmount(at place, a money.Amount) error {
	switch {
	case !money.Defined(a.Currency):
		return fault.Field(at.field("amount.currencyCode"), fault.FieldMalformed, notCurrent)
	case a.MinorUnits <= 0:
		return fault.Field(at.field("amount.minorUnits"), fault.FieldNotPositive, "must be greater than zero")
	case a.MinorUnits > MaxAmount:
		return TooLarge(at.field("amount.minorUnits"))
	}
	return nil
}

// notCurrent says what is wrong with a currency.
const notCurrent = "must be a current ISO 4217 code in capitals"

// current refuses a draft in a currency that has left ISO 4217. It is asked once it
// is known that the draft repeats nothing that is booked. What ordered sources debit,
// entries credit; a reversal gives back what is there, in whatever currency.
func (d *Draft) current(at place) error {
	for j := range d.Entries {
		if !money.Known(d.Entries[j].Amount.Currency) {
			return fault.Field(at.lineAt("entries", j).field("amount.currencyCode"), fault.FieldMalformed, notCurrent)
		}
	}
	if r := d.Rate; r != nil && !(money.Known(r.From) && money.Known(r.To)) {
		return fault.Field(at.field("rate"), fault.FieldMalformed, badRate)
	}
	return nil
}

const badRate = "must name two current ISO 4217 currencies"

func checkDay(at place, field string, d, today leaf.Day) error {
	if d == 0 {
		return fault.Field(at.field(field), fault.FieldMalformed, "must be a day such as 2026-11-24")
	}
	if d > today+1 {
		return fault.Field(at.field(field), fault.FieldInTheFuture, "must not be in the future")
	}
	return nil
}

func (d *Draft) checkRate(at place, today leaf.Day) error {
	r := d.Rate
	switch {
	case r == nil:
		return nil
	case !money.Defined(r.From) || !money.Defined(r.To):
		return fault.Field(at.field("rate"), fault.FieldMalformed, badRate)
	case r.From == r.To:
		return fault.Field(at.field("rate.toCurrencyCode"), fault.FieldMismatch, "must differ from the other currency")
	case r.Value <= 0:
		return fault.Field(at.field("rate.value"), fault.FieldNotPositive, "must be greater than zero")
	case r.Scale > 12:
		return fault.Field(at.field("rate.scale"), fault.FieldTooLarge, "must be at most 12")
	}
	if err := leaf.CheckLedger(r.Source); err != nil { // any segment will do
		return fault.Field(at.field("rate.source"), fault.FieldMalformed, err.Error())
	}
	return checkDay(at, "rate.day", r.Day, today)
}

func (d *Decision) check(at place, today leaf.Day) error {
	if err := leaf.CheckReference(d.Reference); err != nil {
		return fault.Field(at.field("reference"), fault.FieldMalformed, err.Error())
	}
	if !d.Kind.Known() {
		return fault.Field(at.field("kind"), fault.FieldUnknownValue, "must be a kind of decision")
	}
	kind := rule.OfDecision(d.Kind)
	if d.Resource != "" {
		if !kind.Named {
			return fault.Field(at.field("resource"), fault.FieldNotAllowed, "must be empty for a decision about a family, of which only the commitment is kept")
		}
		if err := leaf.CheckResource(d.Resource); err != nil {
			return fault.Field(at.field("resource"), fault.FieldMalformed, err.Error())
		}
	}
	if d.Person != "" {
		if kind.Taken == rule.ByNobody {
			return fault.Field(at.field("person"), fault.FieldNotAllowed, "must be empty for a decision that nobody takes")
		}
		if err := leaf.CheckPerson(d.Person); err != nil {
			return fault.Field(at.field("person"), fault.FieldMalformed, err.Error())
		}
	}
	if err := d.checkContent(at); err != nil {
		return err
	}
	return checkDay(at, "day", d.Day, today)
}

func (d *Decision) checkContent(at place) error {
	if lock, ok := d.Content.(*leaf.Lock); ok && (lock.Persons != 0 || lock.WaitDays != 0) {
		return fault.Field(at.field("content"), fault.FieldNotPossible, "must not say how many persons it needs: the ledger does")
	}
	if field, err := leaf.CheckContent(d.Kind, asGiven(d.Content)); err != nil {
		return fault.Field(at.field(field), fault.FieldMalformed, err.Error())
	}
	return nil
}
