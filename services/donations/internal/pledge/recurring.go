package pledge

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Recurrence is how often a pledge is paid, in the contract's word.
type Recurrence string

// A pledge that is paid Once has no Giving.
const (
	Once    Recurrence = ""
	Monthly Recurrence = "MONTH"
	Yearly  Recurrence = "YEAR"
)

// Trouble is what is wrong with the payment that is due, in the contract's word.
type Trouble string

// Who has to act is the donor.
const (
	NoTrouble      Trouble = ""
	Failed         Trouble = "FAILED"          // it is tried again
	ActionRequired Trouble = "ACTION_REQUIRED" // the card's bank asks for the donor
)

// Giving is how a recurring pledge is paid, from when a card was saved for it. What the
// processor has to be told of it stands in the row; Version counts that.
type Giving struct {
	// Customer, Method and Subscription are the processor's ids; Subscription is empty
	// until it is made. OldMethod is a card to be forgotten, empty where there is none.
	Customer, Method, OldMethod, Subscription string
	// Agreed are all charges that the donor has ever agreed to, in minor units.
	Agreed []int64
	// NextAt is when the next payment is due, zero where that is not known yet.
	NextAt time.Time
	// MoveTo is the day that the donor wants it on, zero where they want no other.
	MoveTo time.Time
	// PausedUntil ends a pause, zero where only the donor does.
	PausedUntil time.Time
	Trouble     Trouble
	// PayURL is where the donor acts, empty without trouble.
	PayURL string
	// Version is of what the processor must know.
	Version int64
}

// hour is when on a chosen day a payment is made, UTC.
const hour = 10

// Days of the farthest choices.
const longestPause = 366

// Recurring reports whether a pledge is paid again and again.
func (p Pledge) Recurring() bool { return p.Recurrence != Once }

// Running reports whether a recurring pledge goes on.
func (p Pledge) Running() bool { return p.State == Active || p.State == Paused }

// Takes reports whether a payment is of the pledge's amount, or, where that was changed,
// of one before.
func (p Pledge) Takes(charged money.Amount) bool {
	if charged == p.Charge() {
		return true
	}
	return p.Giving != nil && charged.Currency == p.Amount.Currency && slices.Contains(p.Giving.Agreed, charged.MinorUnits)
}

// Paid is the state of a pledge after a payment.
func (p Pledge) Paid() (State, error) {
	switch {
	case !p.Recurring():
		return p.State.Move(Fulfilled)
	case p.State == Pending:
		return Active, nil
	}
	return p.State, nil
}

// Change is what a donor wants from the next payment on; nil and zero leave as it is.
type Change struct {
	Amount, Tip *money.Amount
	NextOn      time.Time
}

// Changed is a pledge after a change.
func (p Pledge) Changed(c Change, now time.Time) (Pledge, error) {
	if !p.Running() || p.Giving == nil {
		return p, fault.State("pledge", string(p.State), "changed")
	}
	g := *p.Giving
	for field, given := range map[string]*money.Amount{"amount": c.Amount, "tip": c.Tip} {
		if given != nil && given.Currency != p.Amount.Currency {
			return p, fault.Field(field+".currencyCode", fault.FieldMismatch, "must be the pledge's currency")
		}
	}
	if c.Tip != nil {
		p.Tip = c.Tip.MinorUnits
	}
	if c.Amount != nil {
		p.Amount = *c.Amount
		if err := p.resplit(); err != nil {
			return p, err
		}
	}
	if err := p.checkCharge(); err != nil {
		return p, err
	}
	if !c.NextOn.IsZero() {
		if day := today(now); !c.NextOn.After(day) || c.NextOn.After(p.farthest(g, day)) {
			return p, fault.Field("nextPaymentOn", fault.FieldOutOfRange, "must be after today and before the next payment but one")
		}
		g.MoveTo = c.NextOn.Add(hour * time.Hour)
	}
	if sum := p.Charge().MinorUnits; !slices.Contains(g.Agreed, sum) {
		g.Agreed = append(slices.Clone(g.Agreed), sum)
	}
	g.Version++
	p.Giving, p.Version = &g, p.Version+1
	return p, nil
}

// resplit divides the amount anew, in the proportion that the donor chose.
func (p *Pledge) resplit() error {
	parts, err := split(p.Amount.MinorUnits, p.Designations)
	if err != nil {
		return err
	}
	for i := range parts {
		parts[i].Terms = p.Designations[i].Terms
	}
	p.Designations = parts
	return nil
}

// farthest is the last day that a payment may be moved to.
func (p Pledge) farthest(g Giving, day time.Time) time.Time {
	next := day
	if g.NextAt.After(day) {
		next = today(g.NextAt)
	}
	if p.Recurrence == Yearly {
		return next.AddDate(1, 0, 0)
	}
	return next.AddDate(0, 1, 0)
}

// Pause is a pledge of which nothing is paid until a day, zero until it is resumed.
func (p Pledge) Pause(until, now time.Time) (Pledge, error) {
	if p.Giving == nil {
		return p, fault.State("pledge", string(p.State), string(Paused))
	}
	state, err := p.State.Move(Paused)
	if err != nil {
		return p, err
	}
	if day := today(now); !until.IsZero() && (!until.After(day) || until.After(day.AddDate(0, 0, longestPause))) {
		return p, fault.Field("until", fault.FieldOutOfRange, "must be after today and within a year")
	}
	g := *p.Giving
	g.PausedUntil, g.Version = until, g.Version+1
	p.State, p.Giving = state, &g
	return p, nil
}

// Resume ends a pause.
func (p Pledge) Resume() (Pledge, error) {
	if p.State != Paused || p.Giving == nil {
		return p, fault.State("pledge", string(p.State), string(Active))
	}
	g := *p.Giving
	g.PausedUntil, g.Version = time.Time{}, g.Version+1
	p.State, p.Giving = Active, &g
	return p, nil
}

func today(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
