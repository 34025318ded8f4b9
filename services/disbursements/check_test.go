package disbursements_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/disbursements"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// bankFile is a statement of money that came in.
func bankFile(t *testing.T) string {
	t.Helper()
	bank := bankfake.New("LT121000011101001000", "EUR", 1000)
	bank.Credit("GIFT-1", 250)
	var out bytes.Buffer
	if err := bank.Statement(&out, time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC), nil); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAStatementIsCheckedLineByLine(t *testing.T) {
	t.Parallel()
	r, err := disbursements.CheckStatement(strings.NewReader(bankFile(t)))
	if err != nil {
		t.Fatal(err)
	}
	want := []disbursements.CheckedStatement{{
		FileLine: 8, ID: "STMT-20261124-001", Account: "LT121000011101001000", Currency: "EUR", Sequence: 1,
		ClosedOn: "2026-11-24", Opening: "10.00", Closing: "12.50",
		Lines: []disbursements.CheckedLine{{Amount: "2.50", BookedOn: "2026-11-24", Code: "PMNT/RCDT/ESCT", Reference: "E001-GIFT-1", EndToEndID: "GIFT-1"}},
	}}
	if diff := cmp.Diff(want, r.Statements); diff != "" || r.Read != 1 || r.Refused != 0 || r.Version != "camt.053.001.08" || len(r.SHA256) != 64 {
		t.Errorf("%+v\n%s", r, diff)
	}
}

func TestACheckedStatementSaysWhatIsWrongWithIt(t *testing.T) {
	t.Parallel()
	good := bankFile(t)
	r, err := disbursements.CheckStatement(strings.NewReader(strings.Replace(good, ">12.50<", ">12.51<", 1)))
	if err != nil || r.Refused != 1 || r.Statements[0].Reason != "STATEMENT_UNBALANCED" || r.Statements[0].WrongAt == "" || r.Statements[0].Lines != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := disbursements.CheckStatement(strings.NewReader("no statement")); !fault.Is(err, "STATEMENT_NOT_XML") {
		t.Errorf("%v", err)
	}
}
