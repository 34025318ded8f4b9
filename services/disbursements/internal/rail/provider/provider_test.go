package provider_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/provider"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestSettingsSayAllThatIsWrongAtOnce(t *testing.T) {
	t.Parallel()
	_, err := provider.Read([]byte(`{"senders": [{"id": "A B", "currency": "DEM", "exposureCap": -1, "forms": ["PARCEL"],
		"payments": {"separator": "x", "encoding": "koi8", "decimal": "", "columns": [
			{"name": "=1", "value": "amount"}, {"name": "a", "value": "iban"}, {"name": "a", "value": "amount", "text": "b"}, {"name": "c", "value": "secret"}, {"name": "d"}, {"name": "e", "text": "+1"}]},
		"results": {"separator": "comma", "encoding": "utf-8", "decimal": "point", "dayFormat": "Y", "endToEndId": "R", "amount": "R", "status": "S", "day": "", "paid": ["OK"], "failed": ["OK"]}}]}`))
	if err == nil {
		t.Fatal("it is taken")
	}
	for _, want := range []string{
		"id: must", "currency: must", "exposureCap: must", "forms: must", "payments.separator", "payments.encoding", "payments.decimal",
		"columns[0]: must not begin as a formula", "columns[1].value: is of a form", "columns[2].name", "columns[3].value: is not known",
		"columns[4]: needs either", "columns[5]: must not begin as a formula", "needs one with endToEndId",
		"results.amount", "results.day", "results.dayFormat", "results.paid",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q:\n%v", want, err)
		}
	}
	for name, text := range map[string]string{
		"no JSON": "x", "an unknown field": `{"senders": [], "more": 1}`, "nobody": `{"senders": []}`, "something behind": example + "{}",
		"one twice": strings.Replace(example, "}]}", "}, "+example[strings.Index(example, "{\n"):], 1),
	} {
		if _, err := provider.Read([]byte(text)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestSettingsAreAFileThatMayBeLeftOut(t *testing.T) {
	t.Parallel()
	if list, err := (provider.Config{}).List(); err != nil || len(list) != 0 {
		t.Errorf("left out: %v, %v", list, err)
	}
	path := filepath.Join(t.TempDir(), "mapping.json")
	if _, err := (provider.Config{Mapping: path}).List(); err == nil {
		t.Error("a file that is not there is taken")
	}
	if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := provider.Config{Mapping: path}.List()
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	can := provider.New(nil, nil, list).Capabilities()
	if s := can.Senders[0]; s.ID != "payouts" || s.ExposureCap != 20 || s.Account() != "asset:bank:payouts" || len(s.Forms) != 1 || !can.Reconciles {
		t.Errorf("%+v", can)
	}
}

// instruction pays 1,234.56 to a place.
func instruction(to payment.Destination) payment.Instruction {
	return payment.Instruction{
		Sender: "payouts", Destination: to, Attempt: payment.Attempt{PaymentID: "y_1", Number: 1, EndToEndID: "E1", Minor: 123_456, Currency: "EUR"},
	}
}

func TestATableIsWrittenAsItsProviderReadsIt(t *testing.T) {
	t.Parallel()
	for encoding, want := range map[string]string{
		"utf-8":        "Reference;Amount;Currency;Name;Account;BIC;Purpose\r\nE1;1234,56;EUR;\"Янка \"\"Ян\"\"; Прыдуманы\";BY20OLMP31350000001000000933;;Transfer\r\n",
		"windows-1251": "Reference;Amount;Currency;Name;Account;BIC;Purpose\r\nE1;1234,56;EUR;\"\xdf\xed\xea\xe0 \"\"\xdf\xed\"\"; \xcf\xf0\xfb\xe4\xf3\xec\xe0\xed\xfb\";BY20OLMP31350000001000000933;;Transfer\r\n",
	} {
		var out bytes.Buffer
		err := provider.Write(mappings(t, "windows-1251", encoding), &out, rail.Batch{
			MessageID: "M1", Sender: rail.Sender{ID: "payouts", Currency: "EUR"}, Payments: []payment.Instruction{instruction(byan())},
		})
		if err != nil || out.String() != want {
			t.Errorf("%s: %q, %v", encoding, out.String(), err)
		}
	}
	// Letters that the encoding lacks are refused for certain, before anything is sent.
	if err := provider.New(nil, nil, mappings(t, "windows-1251", "windows-1252")).Prepare(context.Background(), instruction(byan())); !fault.Is(err, fault.ReasonDestinationRefused) {
		t.Errorf("Cyrillic letters in windows-1252: %v", err)
	}
}

func TestWhatASpreadsheetWouldRunIsRefused(t *testing.T) {
	t.Parallel()
	ctx, r := context.Background(), provider.New(nil, nil, mappings(t, "windows-1251", "utf-8"))
	for name, holder := range map[string]string{
		"equals": `=HYPERLINK("http://x")`, "plus": "+1", "minus": "-1", "at": "@SUM(1)", "tab": "\t=1", "carriage return": "\r=1", "behind a space": " =1",
		"behind a space that does not break": "\u00a0=1", "wide equals": "＝1", "two lines": "A\n=1", "from right to left": "A\u202eB", "nothing": "",
	} {
		to := *byan().BankAccount
		to.Holder = holder
		err := r.Prepare(ctx, instruction(payment.Destination{BankAccount: &to}))
		if !fault.Is(err, fault.ReasonDestinationRefused) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "OLMP") {
			t.Errorf("%s: the error quotes the account", name)
		}
	}
	if err := r.Prepare(ctx, instruction(byan())); err != nil {
		t.Errorf("a name with quotes and separators: %v", err)
	}
	for name, change := range map[string]func(*payment.Instruction){
		"another form": func(in *payment.Instruction) {
			in.Destination = payment.Destination{Wallet: &payment.Wallet{Network: "BITCOIN", Address: "1"}}
		},
		"another currency": func(in *payment.Instruction) { in.Attempt.Currency = "PLN" },
		"nobody":           func(in *payment.Instruction) { in.Sender = "nobody" },
	} {
		in := instruction(byan())
		change(&in)
		if err := r.Prepare(ctx, in); !fault.OfKind(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestResultsAreReadRowByRow(t *testing.T) {
	t.Parallel()
	r := provider.New(nil, nil, mappings(t))
	report, err := r.Reconcile(context.Background(), []byte("\ufeffDate;Status;Amount;Reference;More\n30.11.2026;PAID;100.00;E1;x\n01.12.2026;REJECTED;50.5;E2;y\n01.12.2026;PENDING;?;E3;\n"))
	if err != nil || len(report.Statements) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	st := report.Statements[0]
	if !st.Notification || st.Sender != "payouts" || st.Currency != "EUR" || len(st.Lines) != 2 || st.ClosedOn != "2026-12-01" {
		t.Fatalf("%+v", st)
	}
	if a := st.Lines[0]; a.EndToEndID != "E1" || a.Minor != 10_000 || a.Credit || a.BookedOn != "2026-11-30" {
		t.Errorf("paid: %+v", a)
	}
	if b := st.Lines[1]; b.EndToEndID != "E2" || b.Minor != 5_050 || !b.Credit || !b.IsReturn {
		t.Errorf("failed: %+v", b)
	}
}

func TestATableThatCannotBeReadIsRefusedWhole(t *testing.T) {
	t.Parallel()
	head := "Reference;Amount;Status;Date\n"
	for name, test := range map[string]struct {
		text string
		line int
	}{
		"nothing":               {"", 1},
		"other columns":         {"a;b\n1;2\n", 1},
		"another separator":     {"Reference,Amount,Status,Date\nE1,1,PAID,30.11.2026\n", 1},
		"a column twice":        {"Reference;Amount;Status;Date;Amount\nE1;1;PAID;30.11.2026;2\n", 1},
		"no rows":               {head, 1},
		"no row that has ended": {head + "E1;1;PENDING;30.11.2026\n", 1},
		"no day":                {head + "E1;1;PAID;2026-11-30\n", 2},
		"no amount":             {head + "E1;;PAID;30.11.2026\n", 2},
		"below zero":            {head + "E1;-1;PAID;30.11.2026\n", 2},
		"a third decimal":       {head + "E1;1.001;PAID;30.11.2026\n", 2},
		"a comma":               {head + "E1;1,00;PAID;30.11.2026\n", 2},
		"no id":                 {head + ";1;PAID;30.11.2026\n", 2},
		"one twice":             {head + "E1;1;PAID;30.11.2026\nE1;1;REJECTED;30.11.2026\n", 3},
		"a short row":           {head + "E1;1\n", 2},
		"no text":               {head + "E\xff;1;PAID;30.11.2026\n", 1},
		"no table":              {"<Document/>", 0},
	} {
		_, err := provider.New(nil, nil, mappings(t)).Reconcile(context.Background(), []byte(test.text))
		f := fault.As(err)
		if f == nil || f.Kind != fault.Invalid {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if test.line > 0 && (len(f.Violations) != 1 || f.Violations[0].Field != fmt.Sprintf("line %d", test.line)) {
			t.Errorf("%s: %v, want line %d", name, err, test.line)
		}
	}
}

func TestAFileIsReadByTheRailThatItIsFor(t *testing.T) {
	t.Parallel()
	set := rail.Set{strict{}, provider.New(nil, nil, mappings(t))}
	if _, err := set.Reconcile(context.Background(), []byte("Reference;Amount;Status;Date\nE1;x;PAID;30.11.2026\n")); !fault.Is(err, fault.ReasonStatementInvalid) {
		t.Errorf("a table with a wrong amount: %v", err)
	}
	if _, err := set.Reconcile(context.Background(), []byte("<Document/>")); !fault.Is(err, fault.ReasonUnknownAccount) {
		t.Errorf("XML: %v", err)
	}
}

// strict is a rail that reads XML only, and knows no account.
type strict struct{ rail.Rail }

func (strict) Capabilities() rail.Capabilities { return rail.Capabilities{ID: "xml", Reconciles: true} }

func (strict) Reconcile(_ context.Context, file []byte) (rail.Report, error) {
	if !bytes.HasPrefix(file, []byte("<")) {
		return rail.Report{}, fault.New(fault.Invalid, fault.ReasonStatementNotXML, "The file is not XML.")
	}
	return rail.Report{}, fault.New(fault.Invalid, fault.ReasonUnknownAccount, "The account is not known.")
}

func TestTheExampleOfTheManualIsTaken(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../../../../docs/rails.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(manual), "```json\n"+example+"\n```") {
		t.Error("docs/rails.md has another example")
	}
}
