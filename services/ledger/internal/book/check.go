package book

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf/account"
)

// check looks at everything about a draft that needs no books. at is the draft's
// place in the request, for the fault.
func (d *Draft) check(at string, today leaf.Day) error {
	if err := leaf.CheckReference(d.Reference); err != nil {
		return fault.Field(at+".reference", err.Error())
	}
	if d.Kind == 0 || d.Kind.String() == leaf.Kind(0).String() {
		return fault.Field(at+".kind", "must be a kind of transaction")
	}
	if err := leaf.CheckResource(d.Source); err != nil {
		return fault.Field(at+".source", err.Error())
	}
	if err := checkDay(at+".occurredOn", d.OccurredOn, today); err != nil {
		return err
	}
	if err := d.checkRate(at+".rate", today); err != nil {
		return err
	}
	if (d.Reverses != "") != (d.Kind == leaf.Reversal) {
		return fault.Field(at+".reverses", "must be given for a REVERSAL, and only for one")
	}
	if d.Kind == leaf.Reversal {
		return d.checkReversal(at)
	}
	return d.checkLines(at)
}

func (d *Draft) checkReversal(at string) error {
	if err := leaf.CheckReference(d.Reverses); err != nil {
		return fault.Field(at+".reverses", err.Error())
	}
	if len(d.Entries)+len(d.Sources) > 0 || d.Rate != nil {
		return fault.Field(at+".entries", "must be empty for a REVERSAL, which books the counter-transaction")
	}
	return nil
}

func (d *Draft) checkLines(at string) error {
	if len(d.Entries) == 0 {
		return fault.Field(at+".entries", "must not be empty")
	}
	if len(d.Sources) > maxSources {
		return fault.Field(at+".sources", "must be at most 20")
	}
	lines := len(d.Entries)
	for _, s := range d.Sources {
		lines += len(s.Accounts)
	}
	if lines > leaf.MaxEntries {
		return fault.Field(at+".entries", "must be at most 500, accounts of ordered sources included")
	}
	sums := map[string]*sides{}
	for j := range d.Entries {
		if err := d.Entries[j].check(fmt.Sprintf("%s.entries[%d]", at, j), sums); err != nil {
			return err
		}
	}
	for j := range d.Sources {
		if err := d.Sources[j].check(fmt.Sprintf("%s.sources[%d]", at, j), sums); err != nil {
			return err
		}
	}
	for _, s := range sums {
		if s.debit != s.credit {
			return unbalanced(at)
		}
	}
	return nil
}

// unbalanced makes the fault for a transaction whose debits and credits differ.
func unbalanced(at string) error {
	f := fault.Field(at+".entries", "debits and credits must be equal in each currency")
	f.Reason = "UNBALANCED"
	return f
}

// sides sums up one currency of a draft.
type sides struct{ debit, credit int64 }

func (e *Entry) check(at string, sums map[string]*sides) error {
	if _, err := account.Parse(e.Account); err != nil {
		return fault.Field(at+".account", err.Error())
	}
	if err := checkAmount(at+".amount", e.Amount); err != nil {
		return err
	}
	switch e.Side {
	case leaf.Debit:
		return add(at, sums, e.Amount, func(s *sides) *int64 { return &s.debit })
	case leaf.Credit:
		return add(at, sums, e.Amount, func(s *sides) *int64 { return &s.credit })
	}
	return fault.Field(at+".side", "must be debit or credit")
}

func (s *Sources) check(at string, sums map[string]*sides) error {
	if len(s.Accounts) == 0 || len(s.Accounts) > maxSourceAccounts {
		return fault.Field(at+".accounts", "must be 1 to 10")
	}
	for k, path := range s.Accounts {
		p, err := account.Parse(path)
		if err != nil {
			return fault.Field(fmt.Sprintf("%s.accounts[%d]", at, k), err.Error())
		}
		if !p.Limited && k < len(s.Accounts)-1 {
			return fault.Field(fmt.Sprintf("%s.accounts[%d]", at, k), "has no limit, which only the last may lack")
		}
		for _, earlier := range s.Accounts[:k] {
			if earlier == path {
				return fault.Field(fmt.Sprintf("%s.accounts[%d]", at, k), "occurs twice")
			}
		}
	}
	if err := checkAmount(at+".amount", s.Amount); err != nil {
		return err
	}
	return add(at, sums, s.Amount, func(s *sides) *int64 { return &s.debit })
}

func add(at string, sums map[string]*sides, a money.Amount, side func(*sides) *int64) error {
	s := sums[a.Currency]
	if s == nil {
		s = &sides{}
		sums[a.Currency] = s
	}
	n, err := money.Add(*side(s), a.MinorUnits)
	if err != nil {
		return fault.Field(at+".amount.minorUnits", "makes the sum of the transaction too large")
	}
	*side(s) = n
	return nil
}

func checkAmount(at string, a money.Amount) error {
	_, err := money.New(at, a.MinorUnits, a.Currency)
	return err
}

func checkDay(at string, d, today leaf.Day) error {
	if d == 0 {
		return fault.Field(at, "must be a day such as 2026-11-24")
	}
	if d > today+1 {
		return fault.Field(at, "must not be in the future")
	}
	return nil
}

func (d *Draft) checkRate(at string, today leaf.Day) error {
	r := d.Rate
	switch {
	case r == nil:
		return nil
	case !money.Known(r.From) || !money.Known(r.To):
		return fault.Field(at, "must name two current ISO 4217 currencies")
	case r.From == r.To:
		return fault.Field(at+".toCurrencyCode", "must differ from the other currency")
	case r.Value <= 0:
		return fault.Field(at+".value", "must be greater than zero")
	case r.Scale > 12:
		return fault.Field(at+".scale", "must be at most 12")
	}
	if err := leaf.CheckLedger(r.Source); err != nil { // any segment will do
		return fault.Field(at+".source", err.Error())
	}
	return checkDay(at+".day", r.Day, today)
}

func (d *Decision) check(at string, today leaf.Day) error {
	if err := leaf.CheckReference(d.Reference); err != nil {
		return fault.Field(at+".reference", err.Error())
	}
	if d.Kind == 0 || d.Kind.String() == leaf.DecisionKind(0).String() {
		return fault.Field(at+".kind", "must be a kind of decision")
	}
	if d.Resource != "" {
		if err := leaf.CheckResource(d.Resource); err != nil {
			return fault.Field(at+".resource", err.Error())
		}
	}
	if d.Person != "" {
		if err := leaf.CheckPerson(d.Person); err != nil {
			return fault.Field(at+".person", err.Error())
		}
	}
	return checkDay(at+".day", d.Day, today)
}
