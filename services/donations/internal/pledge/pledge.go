// Package pledge holds what a donor promises before any money moves: the amount,
// the tip, the funds and their parts. A pledge is not money; what was received
// under it is package donation's.
package pledge

import (
	"strconv"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const (
	maxDesignations = 10
	maxShare        = 10000
)

// whole is a part in basis points.
const whole = 10000

// Pledge is a promise of an amount to one or several funds.
type Pledge struct {
	ID, Partner string
	// Amount goes to the funds.
	Amount money.Amount
	// Tip goes to running costs; minor units of Amount's currency, 0 for none.
	Tip          int64
	Designations []Designation
	ReturnURL    string
	// ReceiptSHA256 is the hash of the receipt token, 32 bytes.
	ReceiptSHA256 []byte
	State         State
	Recurrence    Recurrence
	// ClosedFunds are those of a recurring pledge that have been closed since.
	ClosedFunds []string
	// Giving is how a recurring pledge is paid, nil before a card is saved.
	Giving *Giving
	// Version counts what was promised, from 1.
	Version int64
	// Failure says why the last payment failed, in the contract's word; empty where it
	// did not or nobody knows.
	Failure string
	// Refused says that the first page was never made and never will be.
	Refused   bool
	CreatedAt time.Time
	// Mail is set while a pledge is made whose donor wants to be told; it is not read again.
	Mail *Mail
	// ForgottenOn is the day on which its donor had it forgotten, nil for one that is not.
	ForgottenOn *time.Time
	// Checkout is the newest page, or the one that was asked for.
	Checkout Checkout
}

// Designation is one fund of a pledge with the terms that the donor saw.
type Designation struct {
	Fund string
	// Share is the weight among the designations.
	Share int64
	// Amount is the part before the fund's shares are taken off; minor units.
	Amount int64
	// Terms are the fund's at the time of the pledge.
	Terms Terms
}

// Terms are what a fund promised when the pledge was made.
type Terms struct {
	// PromisesFull: the processor's fee is not taken from the gift.
	PromisesFull bool
	// ReserveShare and OperationsShare are basis points.
	ReserveShare, OperationsShare int64
}

// Waits reports whether the pledge's payment page has still to be made.
func (p Pledge) Waits() bool {
	return p.State == Pending && p.Checkout.State == CheckoutPending
}

// CheckPayable returns the fault of a pledge that is refused:
// Precondition, PAYMENT_REFUSED. Every answer to the call that made the pledge is
// judged by it, so that a repeat answers like the first.
func (p Pledge) CheckPayable() error {
	if p.Refused {
		return refused()
	}
	return nil
}

// Request is what a partner asks for.
type Request struct {
	Partner      string
	Amount       money.Amount
	Tip          *money.Amount
	Designations []Designation // Fund and Share
	ReturnURL    string
	Recurrence   Recurrence
	// ReceiptSHA256 is the hash of the donor's token.
	ReceiptSHA256 []byte
}

// New checks a request and makes the pledge, before the funds' terms are known.
// The funds themselves are judged by Designate.
func New(r Request, now time.Time) (Pledge, error) {
	p := Pledge{
		ID: resource.NewID(resource.KindPledge), Partner: r.Partner, Amount: r.Amount,
		ReturnURL: r.ReturnURL, ReceiptSHA256: r.ReceiptSHA256, State: Pending, Recurrence: r.Recurrence, Version: 1, CreatedAt: now,
		Checkout: newCheckout(1, now),
	}
	if len(r.ReceiptSHA256) != 32 {
		return Pledge{}, fault.Field("receiptTokenSha256", fault.FieldWrongLength, "must have 32 bytes")
	}
	if r.Tip != nil {
		if r.Tip.Currency != r.Amount.Currency {
			return Pledge{}, fault.Field("tip.currencyCode", fault.FieldMismatch, "must be the amount's currency")
		}
		p.Tip = r.Tip.MinorUnits
	}
	if err := p.checkCharge(); err != nil {
		return Pledge{}, err
	}
	var err error
	p.Designations, err = split(r.Amount.MinorUnits, r.Designations)
	return p, err
}

// Funds returns the ids of the designated funds.
func (p Pledge) Funds() []string {
	ids := make([]string, len(p.Designations))
	for i, d := range p.Designations {
		ids[i] = d.Fund
	}
	return ids
}

// Charge is what the donor's card is charged: amount and tip.
func (p Pledge) Charge() money.Amount {
	return money.Amount{MinorUnits: p.Amount.MinorUnits + p.Tip, Currency: p.Amount.Currency}
}

// split gives each designation its part of amount.
func split(amount int64, asked []Designation) ([]Designation, error) {
	if len(asked) == 0 || len(asked) > maxDesignations {
		return nil, fault.Field("designations", fault.FieldWrongCount, "must have 1 to 10 entries")
	}
	out, weights, seen := make([]Designation, len(asked)), make([]int64, len(asked)), map[string]bool{}
	for i, d := range asked {
		if d.Share < 0 || d.Share > maxShare {
			return nil, fault.Field(at(i)+".share", fault.FieldOutOfRange, "must be from 1 to 10000")
		}
		if seen[d.Fund] {
			return nil, fault.Field(at(i)+".fund", fault.FieldGivenTwice, "must not be given twice")
		}
		seen[d.Fund] = true
		weights[i] = max(d.Share, 1)
	}
	parts, err := money.Split(amount, weights)
	if err != nil {
		return nil, err
	}
	for i := range out {
		if parts[i] == 0 {
			return nil, fault.Field(at(i)+".share", fault.FieldTooSmall, "is too small: its part of the amount would be nothing")
		}
		out[i] = Designation{Fund: asked[i].Fund, Share: weights[i], Amount: parts[i]}
	}
	return out, nil
}

// Designate writes down the terms of each fund; terms finds a fund by id and
// refuses, naming field, one that is not there or does not take the gift.
func (p *Pledge) Designate(terms func(field, fundID string) (Terms, error)) error {
	for i := range p.Designations {
		t, err := terms(at(i)+".fund", p.Designations[i].Fund)
		if err != nil {
			return err
		}
		p.Designations[i].Terms = t
	}
	return nil
}

func at(i int) string { return "designations[" + strconv.Itoa(i) + "]" }

// Shares splits a designation's part into what stays with the fund and what goes
// to the reserve and to running costs, by largest remainder.
func (d Designation) Shares() (stays, reserve, operations int64, err error) {
	t := d.Terms
	s, err := money.Split(d.Amount, []int64{whole - t.ReserveShare - t.OperationsShare, t.ReserveShare, t.OperationsShare})
	if err != nil {
		return 0, 0, 0, err
	}
	return s[0], s[1], s[2], nil
}
