package prisoner_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
)

func TestAChangeIsToldFieldByField(t *testing.T) {
	t.Parallel()
	before := prisoner.Facts{FullName: "Зурмек", BirthDate: "1984", Charges: []string{"342"}, Cells: []prisoner.Cell{{Column: "name", Text: "Зурмек"}, {Column: "judge", Text: "Тыс"}}}
	after := prisoner.Facts{FullName: "Зурмек", BirthDate: "1984-03", SentenceMonths: 12, Cells: []prisoner.Cell{{Column: "name", Text: "Зурмек"}, {Column: "prison", Text: "1"}}}
	want := []prisoner.Change{
		{Field: "status", Before: "ACTIVE", After: "FORMER"}, {Field: "birth_date", Before: "1984", After: "1984-03"}, {Field: "charges", Before: "342"},
		{Field: "sentence_months", After: "12"}, {Field: "cell prison", After: "1"}, {Field: "cell judge", Before: "Тыс"},
	}
	if diff := cmp.Diff(want, prisoner.Changes(before, after, prisoner.Active, prisoner.Former)); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if got := prisoner.Changes(after, after, prisoner.Former, prisoner.Former); got != nil {
		t.Errorf("nothing changed: %v", got)
	}
}
