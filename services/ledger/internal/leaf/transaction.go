package leaf

import "errors"

var (
	errLink     = errors.New("must be there for a REVERSAL, and only for one")
	errLater    = errors.New("must be before the leaf itself")
	errScale    = errors.New("must be at most 18")
	errSamePair = errors.New("must differ from the other currency")
)

// maxScale bounds the decimals of an exchange rate.
const maxScale = 18

// Entry is one line of a transaction.
type Entry struct {
	// Account is a path of package account.
	Account string
	// Currency is an ISO 4217 code.
	Currency string
	// Side says whether the account is debited or credited.
	Side Side
	// Amount is in minor units, greater than zero.
	Amount int64
	// Balance is the account's credits less debits after this entry, in minor
	// units; the entries of a leaf are counted in their order.
	Balance int64
}

// Link names an earlier leaf.
type Link struct {
	// Sequence is the index of that leaf.
	Sequence int64
	// Reference is the reference of that leaf.
	Reference string
}

// Rate is the exchange rate by which a transaction changed money.
type Rate struct {
	// From and To are ISO 4217 codes: so many To for one From.
	From, To string
	// Value divided by 10 to the power of Scale is the rate, in major units.
	Value int64
	Scale uint8
	// Source says who published the rate, for example "ecb".
	Source string
	// Day is the day for which it was published.
	Day Day
}

// Transaction is a posted transaction.
type Transaction struct {
	Header
	// Kind says what happened.
	Kind Kind
	// Reference is unique among all leaves of the ledger.
	Reference string
	// Source is the name of the resource that caused the transaction.
	Source string
	// OccurredOn is the UTC day of the fact, as the caller knew it.
	OccurredOn Day
	// BookingDate is the day on which it counts, assigned by the ledger.
	BookingDate Day
	// Reverses names what a REVERSAL undoes, nil for other kinds.
	Reverses *Link
	// Rate is set where money was changed.
	Rate *Rate
	// Digest is the SHA-256 of the request as the ledger compares repeats.
	Digest [32]byte
	// Entries holds 2 to MaxEntries lines.
	Entries []Entry
}

// AppendBinary appends the canonical bytes. It checks the form of every field,
// not whether the transaction balances.
func (t *Transaction) AppendBinary(dst []byte) ([]byte, error) {
	return encode(dst, typeTransaction, t.layout)
}

// layout visits every field in the order of the format.
func (t *Transaction) layout(c *codec) {
	c.header(&t.Header)
	c.enum("kind", (*uint8)(&t.Kind), len(kindNames)-1)
	c.text("reference", &t.Reference, CheckReference)
	c.text("source", &t.Source, checkSource)
	c.day("occurred_on", &t.OccurredOn)
	c.day("booking_date", &t.BookingDate)
	t.link(c)
	t.rate(c)
	c.fixed("digest", t.Digest[:], true)
	n := c.count("entries", len(t.Entries), 2, MaxEntries)
	if c.reading() {
		t.Entries = c.decoder.take(n)
	}
	for i := range t.Entries {
		c.item, c.index = "entries", i
		t.Entries[i].layout(c)
		if c.err != nil {
			return
		}
	}
	c.item = ""
}

func (e *Entry) layout(c *codec) {
	c.account(&e.Account, &e.Currency)
	c.enum("side", (*uint8)(&e.Side), len(sideNames)-1)
	c.positive("amount", &e.Amount)
	c.number("balance", &e.Balance)
}

func (t *Transaction) link(c *codec) {
	there := t.Reverses != nil
	c.present("reverses", &there)
	if c.err == nil && there != (t.Kind == Reversal) {
		c.fail("reverses", errLink)
	}
	if c.err != nil || !there {
		return
	}
	if c.reading() {
		t.Reverses = new(Link)
	}
	c.natural("reverses.sequence", &t.Reverses.Sequence)
	c.text("reverses.reference", &t.Reverses.Reference, CheckReference)
	if c.err == nil && t.Reverses.Sequence >= t.Sequence {
		c.fail("reverses.sequence", errLater)
	}
}

func (t *Transaction) rate(c *codec) {
	there := t.Rate != nil
	c.present("rate", &there)
	if c.err != nil || !there {
		return
	}
	if c.reading() {
		t.Rate = new(Rate)
	}
	r := t.Rate
	c.currency("rate.from", &r.From)
	c.currency("rate.to", &r.To)
	c.positive("rate.value", &r.Value)
	c.byte("rate.scale", &r.Scale)
	c.text("rate.source", &r.Source, CheckLedger)
	c.day("rate.day", &r.Day)
	if c.err == nil && r.Scale > maxScale {
		c.fail("rate.scale", errScale)
	}
	if c.err == nil && r.From == r.To {
		c.fail("rate.to", errSamePair)
	}
}

func checkSource(s string) error {
	if !named(s, MaxResource) {
		return errSource
	}
	return nil
}
