package statement

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// seriesOf is the series that taking statements in one by one makes, and the fault of
// the last.
type seriesOf struct {
	kept  []Kept
	lines []Line
	last  error
}

// take takes a statement in as the store does, and reports whether it is kept.
func (x *seriesOf) take(s Statement) bool {
	var fresh []Line
	known := slices.Clone(x.lines)
	for _, l := range s.Lines {
		if i := slices.Index(known, l); i >= 0 {
			known = slices.Delete(known, i, i+1)
			continue
		}
		fresh = append(fresh, l)
	}
	p, err := Find(x.kept, s, fresh)
	if x.last = err; err != nil || p.Known {
		return err == nil
	}
	k := Kept{ID: s.BankID, BankID: s.BankID, Opening: p.Statement.Opening, Tail: p.Statement.end(), Gap: p.Gap}
	if x.kept = slices.Insert(x.kept, p.At, k); p.At+1 < len(x.kept) {
		x.kept[p.At+1].Gap = p.GapAfter
	}
	x.lines = append(x.lines, p.Statement.Lines...)
	return true
}

// gaps counts what is missing.
func (x *seriesOf) gaps() (n int) {
	for _, k := range x.kept {
		if k.Gap {
			n++
		}
	}
	return n
}

// day is the n-th day of the tests' month.
func day(n int) string { return fmt.Sprintf("2026-11-%02d", n) }

// history is what a bank books on some days, with the balances at their ends.
type history struct {
	lines    [][]Line
	balances []int64 // one more than days
}

func (h history) statement(from, to int) Statement {
	s := Statement{
		Sender: "main", BankID: fmt.Sprintf("S%d-%d", from, to), Currency: "EUR",
		Opening: h.balances[from], Closing: h.balances[to], ClosedOn: day(to),
	}
	for d := from; d < to; d++ {
		s.Lines = append(s.Lines, h.lines[d]...)
	}
	return s
}

func anyHistory(t *rapid.T, days int) history {
	h := history{balances: []int64{rapid.Int64Range(0, 300).Draw(t, "opening")}}
	for d := range days {
		var lines []Line
		balance := h.balances[d]
		for n := range rapid.IntRange(0, 3).Draw(t, "lines") {
			l := Line{Credit: rapid.Bool().Draw(t, "credit"), Minor: rapid.Int64Range(1, 3).Draw(t, "minor"), BookedOn: day(d + 1), Ref: fmt.Sprintf("%d-%d", d, n), Sure: true}
			sum, _ := net([]Line{l})
			balance += sum
			lines = append(lines, l)
		}
		h.lines, h.balances = append(h.lines, lines), append(h.balances, balance)
	}
	return h
}

// TestStatementsOfSingleDaysMakeTheSeriesInAnyOrder brings a month's statements in any
// order, some twice.
func TestStatementsOfSingleDaysMakeTheSeriesInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.IntRange(1, 12).Draw(t, "days")
		h, x := anyHistory(t, days), &seriesOf{}
		order := make([]int, days)
		for d := range order {
			order[d] = d
		}
		for _, d := range rapid.Permutation(order).Draw(t, "order") {
			s := h.statement(d, d+1)
			s.Sequence = int64(d + 1)
			if !x.take(s) {
				t.Fatalf("day %d is refused: %v", d, x.last)
			}
		}
		for i, k := range x.kept {
			if k.ClosedOn != day(i+1) || k.Gap || k.Closing != h.balances[i+1] {
				t.Fatalf("series %+v", x.kept)
			}
		}
	})
}

// TestWhatOverlapsIsTakenInOnce brings statements of any spans, which together reach from
// the first day to the last: each line is there at most once, and the balances agree.
func TestWhatOverlapsIsTakenInOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const days = 8
		h, x := anyHistory(t, days), &seriesOf{}
		for range rapid.IntRange(1, 10).Draw(t, "statements") {
			from := rapid.IntRange(0, days-1).Draw(t, "from")
			s := h.statement(from, rapid.IntRange(from+1, days).Draw(t, "to"))
			s.BankID = fmt.Sprintf("%s-%d", s.BankID, len(x.lines))
			x.take(s)
			if err := x.last; err != nil && !fault.Is(err, "STATEMENT_CONFLICT") {
				t.Fatal(err)
			}
		}
		seen := map[Line]bool{}
		for _, l := range x.lines {
			if seen[l] {
				t.Fatalf("%+v is there twice", l)
			}
			seen[l] = true
		}
		for i, k := range x.kept {
			if i > 0 && !k.Gap && k.Opening != x.kept[i-1].Closing {
				t.Fatalf("a gap that nobody is told of: %+v", x.kept)
			}
		}
	})
}

func TestADownloadThatBeginsEarlierBringsItsRest(t *testing.T) {
	t.Parallel()
	a, b, c := Line{Minor: 100, Ref: "a", Sure: true}, Line{Credit: true, Minor: 100, Ref: "b"}, Line{Minor: 7, Ref: "c"}
	// Given a day on which the account comes back to where it began,
	x := &seriesOf{}
	x.take(Statement{BankID: "S1", Opening: 1000, Closing: 1000, ClosedOn: day(2), Sequence: 1, Lines: []Line{a, b}})
	// when a statement of that day and the next comes,
	if !x.take(Statement{BankID: "S2", Opening: 1000, Closing: 993, ClosedOn: day(3), Sequence: 9, Lines: []Line{a, b, c}}) {
		t.Fatal(x.last)
	}
	// then only the next day's is new, and nothing is missing.
	if len(x.lines) != 3 || x.gaps() != 0 || x.kept[1].Opening != 1000 {
		t.Errorf("%+v", x)
	}
	// And one with a line of each, and a balance that is not theirs, is refused.
	if x.take(Statement{BankID: "S3", Opening: 1000, Closing: 800, ClosedOn: day(4), Lines: []Line{a, {Minor: 1, Ref: "d"}}}) || !fault.Is(x.last, "STATEMENT_CONFLICT") {
		t.Errorf("made up: %v", x.last)
	}
}

func TestLinesThatAreAlikeByChanceAreNotOverlapping(t *testing.T) {
	t.Parallel()
	// Given a bank that numbers the entries of each statement from 1, and two fees of a day,
	fee := []Line{{Minor: 35, Ref: "1", BookedOn: day(1)}}
	x := &seriesOf{}
	x.take(Statement{BankID: "S1", Opening: 1000, Closing: 965, ClosedOn: day(1), Lines: fee})
	// when the second comes, then it is another one; brought under another id it is known.
	second := Statement{BankID: "S2", Opening: 965, Closing: 930, ClosedOn: day(1), Lines: fee}
	x.take(second)
	if second.BankID = "S3"; !x.take(second) || len(x.kept) != 2 || len(x.lines) != 2 || x.gaps() != 0 {
		t.Errorf("%+v, %v", x, x.last)
	}
}

func TestWhatIsMissingIsToldAndFilled(t *testing.T) {
	t.Parallel()
	line := func(minor int64, ref string) []Line { return []Line{{Minor: minor, Ref: ref}} }
	x := &seriesOf{}
	x.take(Statement{BankID: "S1", Opening: 100, Closing: 90, ClosedOn: day(1), Lines: line(10, "a")})
	x.take(Statement{BankID: "S4", Opening: 60, Closing: 50, ClosedOn: day(4), Lines: line(10, "d")})
	if x.gaps() != 1 || !x.kept[1].Gap {
		t.Fatalf("%+v", x.kept)
	}
	// A part of what is missing leaves the rest missing.
	x.take(Statement{BankID: "S2", Opening: 90, Closing: 80, ClosedOn: day(2), Lines: line(10, "b")})
	if x.gaps() != 1 || !x.kept[2].Gap {
		t.Fatalf("%+v", x.kept)
	}
	x.take(Statement{BankID: "S3", Opening: 80, Closing: 60, ClosedOn: day(3), Lines: line(20, "c")})
	if x.gaps() != 0 || len(x.kept) != 4 {
		t.Errorf("%+v", x.kept)
	}
	// One before the first is taken, too.
	x.take(Statement{BankID: "S0", Opening: 120, Closing: 100, ClosedOn: "2026-10-31", Lines: line(20, "0")})
	if x.gaps() != 0 || x.kept[0].ID != "S0" {
		t.Errorf("%+v", x.kept)
	}
}

func TestAnIdOfTheBankNamesOneStatementOfAYear(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		day   string
		taken bool
	}{"next year": {"2027-01-02", true}, "the same year": {day(30), false}, "no day": {"", false}} {
		x := &seriesOf{}
		x.take(Statement{BankID: "1", Opening: 100, Closing: 90, ClosedOn: day(1), Lines: []Line{{Minor: 10}}})
		taken := x.take(Statement{BankID: "1", Opening: 90, Closing: 85, ClosedOn: test.day, Lines: []Line{{Minor: 5}}})
		if taken != test.taken || !taken && !fault.Is(x.last, "STATEMENT_CONFLICT") {
			t.Errorf("%s: %v", name, x.last)
		}
	}
}
