package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/disbursements"
)

// checkStatement runs the check of a bank's file that change has changed.
func checkStatement(t *testing.T, change func(string) string, more ...string) (code int, printed string) {
	t.Helper()
	bank := bankfake.New("LT121000011101001000", "EUR", 1000)
	bank.Credit("GIFT-1", 250)
	var out bytes.Buffer
	if err := bank.Statement(&out, time.Date(2026, 11, 24, 18, 0, 0, 0, time.UTC), nil); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "statement.xml")
	if err := os.WriteFile(file, []byte(change(out.String())), 0o600); err != nil {
		t.Fatal(err)
	}
	return execute(t, append([]string{"check", "statement", file}, more...)...)
}

func TestABanksFileIsCheckedAsTextAndForMachines(t *testing.T) {
	t.Parallel()
	same := func(s string) string { return s }
	code, printed := checkStatement(t, same)
	for _, want := range []string{"from 10.00 to 12.50 EUR on 2026-11-24", "2026-11-24  2.50", "payment GIFT-1", "1 would be read, 0 refused"} {
		if code != 0 || !strings.Contains(printed, want) {
			t.Errorf("ended with %d, no %q in %s", code, want, printed)
		}
	}
	var report disbursements.StatementReport
	if code, printed = checkStatement(t, same, "--json"); code != 0 || json.Unmarshal([]byte(printed), &report) != nil || report.Read != 1 || len(report.Statements[0].Lines) != 1 {
		t.Errorf("ended with %d: %s", code, printed)
	}
}

func TestABanksFileThatWouldBeRefusedIsAFailure(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(string) string
		says   string
	}{
		"a cent off": {func(s string) string { return strings.Replace(s, ">12.50<", ">12.51<", 1) }, "STATEMENT_UNBALANCED"},
		"no XML":     {func(string) string { return "hello" }, "STATEMENT_NOT_XML"},
	} {
		if code, printed := checkStatement(t, c.change); code != 1 || !strings.Contains(printed, c.says) {
			t.Errorf("%s: ended with %d: %s", name, code, printed)
		}
	}
}
