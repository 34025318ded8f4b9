package e2e

import (
	"bytes"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// periodClose is what the API answers about a close.
type periodClose struct {
	Name, FirstDay, LastDay, State, Digest, Sequence, Proposer string
	Banks                                                      []struct {
		Account, StatementDay, Statement, StatementSHA256, StatementImporter string
		OutsideBalance                                                       struct{ MinorUnits string }
	}
	OpenItems []struct{ Account, Balance, OldestDay string }
}

func TestAPeriodIsClosedByTwoPeopleAndVerifiedByAnOutsider(t *testing.T) {
	t.Parallel()
	i := start(t, dataFolder(t))
	treasurer := restclient.New(i.state.REST, i.token("tomas", "treasurer"))
	approver := restclient.New(i.state.REST, i.token("rita", "approver"))
	last := time.Now().UTC().AddDate(0, 0, -40)
	day := last.Format(time.DateOnly)

	// Given a statement of some weeks ago with money that nothing explains
	bank := bankfake.New("LT121000011101001000", "EUR", 0)
	statement := func(reference string, minor int64) {
		t.Helper()
		bank.Credit(reference, minor)
		var file bytes.Buffer
		if err := bank.Statement(&file, last, nil); err != nil {
			t.Fatal(err)
		}
		resp, err := treasurer.Do(t.Context(), http.MethodPost, "/v1/statements", "application/xml", "", &file)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	statement("GIFT-1", 10000)
	booked := i.bookedBankLines(t, 1)
	if booked[0].BookingDate != day {
		t.Errorf("booked on %s", booked[0].BookingDate)
	}

	// When one person proposes to close up to that day
	var c periodClose
	if err := treasurer.JSON(t.Context(), http.MethodPost, "/v1/ledger/periods:proposeClose", "propose", map[string]any{"lastDay": day}, &c); err != nil {
		t.Fatal(err)
	}
	if c.FirstDay != day || len(c.Banks) != 1 || c.Banks[0].OutsideBalance.MinorUnits != "10000" || len(c.OpenItems) != 1 || c.OpenItems[0].Account != "suspense:bank:main" {
		t.Errorf("proposed: %+v", c)
	}
	if b := c.Banks[0]; !strings.HasPrefix(b.Statement, "statements/st_") || b.StatementSHA256 == "" || b.StatementImporter != c.Proposer {
		t.Errorf("closing balance from %+v, imported by its proposer %s", b, c.Proposer)
	}
	// and the same person, and another, confirm it
	confirm := func(who *restclient.Client) error {
		return who.JSON(t.Context(), http.MethodPost, "/v1/"+c.Name+":confirmClose", "confirm", map[string]any{"digest": c.Digest}, &c)
	}
	if err := confirm(treasurer); err == nil || !strings.Contains(err.Error(), "SAME_PERSON") && !strings.Contains(err.Error(), "PERMISSION_DENIED") {
		t.Errorf("by the proposer: %v", err)
	}
	if err := confirm(approver); err != nil || c.State != "PERIOD_CLOSE_STATE_CLOSED" || c.Sequence == "" {
		t.Fatalf("confirm: %+v, %v", c, err)
	}

	// Then what becomes known of that day later stands on the next.
	statement("GIFT-2", 500)
	late := i.bookedBankLines(t, 2)[1]
	if want := last.AddDate(0, 0, 1).Format(time.DateOnly); late.OccurredOn != day || late.BookingDate != want {
		t.Errorf("late: %+v, want booked on %s", late, want)
	}
	// A day that has no statement yet cannot be closed.
	err := treasurer.JSON(t.Context(), http.MethodPost, "/v1/ledger/periods:proposeClose", "propose-2",
		map[string]any{"lastDay": time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)}, &c)
	if err == nil || !strings.Contains(err.Error(), "BANK_NOT_RECONCILED") {
		t.Errorf("without statements: %v", err)
	}
	i.verify(filepath.Join(t.TempDir(), "export"))
	i.verifyElsewhere(filepath.Join(t.TempDir(), "again"))
}

// verifyElsewhere exports the books and verifies them with the reader in another
// language.
func (i *installation) verifyElsewhere(dir string) {
	i.t.Helper()
	if out, errs, err := audit(i.t, "export", dir, "--url", i.state.REST, "--token", i.token("vera", "auditor")); err != nil {
		i.t.Fatalf("export: %v\n%s%s", err, out, errs)
	}
	out, err := exec.CommandContext(i.t.Context(), "python3", "../../docs/verify_bundle.py", dir).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "right: ") {
		i.t.Errorf("verify_bundle.py: %v\n%s", err, out)
	}
}

// bankLine is a transaction from a bank statement.
type bankLine struct{ OccurredOn, BookingDate string }

// bookedBankLines waits until the books hold so many lines in suspense.
func (i *installation) bookedBankLines(t *testing.T, want int) []bankLine {
	t.Helper()
	auditor := restclient.New(i.state.REST, i.token("vera", "auditor"))
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		var list struct{ Transactions []bankLine }
		if err := auditor.Get(t.Context(), "/v1/ledger/transactions", &list); err != nil {
			t.Fatal(err)
		}
		if len(list.Transactions) == want {
			return list.Transactions
		}
		if time.Now().After(deadline) {
			t.Fatalf("the books hold %d lines, want %d", len(list.Transactions), want)
		}
	}
}
