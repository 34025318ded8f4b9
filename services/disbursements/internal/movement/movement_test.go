package movement

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/camt"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func part(minor int64, id string) camt.Detail {
	a := postingtest.EUR(minor)
	return camt.Detail{EndToEndID: id, Amount: &a}
}

// statementOf is a balanced statement of the given entries, all debits.
func statementOf(entries ...camt.Entry) camt.Statement {
	s := camt.Statement{ID: "S1", Account: "LT1", Currency: "EUR", Opening: &camt.Balance{Minor: 1000}, Entries: entries}
	closing := int64(1000)
	for _, e := range entries {
		if e.Status == "BOOK" && e.Credit {
			closing += e.Amount.MinorUnits
		} else if e.Status == "BOOK" {
			closing -= e.Amount.MinorUnits
		}
	}
	s.Closing = &camt.Balance{Minor: closing}
	return s
}

func entry(minor int64, details ...camt.Detail) camt.Entry {
	return camt.Entry{Amount: postingtest.EUR(minor), Status: "BOOK", Booked: "2026-11-24", Code: "PMNT/ICDT/ESCT", ServicerRef: "R", Details: details}
}

func TestEntriesBecomeLines(t *testing.T) {
	t.Parallel()
	whole := statement.Line{Minor: 100, BookedOn: "2026-11-24", Code: "PMNT/ICDT/ESCT", Ref: "R", Sure: true, BatchCount: -1}
	with := func(change func(*statement.Line)) statement.Line {
		l := whole
		change(&l)
		return l
	}
	returned := part(100, "E1")
	returned.IsReturn, returned.ReturnReason = true, "AC04"
	back := entry(100, returned)
	back.Credit, back.Details[0].Credit = true, true
	batch := entry(100)
	batch.Batches = []camt.Batch{{PaymentInfoID: "F1", Count: 3}}
	pending := entry(100, part(100, "E1"))
	pending.Status = "PDNG"
	for name, test := range map[string]struct {
		entry camt.Entry
		want  []statement.Line
	}{
		"one transfer":     {entry(100, part(100, "E1")), []statement.Line{with(func(l *statement.Line) { l.EndToEndID = "E1" })}},
		"without an id":    {entry(100, part(100, "NOTPROVIDED")), []statement.Line{whole}},
		"without details":  {entry(100), []statement.Line{whole}},
		"a return":         {back, []statement.Line{with(func(l *statement.Line) { l.EndToEndID, l.Credit, l.IsReturn, l.ReturnReason = "E1", true, true, "AC04" })}},
		"a sum of a file":  {batch, []statement.Line{with(func(l *statement.Line) { l.BatchID, l.BatchCount = "F1", 3 })}},
		"not booked":       {pending, nil},
		"several together": {entry(100, part(60, "E1"), part(40, "E2")), []statement.Line{with(func(l *statement.Line) { l.EndToEndID, l.Minor = "E1", 60 }), with(func(l *statement.Line) { l.EndToEndID, l.Minor = "E2", 40 })}},
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

func TestWhatIsNoStatementOfTheAccountIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*camt.Statement){
		"other money":     func(s *camt.Statement) { s.Currency = "PLN" },
		"no balance":      func(s *camt.Statement) { s.Opening = nil },
		"a cent too much": func(s *camt.Statement) { s.Closing.Minor++ },
		"no day":          func(s *camt.Statement) { s.Entries[0].Booked = "" },
	} {
		s := statementOf(entry(100, part(100, "E1")))
		change(&s)
		if _, err := Read(s, "main", "EUR"); !fault.OfKind(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
