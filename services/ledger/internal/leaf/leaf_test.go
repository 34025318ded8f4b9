package leaf_test

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

func TestWhatIsEncodedDecodesToTheSame(t *testing.T) {
	t.Parallel()
	var shared leaf.Decoder
	rapid.Check(t, func(t *rapid.T) {
		l := anyLeaf().Draw(t, "leaf")
		b, err := l.AppendBinary([]byte("before"))
		if err != nil {
			t.Fatal(err)
		}
		b, found := bytes.CutPrefix(b, []byte("before"))
		if !found || len(b) > leaf.MaxBytes {
			t.Fatalf("%d bytes, appended: %v", len(b), found)
		}
		got, err := shared.Decode(string(b))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(l, got); diff != "" {
			t.Fatal(diff)
		}
		if got.Header() != l.Header() || got.Reference() != l.Reference() {
			t.Fatalf("header %v, reference %q", got.Header(), got.Reference())
		}
	})
}

// A decoder that has met an account once must be as strict as a fresh one.
func TestEveryChangedByteIsRefusedOrMeansSomethingElse(t *testing.T) {
	t.Parallel()
	var shared leaf.Decoder
	for name, l := range vectors() {
		right, err := l.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range right {
			for bit := range 8 {
				wrong := bytes.Clone(right)
				wrong[i] ^= 1 << bit
				got, err := shared.Decode(string(wrong))
				if err != nil {
					continue
				}
				if again, err := got.AppendBinary(nil); err != nil || !bytes.Equal(again, wrong) {
					t.Fatalf("%s: byte %d, bit %d: accepted, but not canonical", name, i, bit)
				}
			}
		}
		for i := range right {
			if _, err := leaf.Decode(right[:i]); err == nil {
				t.Errorf("%s: cut to %d bytes it was accepted", name, i)
			}
		}
		if _, err := leaf.Decode(append(right, 0)); err == nil {
			t.Errorf("%s: a byte too many was accepted", name)
		}
	}
}

// change makes a refused leaf out of a right one.
type change struct {
	want   string
	change func(l leaf.Leaf)
}

func refused(t *testing.T, vector string, changes []change) {
	t.Helper()
	for _, c := range changes {
		l := vectors()[vector]
		c.change(l)
		if _, err := l.AppendBinary(nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
}

func TestATransactionThatIsNotOfTheFormIsRefusedByField(t *testing.T) {
	t.Parallel()
	tx := func(f func(*leaf.Transaction)) func(leaf.Leaf) { return func(l leaf.Leaf) { f(l.Transaction) } }
	refused(t, "donation", []change{
		{"ledger: must be 1 to 40", tx(func(x *leaf.Transaction) { x.Ledger = "" })},
		{"sequence: must not be negative", tx(func(x *leaf.Transaction) { x.Sequence = -1 })},
		{"random: must not be all zero", tx(func(x *leaf.Transaction) { x.Random = [16]byte{} })},
		{"kind: has no meaning", tx(func(x *leaf.Transaction) { x.Kind = 0 })},
		{"kind: has no meaning", tx(func(x *leaf.Transaction) { x.Kind = leaf.Kind(lastKind() + 1) })},
		{"reference: must be 1 to 160", tx(func(x *leaf.Transaction) { x.Reference = "a b" })},
		{"reference: must be 1 to 160", tx(func(x *leaf.Transaction) { x.Reference = strings.Repeat("a", 161) })},
		{"source: must be a resource name", tx(func(x *leaf.Transaction) { x.Source = "" })},
		{"source: must be a resource name", tx(func(x *leaf.Transaction) { x.Source = "a//b" })},
		{"source: must be a resource name", tx(func(x *leaf.Transaction) { x.Source = "-a" })},
		{"occurred_on: must be a day", tx(func(x *leaf.Transaction) { x.OccurredOn = 0 })},
		{"booking_date: must be a day", tx(func(x *leaf.Transaction) { x.BookingDate = 2932897 })},
		{"reverses: must be there for a REVERSAL", tx(func(x *leaf.Transaction) { x.Reverses = &leaf.Link{} })},
		{"reverses: must be there for a REVERSAL", tx(func(x *leaf.Transaction) { x.Kind = leaf.Reversal })},
		{"entries: must have from 2 to 500", tx(func(x *leaf.Transaction) { x.Entries = x.Entries[:1] })},
		{"entries: must have from 2 to 500", tx(func(x *leaf.Transaction) { x.Entries = make([]leaf.Entry, 501) })},
		{"entries[1].account: must be fund:", tx(func(x *leaf.Transaction) { x.Entries[1].Account = "fund:general" })},
		{"entries[2].currency: must be three capitals", tx(func(x *leaf.Transaction) { x.Entries[2].Currency = "eur" })},
		{"entries[0].side: has no meaning", tx(func(x *leaf.Transaction) { x.Entries[0].Side = 3 })},
		{"entries[0].amount: must be greater than zero", tx(func(x *leaf.Transaction) { x.Entries[0].Amount = 0 })},
	})
	refused(t, "reversal", []change{
		{"reverses.sequence: must be before", tx(func(x *leaf.Transaction) { x.Reverses.Sequence = 7 })},
		{"reverses.reference: must be 1 to 160", tx(func(x *leaf.Transaction) { x.Reverses.Reference = "/a" })},
	})
	refused(t, "exchange", []change{
		{"rate.to: must differ", tx(func(x *leaf.Transaction) { x.Rate.To = "EUR" })},
		{"rate.value: must be greater than zero", tx(func(x *leaf.Transaction) { x.Rate.Value = 0 })},
		{"rate.scale: must be at most 18", tx(func(x *leaf.Transaction) { x.Rate.Scale = 19 })},
		{"rate.source: must be 1 to 40", tx(func(x *leaf.Transaction) { x.Rate.Source = "The Bank" })},
	})
}

func TestADecisionOrCloseThatIsNotOfTheFormIsRefusedByField(t *testing.T) {
	t.Parallel()
	decision := func(f func(*leaf.Decision)) func(leaf.Leaf) { return func(l leaf.Leaf) { f(l.Decision) } }
	refused(t, "decision", []change{
		{"kind: has no meaning", decision(func(d *leaf.Decision) { d.Kind = 0 })},
		{"content: must be that of the kind", decision(func(d *leaf.Decision) { d.Content = &leaf.Opaque{Bytes: "more"} })},
		{"content: must be that of the kind", decision(func(d *leaf.Decision) { d.Kind = leaf.DecisionStaff })},
		{"resource: must be a resource name", decision(func(d *leaf.Decision) { d.Resource = "a/" })},
		{"person: must be a resource name", decision(func(d *leaf.Decision) { d.Person = "Jane Doe" })},
		{"day: must be a day", decision(func(d *leaf.Decision) { d.Day = 0 })},
	})
	closing := func(f func(*leaf.PeriodClose)) func(leaf.Leaf) { return func(l leaf.Leaf) { f(l.Close) } }
	refused(t, "period-close", []change{
		{"last: must not be before", closing(func(c *leaf.PeriodClose) { c.Last = c.First - 1 })},
		{"day: must be after", closing(func(c *leaf.PeriodClose) { c.Day = c.Last })},
		{"confirmed_by: must be a resource name", closing(func(c *leaf.PeriodClose) { c.ConfirmedBy = "" })},
		{"figures[0].class: must be a class", closing(func(c *leaf.PeriodClose) { c.Figures[0].Class = "bank" })},
		{"figures[1].class: must stand in ascending order", closing(func(c *leaf.PeriodClose) { c.Figures[1] = c.Figures[0] })},
		{"figures[1].balance: must not be all zero", closing(func(c *leaf.PeriodClose) { c.Figures[1].Balance = 0 })},
	})
	if _, err := (leaf.Leaf{}).AppendBinary(nil); err == nil {
		t.Error("an empty leaf was encoded")
	}
}

func TestTheLongestLeafFitsAnEntryBundle(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("z", 40)
	tx := &leaf.Transaction{
		Header: leaf.Header{Ledger: long, Sequence: math.MaxInt64, Random: random(1)}, Kind: leaf.Reversal,
		Reference: strings.Repeat("r", leaf.MaxReference), Source: strings.Repeat("s", leaf.MaxResource),
		OccurredOn: day("9999-12-31"), BookingDate: day("9999-12-31"),
		Reverses: &leaf.Link{Sequence: 1, Reference: strings.Repeat("r", leaf.MaxReference)},
		Rate:     &leaf.Rate{From: "EUR", To: "PLN", Value: 1, Source: long, Day: day("9999-12-31")},
	}
	for range leaf.MaxEntries {
		tx.Entries = append(tx.Entries, leaf.Entry{Account: "round:" + long + ":" + long, Currency: "EUR", Side: leaf.Debit, Amount: 1})
	}
	b, err := tx.AppendBinary(nil)
	if err != nil || len(b) != 54703 || len(b) > leaf.MaxBytes {
		t.Fatalf("%d bytes, %v; the document says 54,703", len(b), err)
	}
}

func TestDaysAreReadAndWritten(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"1970-01-02", "2024-02-29", "2026-11-24", "9999-12-31"} {
		if got := day(text).String(); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
	for _, text := range []string{"", "2026-02-29", "2026-1-1", "1970-01-01", "1969-12-31", "24.11.2026", "10000-01-01"} {
		if d, err := leaf.ParseDay(text); err == nil {
			t.Errorf("%q was read as %s", text, d)
		}
	}
	night := time.Date(2026, 11, 24, 23, 59, 59, 0, time.UTC)
	if got := leaf.DayOf(night); got != day("2026-11-24") || !got.Time().Equal(night.Truncate(24*time.Hour)) {
		t.Errorf("the day of %v is %s", night, got)
	}
}

func TestKindsAreFoundByName(t *testing.T) {
	t.Parallel()
	for k := leaf.Donation; k <= leaf.Kind(lastKind()); k++ {
		if got, ok := leaf.ParseKind(k.String()); !ok || got != k {
			t.Errorf("%s is %d, not %d", k, got, k)
		}
	}
	for k := leaf.DecisionStaff; k <= leaf.DecisionKind(lastDecision()); k++ {
		if got, ok := leaf.ParseDecisionKind(k.String()); !ok || got != k {
			t.Errorf("%s is %d, not %d", k, got, k)
		}
	}
	for _, name := range []string{"", "UNSPECIFIED", "donation"} {
		if _, ok := leaf.ParseKind(name); ok {
			t.Errorf("%q is a kind", name)
		}
	}
	if leaf.DeficitCovered != 34 || leaf.DecisionSigningKeyRotated != 28 || leaf.DecisionPeriodProposed != 29 || leaf.Treasurer != 9 || leaf.Kind(255).String() != "UNSPECIFIED" {
		t.Error("the numbers of the kinds are part of the format")
	}
}
