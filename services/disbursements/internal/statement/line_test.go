package statement

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// fee adds charges to a transfer.
func fee(d camt.Detail, minor int64) camt.Detail {
	a := eur(minor)
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
	line := func(minor int64, id string) Line {
		return Line{Minor: minor, EndToEndID: id, BookedOn: "2026-11-24", Code: "PMNT/ICDT/ESCT", Ref: "R", BatchCount: -1}
	}
	in := func(l Line) Line { l.Credit = true; return l }
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
		want  []Line
	}{
		"of one transfer":                {entry(105, fee(part(100, "E1"), 5)), []Line{line(100, "E1"), line(5, "")}},
		"of each of several":             {entry(105, fee(part(60, "E1"), 2), fee(part(40, "E2"), 3)), []Line{line(60, "E1"), line(40, "E2"), line(5, "")}},
		"of the entry":                   {atEntry, []Line{line(60, "E1"), line(40, "E2"), line(5, "")}},
		"taken from a return":            {incoming(entry(95, returned)), []Line{back, line(5, "")}},
		"beside what was instructed":     {entry(105, instructed), []Line{line(100, "E1"), line(5, "")}},
		"instructed in other money":      {entry(105, abroad), []Line{line(105, "E1")}},
		"of a file":                      {file, []Line{sum, line(5, "")}},
		"said, but not part of it":       {entry(100, fee(part(100, "E1"), 5)), []Line{line(100, "E1")}},
		"of another amount":              {entry(105, fee(part(100, "E1"), 4)), []Line{line(105, "E1")}},
		"in the other direction":         {entry(95, fee(part(100, "E1"), 5)), []Line{line(95, "E1")}},
		"given back":                     {entry(95, fee(part(100, "E1"), -5)), []Line{line(95, "E1")}},
		"in other money":                 {entry(105, foreign), []Line{line(105, "E1")}},
		"of several that do not add up":  {entry(106, fee(part(60, "E1"), 2), fee(part(40, "E2"), 3)), []Line{line(106, "")}},
		"of several, one without a name": {entry(105, fee(part(60, "E1"), 2), fee(part(40, "NOTPROVIDED"), 3)), []Line{line(105, "")}},
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

func TestADigestIsOfAllThatAStatementSays(t *testing.T) {
	t.Parallel()
	base := func() Statement {
		return Statement{
			Sender: "main", BankID: "S1", Currency: "EUR", Opening: 1, Closing: 2, Sequence: 3, ClosedOn: "2026-11-24", At: 4,
			Lines: []Line{{Minor: 5, BookedOn: "2026-11-24", Code: "C", Ref: "R", EndToEndID: "E", BatchID: "B", BatchCount: 6, ReturnReason: "AC04"}},
		}
	}
	elsewhere := base()
	elsewhere.At = 99
	if base().Digest() != base().Digest() || base().Digest() != elsewhere.Digest() {
		t.Error("the same statement, in another place of a file, has another digest")
	}
	seen := map[[32]byte]string{base().Digest(): "unchanged"}
	for name, change := range map[string]func(*Statement){
		"sender": func(s *Statement) { s.Sender = "x" }, "bank's id": func(s *Statement) { s.BankID = "x" },
		"currency": func(s *Statement) { s.Currency = "PLN" }, "opening": func(s *Statement) { s.Opening++ },
		"closing": func(s *Statement) { s.Closing++ }, "sequence": func(s *Statement) { s.Sequence++ },
		"day": func(s *Statement) { s.ClosedOn = "" }, "no lines": func(s *Statement) { s.Lines = nil },
		"a line twice":    func(s *Statement) { s.Lines = append(s.Lines, s.Lines[0]) },
		"direction":       func(s *Statement) { s.Lines[0].Credit = true },
		"amount":          func(s *Statement) { s.Lines[0].Minor++ },
		"booking day":     func(s *Statement) { s.Lines[0].BookedOn = "2026-11-25" },
		"code":            func(s *Statement) { s.Lines[0].Code = "x" },
		"reference":       func(s *Statement) { s.Lines[0].Ref = "x" },
		"end-to-end id":   func(s *Statement) { s.Lines[0].EndToEndID = "x" },
		"batch":           func(s *Statement) { s.Lines[0].BatchID = "x" },
		"count":           func(s *Statement) { s.Lines[0].BatchCount = -1 },
		"return":          func(s *Statement) { s.Lines[0].IsReturn = true },
		"return's reason": func(s *Statement) { s.Lines[0].ReturnReason = "" },
		"moved text":      func(s *Statement) { s.Lines[0].Code, s.Lines[0].Ref = "CR", "" },
	} {
		s := base()
		change(&s)
		if earlier, again := seen[s.Digest()]; again {
			t.Errorf("%s has the digest of %s", name, earlier)
		}
		seen[s.Digest()] = name
	}
}
