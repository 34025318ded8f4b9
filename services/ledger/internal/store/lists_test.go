package store_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/report/query"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// test is a comparison of a filter and what it means.
type test struct {
	text  string
	holds func(t *leaf.Transaction, e leaf.Entry) bool
}

// anyTest draws a comparison; those about entries only where entries are listed.
func anyTest(t *rapid.T, booked []*leaf.Transaction, entries bool) test {
	x := rapid.SampledFrom(booked).Draw(t, "like")
	operator := rapid.SampledFrom([]string{"=", "!=", "<", "<=", ">", ">="}).Draw(t, "operator")
	fields := []string{"sequence", "kind", "source", "source begins", "occurred_on", "booking_date", "reference", "no reference"}
	if entries {
		fields = append(fields, "account", "account begins", "amount", "side", "currency_code")
	} else {
		fields = append(fields, "reverses")
	}
	e := x.Entries[0]
	switch field := rapid.SampledFrom(fields).Draw(t, "field"); field {
	case "sequence":
		return test{fmt.Sprintf("sequence %s %d", operator, x.Sequence), func(t *leaf.Transaction, _ leaf.Entry) bool {
			return compared(operator, t.Sequence, x.Sequence)
		}}
	case "kind":
		shown := rapid.SampledFrom([]string{"", "TRANSACTION_KIND_"}).Draw(t, "prefix") + x.Kind.String()
		return test{fmt.Sprintf("kind = %q", shown), func(t *leaf.Transaction, _ leaf.Entry) bool { return t.Kind == x.Kind }}
	case "source":
		return test{fmt.Sprintf("source %s %q", operator, x.Source), func(t *leaf.Transaction, _ leaf.Entry) bool {
			return compared(operator, t.Source, x.Source)
		}}
	case "occurred_on":
		return test{fmt.Sprintf("occurred_on %s %q", operator, x.OccurredOn), func(t *leaf.Transaction, _ leaf.Entry) bool {
			return compared(operator, t.OccurredOn, x.OccurredOn)
		}}
	case "booking_date":
		return test{fmt.Sprintf("booking_date %s %q", operator, x.BookingDate), func(t *leaf.Transaction, _ leaf.Entry) bool {
			return compared(operator, t.BookingDate, x.BookingDate)
		}}
	case "reference":
		return test{fmt.Sprintf("reference = %q", x.Reference), func(t *leaf.Transaction, _ leaf.Entry) bool { return t.Reference == x.Reference }}
	case "no reference":
		return test{`reference = "of/nothing"`, func(*leaf.Transaction, leaf.Entry) bool { return false }}
	case "source begins":
		begin := x.Source[:rapid.IntRange(0, len(x.Source)).Draw(t, "length")]
		return test{fmt.Sprintf("source = %q", begin+"*"), func(t *leaf.Transaction, _ leaf.Entry) bool { return strings.HasPrefix(t.Source, begin) }}
	case "account begins":
		begin := e.Account[:rapid.IntRange(0, len(e.Account)).Draw(t, "length")]
		return test{fmt.Sprintf("account = %q", begin+"*"), func(_ *leaf.Transaction, o leaf.Entry) bool { return strings.HasPrefix(o.Account, begin) }}
	case "reverses":
		return test{fmt.Sprintf("reverses = %q", x.Reference), func(t *leaf.Transaction, _ leaf.Entry) bool {
			return t.Reverses != nil && t.Reverses.Reference == x.Reference
		}}
	case "account":
		return test{fmt.Sprintf("account %s %q", operator, e.Account), func(_ *leaf.Transaction, o leaf.Entry) bool {
			return compared(operator, o.Account, e.Account)
		}}
	case "amount":
		return test{fmt.Sprintf("amount %s %d", operator, e.Amount), func(_ *leaf.Transaction, o leaf.Entry) bool {
			return compared(operator, o.Amount, e.Amount)
		}}
	case "side":
		shown := rapid.SampledFrom([]string{"", "SIDE_"}).Draw(t, "prefix") + e.Side.String()
		return test{fmt.Sprintf("side = %q", shown), func(_ *leaf.Transaction, o leaf.Entry) bool { return o.Side == e.Side }}
	default:
		return test{fmt.Sprintf("currency_code = %q", e.Currency), func(_ *leaf.Transaction, o leaf.Entry) bool { return o.Currency == e.Currency }}
	}
}

func compared[T int64 | string | leaf.Day](operator string, a, b T) bool {
	return map[string]bool{"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator]
}

// anyTerm is a comparison, now and then its opposite.
func anyTerm(t *rapid.T, booked []*leaf.Transaction, entries bool) test {
	one := anyTest(t, booked, entries)
	if rapid.IntRange(0, 3).Draw(t, "not") > 0 {
		return one
	}
	return test{"NOT " + one.text, func(t *leaf.Transaction, e leaf.Entry) bool { return !one.holds(t, e) }}
}

// anyFilter joins one to three comparisons by AND, now and then by OR.
func anyFilter(t *rapid.T, booked []*leaf.Transaction, entries bool) test {
	all := anyTerm(t, booked, entries)
	for range rapid.IntRange(0, 2).Draw(t, "more") {
		one, other := all, anyTerm(t, booked, entries)
		if rapid.IntRange(0, 3).Draw(t, "or") == 0 {
			all = test{"(" + one.text + " OR " + other.text + ")", func(t *leaf.Transaction, e leaf.Entry) bool {
				return one.holds(t, e) || other.holds(t, e)
			}}
			continue
		}
		all = test{"(" + one.text + " AND " + other.text + ")", func(t *leaf.Transaction, e leaf.Entry) bool {
			return one.holds(t, e) && other.holds(t, e)
		}}
	}
	return all
}

func TestFiltersFindWhatTheyMean(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	ledgers := 0
	rapid.Check(t, func(r *rapid.T) {
		// Given books with facts that came after their day was closed,
		ledgers++
		name := fmt.Sprintf("l%d", ledgers)
		s := found(t, db, name)
		closed := today - leaf.Day(rapid.IntRange(0, 100).Draw(r, "closed"))
		if _, err := db.Pool.Exec(t.Context(), `UPDATE head SET open_from = $2 WHERE name = $1`, name, closed.Time()); err != nil {
			r.Fatal(err)
		}
		booked := booksOf(r, s)
		for range 4 {
			// when any filter is asked, page after page,
			f := anyFilter(r, booked, false)
			var want, got []int64
			for _, x := range booked {
				if f.holds(x, leaf.Entry{}) {
					want = append(want, x.Sequence)
				}
			}
			// then the transactions are those that it means,
			for after := int64(-1); ; after = got[len(got)-1] {
				page, err := s.Transactions(context.Background(), f.text, after, 3)
				if err != nil {
					r.Fatalf("%s: %v", f.text, err)
				}
				if len(page) == 0 {
					break
				}
				for _, x := range page {
					got = append(got, x.Sequence)
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				r.Fatalf("%s: %s", f.text, diff)
			}
			// and so are the entries.
			checkEntries(r, s, booked)
		}
	})
}

func checkEntries(t *rapid.T, s *store.Store, booked []*leaf.Transaction) {
	f := anyFilter(t, booked, true)
	var want, got [][2]int64
	for _, x := range booked {
		for i, e := range x.Entries {
			if f.holds(x, e) {
				want = append(want, [2]int64{x.Sequence, int64(i + 1)})
			}
		}
	}
	for after := [2]int64{-1, 0}; ; after = got[len(got)-1] {
		page, err := s.Entries(context.Background(), f.text, after[0], int(after[1]), 3)
		if err != nil {
			t.Fatalf("%s: %v", f.text, err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			got = append(got, [2]int64{e.Sequence, int64(e.Number)})
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s: %s", f.text, diff)
	}
}

func TestFilterThatNothingBoundsIsRefusedByField(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	s.WithPatience(time.Nanosecond)
	for name, list := range map[string]func() error{
		"transactions": func() error { _, err := s.Transactions(t.Context(), `source > "a"`, -1, 10); return err },
		"entries":      func() error { _, err := s.Entries(t.Context(), `amount = 5`, -1, 0, 10); return err },
		"decisions":    func() error { _, err := s.Decisions(t.Context(), `person > "a"`, -1, 10); return err },
	} {
		err := list()
		f := fault.As(err)
		if f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != "filter" || !strings.Contains(f.Violations[0].Description, "narrow it") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A caller who gives up is told nothing about the filter.
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Entries(gone, `amount = 5`, -1, 0, 10); err == nil || fault.As(err) != nil {
		t.Errorf("got %v", err)
	}
}

func TestTraceReadsNoMoreThanItLists(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	s := found(t, db, "main")
	round(t, s, 30)
	for limit, want := range map[int]int{1: 1, 2: 2, 40: 40, 1000: 62} {
		got, more, err := s.Trace(t.Context(), traceOf("allocationRounds/r_1", 0, limit))
		if err != nil || len(got) != want || more != (want == limit) {
			t.Errorf("at most %d: %d, %t, %v", limit, len(got), more, err)
		}
	}
}

func traceOf(source string, skip, limit int) query.Trace {
	return query.Trace{Source: source, Size: math.MaxInt64, Skip: skip, Limit: limit}
}

// However a walk is cut into parts, they are the same transactions in the same
// order; and what was booked after its size is not among them.
func TestPartsOfATraceAreTheWhole(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	s := found(t, db, "main")
	round(t, s, 30)
	size, err := s.Size(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"allocationRounds/r_1", "paymentPlans/p_1/payments/y_3", "paymentPlans/p_1/payments/y_0", "donations/d_1", "nothing/here"} {
		whole, more, err := s.Trace(t.Context(), traceOf(source, 0, 1000))
		if err != nil || more {
			t.Fatalf("%s: %t, %v", source, more, err)
		}
		for _, part := range []int{1, 7, 61, 62, 63} {
			q := query.Trace{Source: source, Size: size, Limit: part}
			var got []*leaf.Transaction
			for more := true; more; q.Skip += part {
				var some []*leaf.Transaction
				if some, more, err = s.Trace(t.Context(), q); err != nil {
					t.Fatal(err)
				}
				got = append(got, some...)
			}
			if diff := cmp.Diff(whole, got); diff != "" {
				t.Errorf("%s by %d: %s", source, part, diff)
			}
		}
		earlier, _, err := s.Trace(t.Context(), query.Trace{Source: source, Size: size / 2, Limit: 1000})
		if err != nil || slices.ContainsFunc(earlier, func(x *leaf.Transaction) bool { return x.Sequence >= size/2 }) {
			t.Errorf("%s at %d: %v", source, size/2, err)
		}
	}
}

// A walk that does not end in time is refused with what to do instead.
func TestATraceThatIsTooLongIsRefused(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	round(t, s, 3)
	s.WithPatience(0)
	_, _, err := s.Trace(t.Context(), traceOf("allocationRounds/r_1", 0, 10))
	if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != "source" {
		t.Errorf("got %v", err)
	}
}
