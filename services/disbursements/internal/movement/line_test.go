package movement

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// fee adds charges to a transfer.
func fee(d camt.Detail, minor int64) camt.Detail {
	a := postingtest.EUR(minor)
	d.Charges = &a
	return d
}

// incoming turns an entry and its transfers into money that came in.
func incoming(e camt.Entry) camt.Entry {
	e.Credit = true
	for i := range e.Details {
		e.Details[i].Credit = true
	}
	return e
}

func TestChargesInsideAnEntryAreALineOfTheirOwn(t *testing.T) {
	t.Parallel()
	line := func(minor int64, id string) statement.Line {
		return statement.Line{Minor: minor, EndToEndID: id, BookedOn: "2026-11-24", Code: "PMNT/ICDT/ESCT", Ref: "R", Sure: true, BatchCount: -1}
	}
	in := func(l statement.Line) statement.Line { l.Credit = true; return l }
	returned := fee(part(100, "E1"), 5)
	returned.IsReturn, returned.ReturnReason = true, "AC04"
	back := in(line(100, "E1"))
	back.IsReturn, back.ReturnReason = true, "AC04"
	atEntry := entry(105, part(60, "E1"), part(40, "E2"))
	atEntry.Charges = &money.Amount{MinorUnits: 5, Currency: "EUR"}
	instructed := fee(part(105, "E1"), 5)
	instructed.Instructed = &money.Amount{MinorUnits: 100, Currency: "EUR"}
	abroad := fee(part(105, "E1"), 5)
	abroad.Instructed = &money.Amount{MinorUnits: 100, Currency: "PLN"}
	foreign := fee(part(100, "E1"), 5)
	foreign.Charges.Currency = "USD"
	file := entry(105)
	file.Charges = &money.Amount{MinorUnits: 5, Currency: "EUR"}
	file.Batches = []camt.Batch{{PaymentInfoID: "F1", Count: 2, Total: &money.Amount{MinorUnits: 100, Currency: "EUR"}}}
	sum := line(100, "")
	sum.BatchID, sum.BatchCount = "F1", 2
	for name, test := range map[string]struct {
		entry camt.Entry
		want  []statement.Line
	}{
		"of one transfer":                {entry(105, fee(part(100, "E1"), 5)), []statement.Line{line(100, "E1"), line(5, "")}},
		"of each of several":             {entry(105, fee(part(60, "E1"), 2), fee(part(40, "E2"), 3)), []statement.Line{line(60, "E1"), line(40, "E2"), line(5, "")}},
		"of the entry":                   {atEntry, []statement.Line{line(60, "E1"), line(40, "E2"), line(5, "")}},
		"taken from a return":            {incoming(entry(95, returned)), []statement.Line{back, line(5, "")}},
		"beside what was instructed":     {entry(105, instructed), []statement.Line{line(100, "E1"), line(5, "")}},
		"instructed in other money":      {entry(105, abroad), []statement.Line{line(105, "E1")}},
		"of a file":                      {file, []statement.Line{sum, line(5, "")}},
		"said, but not part of it":       {entry(100, fee(part(100, "E1"), 5)), []statement.Line{line(100, "E1")}},
		"of another amount":              {entry(105, fee(part(100, "E1"), 4)), []statement.Line{line(105, "E1")}},
		"in the other direction":         {entry(95, fee(part(100, "E1"), 5)), []statement.Line{line(95, "E1")}},
		"given back":                     {entry(95, fee(part(100, "E1"), -5)), []statement.Line{line(95, "E1")}},
		"in other money":                 {entry(105, foreign), []statement.Line{line(105, "E1")}},
		"of several that do not add up":  {entry(106, fee(part(60, "E1"), 2), fee(part(40, "E2"), 3)), []statement.Line{line(106, "")}},
		"of several, one without a name": {entry(105, fee(part(60, "E1"), 2), fee(part(40, "NOTPROVIDED"), 3)), []statement.Line{line(105, "")}},
	} {
		got, err := Read(statementOf(test.entry), "main", "EUR")
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(test.want, got.Lines); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestLinesAddUpToTheirEntry whatever the bank says besides.
func TestLinesAddUpToTheirEntry(t *testing.T) {
	t.Parallel()
	for minor := int64(90); minor <= 110; minor++ {
		for _, e := range []camt.Entry{
			entry(minor, fee(part(100, "E1"), 5)), incoming(entry(minor, fee(part(100, "E1"), 5))),
			entry(minor, fee(part(60, "E1"), 5), part(40, "E2")), incoming(entry(minor, fee(part(60, "E1"), 5), part(40, "E2"))),
		} {
			var sum int64
			for _, l := range lines(e) {
				if l.Minor <= 0 {
					t.Errorf("%d: a line of %d", minor, l.Minor)
				}
				if l.Credit {
					sum += l.Minor
				} else {
					sum -= l.Minor
				}
			}
			if want := map[bool]int64{true: minor, false: -minor}[e.Credit]; sum != want {
				t.Errorf("entry of %d, lines of %d", want, sum)
			}
		}
	}
}
