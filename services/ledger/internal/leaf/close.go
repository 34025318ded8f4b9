package leaf

import (
	"errors"

	"github.com/solidarity-fund/solidarity/services/internal/account"
)

// MaxFigures bounds the totals of a period close.
const MaxFigures = 500

var (
	errClass  = errors.New("must be a class of accounts")
	errOrder  = errors.New("must stand in ascending order of class and currency, each pair once")
	errPeriod = errors.New("must not be before the first day")
	errEarly  = errors.New("must be after the last day of the period")
)

// Figure is the total of all accounts of one class and currency.
type Figure struct {
	// Class is the first part of the accounts' paths.
	Class string
	// Currency is an ISO 4217 code.
	Currency string
	// Balance is credits less debits of all entries booked up to the last day
	// of the period, in minor units.
	Balance int64
}

// PeriodClose ends a period: nothing is booked on a day up to Last afterwards.
type PeriodClose struct {
	Header
	// Reference is unique among all leaves of the ledger.
	Reference string
	// First and Last bound the period; both belong to it.
	First, Last Day
	// Day is the UTC day of the close.
	Day Day
	// ProposedBy and ConfirmedBy are the pseudonyms of two persons.
	ProposedBy, ConfirmedBy string
	// Figures holds the totals by class and currency, in that order, without
	// those that are zero.
	Figures []Figure
	// Accounts counts the lines of the trial balance.
	Accounts int64
	// TrialBalance is the SHA-256 over the lines "path currency balance\n" of
	// all accounts whose balance at the end of Last is not zero, in ascending
	// order of bytes.
	TrialBalance [32]byte
}

// AppendBinary appends the canonical bytes.
func (p *PeriodClose) AppendBinary(dst []byte) ([]byte, error) {
	return encode(dst, typeClose, p.layout)
}

// layout visits every field in the order of the format.
func (p *PeriodClose) layout(c *codec) {
	c.header(&p.Header)
	c.text("reference", &p.Reference, CheckReference)
	c.day("first", &p.First)
	c.day("last", &p.Last)
	c.day("day", &p.Day)
	if c.err == nil && p.Last < p.First {
		c.fail("last", errPeriod)
	}
	if c.err == nil && p.Day <= p.Last {
		c.fail("day", errEarly)
	}
	c.text("proposed_by", &p.ProposedBy, CheckPerson)
	c.text("confirmed_by", &p.ConfirmedBy, CheckPerson)
	n := c.count("figures", len(p.Figures), 0, MaxFigures)
	if c.reading() && n > 0 {
		p.Figures = make([]Figure, n)
	}
	for i := range p.Figures {
		c.item, c.index = "figures", i
		p.figure(c, i)
		if c.err != nil {
			return
		}
	}
	c.item = ""
	c.natural("accounts", &p.Accounts)
	c.fixed("trial_balance", p.TrialBalance[:], true)
}

func (p *PeriodClose) figure(c *codec, i int) {
	f := &p.Figures[i]
	c.text("class", &f.Class, checkClass)
	c.currency("currency", &f.Currency)
	c.number("balance", &f.Balance)
	if c.err == nil && f.Balance == 0 {
		c.fail("balance", errZero)
	}
	if i == 0 || c.err != nil {
		return
	}
	before := p.Figures[i-1]
	if f.Class < before.Class || f.Class == before.Class && f.Currency <= before.Currency {
		c.fail("class", errOrder)
	}
}

func checkClass(s string) error {
	if !account.Class(s).Known() {
		return errClass
	}
	return nil
}
