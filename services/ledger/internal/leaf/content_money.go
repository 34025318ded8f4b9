package leaf

import "errors"

const (
	// MaxRows bounds the rows of a policy's table, and its currencies.
	MaxRows = 32
	// MaxPersons bounds the persons that a row asks for.
	MaxPersons = 20
	// maxDays bounds the days that a policy gives.
	maxDays = 365
)

var (
	errPersons    = errors.New("must be from 2 to 20")
	errLast       = errors.New("must be zero in the last row and nowhere else")
	errAscending  = errors.New("must be greater than that of the row before")
	errCurrencies = errors.New("must stand in ascending order, each once")
)

// Policy is a version of a policy: of the policy of hands, or of another one, whose
// leaf says of its content only what the books go by.
type Policy struct {
	// EffectiveOn is the first day on which it is in force.
	EffectiveOn Day
	// ApprovalDays is how many days an approval counts; zero in any other policy than
	// that of hands.
	ApprovalDays uint16
	// Currencies has the rules of hands in each currency, ascending.
	Currencies []Hands
	// Amounts are what another policy says to the books, ascending by currency.
	Amounts []PolicyAmount
}

// PolicyAmount is an amount that a policy gives in a currency.
type PolicyAmount struct {
	// Currency is an ISO 4217 code.
	Currency string
	// Amount is in minor units.
	Amount int64
}

// OfHands reports whether it is a version of the policy of hands.
func (p *Policy) OfHands() bool { return p.ApprovalDays > 0 }

// Hands are the rules of one currency. Amounts are in minor units.
type Hands struct {
	// Currency is an ISO 4217 code.
	Currency string
	// CashCap is what a courier may hold.
	CashCap int64
	// EmergencyFamilyCap is what a family may get as emergency grants in 30 days, and
	// one grant at most; EmergencyMonthCap what all may get in 30 days.
	EmergencyFamilyCap, EmergencyMonthCap int64
	// Rows is the table, ascending.
	Rows []Row
}

// Row is a row of the table of hands.
type Row struct {
	// UpTo is the largest sum of 30 days for which it holds; zero in the last row,
	// which has no bound.
	UpTo int64
	// Persons is how many are needed.
	Persons uint8
	// WaitDays is after how many days two are enough; zero where they never are.
	WaitDays uint16
}

func (p *Policy) layout(c *codec) {
	c.day("effective_on", &p.EffectiveOn)
	least := min(1, len(p.Currencies))
	c.short("approval_days", &p.ApprovalDays, least, maxDays)
	if c.err != nil || !p.OfHands() {
		p.amounts(c)
		return
	}
	n := c.small("currencies", len(p.Currencies), 1, MaxRows)
	if c.reading() {
		p.Currencies = make([]Hands, n)
	}
	for i := range p.Currencies {
		h := &p.Currencies[i]
		h.layout(c)
		if c.err == nil && i > 0 && h.Currency <= p.Currencies[i-1].Currency {
			c.fail("currencies", errCurrencies)
		}
		if c.err != nil {
			return
		}
	}
}

// amounts handles what stands in the place of the table in any other policy than that of
// hands.
func (p *Policy) amounts(c *codec) {
	n := c.small("amounts", len(p.Amounts), 0, MaxRows)
	if c.reading() && n > 0 {
		p.Amounts = make([]PolicyAmount, n)
	}
	for i := range p.Amounts {
		a := &p.Amounts[i]
		c.currency("currency", &a.Currency)
		c.natural("amount", &a.Amount)
		if c.err == nil && i > 0 && a.Currency <= p.Amounts[i-1].Currency {
			c.fail("amounts", errCurrencies)
		}
		if c.err != nil {
			return
		}
	}
}

func (h *Hands) layout(c *codec) {
	c.currency("currency", &h.Currency)
	c.natural("cash_cap", &h.CashCap)
	c.natural("emergency_family_cap", &h.EmergencyFamilyCap)
	c.natural("emergency_month_cap", &h.EmergencyMonthCap)
	n := c.small("rows", len(h.Rows), 1, MaxRows)
	if c.reading() {
		h.Rows = make([]Row, n)
	}
	for i := range h.Rows {
		r := &h.Rows[i]
		c.natural("rows.up_to", &r.UpTo)
		c.byte("rows.persons", &r.Persons)
		c.short("rows.wait_days", &r.WaitDays, 0, maxDays)
		switch {
		case c.err != nil:
			return
		case (r.UpTo == 0) != (i == len(h.Rows)-1):
			c.fail("rows.up_to", errLast)
		case i > 0 && r.UpTo > 0 && r.UpTo <= h.Rows[i-1].UpTo:
			c.fail("rows.up_to", errAscending)
		case r.Persons < 2 || r.Persons > MaxPersons:
			c.fail("rows.persons", errPersons)
		}
	}
}

// Lock says what a payment plan was locked with.
type Lock struct {
	// Currency is an ISO 4217 code.
	Currency string
	// Amount is the sum of the plan, in minor units.
	Amount int64
	// Persons is how many the plan needs, and WaitDays after how many days two are
	// enough, zero where they never are: both counted by the ledger.
	Persons  uint8
	WaitDays uint16
	// Looks is how many looks at families the plan needs.
	Looks uint16
}

func (l *Lock) layout(c *codec) {
	c.currency("currency", &l.Currency)
	c.positive("amount", &l.Amount)
	c.byte("persons", &l.Persons)
	if c.err == nil && (l.Persons < 2 || l.Persons > MaxPersons) {
		c.fail("persons", errPersons)
	}
	c.short("wait_days", &l.WaitDays, 0, maxDays)
	c.short("looks", &l.Looks, 0, 65535)
}

// VoidReason says why what was decided about a plan does not count any more.
type VoidReason uint8

// The reasons; the numbers are part of the format.
const (
	VoidUnlock VoidReason = iota + 1
	VoidReject
	VoidAbort
	VoidObjection
	VoidExpiry
	VoidFrozen
	VoidAccount
)

// Voiding says why what was decided about a plan does not count any more.
type Voiding struct {
	// Reason is one of the reasons.
	Reason VoidReason
}

func (v *Voiding) layout(c *codec) { c.enum("reason", (*uint8)(&v.Reason), int(VoidAccount)) }

// Emergency is what an emergency grant gives.
type Emergency struct {
	// Currency is an ISO 4217 code.
	Currency string
	// Amount is in minor units.
	Amount int64
}

func (e *Emergency) layout(c *codec) {
	c.currency("currency", &e.Currency)
	c.positive("amount", &e.Amount)
}
