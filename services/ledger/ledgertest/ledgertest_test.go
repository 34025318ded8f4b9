package ledgertest_test

import (
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/ledgertest"
)

func open(t *testing.T) *ledgertest.Ledger {
	t.Helper()
	return ledgertest.New(t, func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) })
}

func post(l *ledgertest.Ledger, t *testing.T, service string, drafts ...*ledgerv1.TransactionDraft) error {
	t.Helper()
	_, err := l.Posting(service).Post(t.Context(), &ledgerv1.PostRequest{Transactions: drafts})
	return err
}

func TestATestBeginsWithWhatItSets(t *testing.T) {
	t.Parallel()
	l := open(t)
	l.SetAvailable("general", 500)
	l.SetAvailable("general", 300)
	l.SetDeficit("general", 40)
	l.WantBalances(t, map[string]int64{"asset:stripe": -260, "fund:general:available": 300, "deficit:general": -40})
	l.SetDeficit("general", 0)
	if l.Balance("deficit:general") != 0 || l.Sum("fund:") != 300 || len(l.Transactions()) != 0 {
		t.Errorf("balances %v, transactions %v", l.Balances(), l.Transactions())
	}
	if lines := l.TrialBalance(); len(lines) != 3 || lines[0].GetPath() != "asset:stripe" || lines[1].GetBalance() != 0 {
		t.Errorf("trial balance %v", lines)
	}
}

func TestAFundHasPaidWhatATestSays(t *testing.T) {
	t.Parallel()
	l := open(t)
	l.SetAvailable("general", 500)
	l.SetPaid("general", 400, 30)
	statement, err := l.Reports("donations").GetFundStatement(t.Context(), &ledgerv1.GetFundStatementRequest{Fund: "general"})
	if err != nil {
		t.Fatal(err)
	}
	if f := statement.GetFigures()[0]; f.GetReceived() != 500 || f.GetAwarded() != 400 || f.GetPaid() != 400 || f.GetReturned() != 30 || f.GetClosing() != 100 {
		t.Errorf("statement %v", f)
	}
	if len(l.Transactions()) != 0 || l.Sum("award:") != 30 || l.Balance("asset:bank:main") != 370 || l.Sum("transit:") != 0 {
		t.Errorf("balances %v", l.Balances())
	}
}

func TestWhatWasBookedCanBeRead(t *testing.T) {
	t.Parallel()
	l := open(t)
	if err := post(l, t, "donations", postingtest.Gift("g/1", 100), postingtest.Clearing("c/1", 100)); err != nil {
		t.Fatal(err)
	}
	if got := l.Booked("g/1"); got.GetEntries()[0].GetAmount().GetMinorUnits() != 100 || l.Booked("g/2") != nil {
		t.Errorf("booked %v", got)
	}
	if n := l.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_CLEARING); n != 1 || len(l.Transactions()) != 2 || len(l.Decisions()) != 0 {
		t.Errorf("%d clearings in %v", n, l.Transactions())
	}
	statement, err := l.Reports("donations").GetFundStatement(t.Context(), &ledgerv1.GetFundStatementRequest{Fund: "general"})
	if err != nil || statement.GetFigures()[0].GetReceived() != 100 || statement.GetFigures()[0].GetCleared() != 100 {
		t.Errorf("statement %v, %v", statement, err)
	}
}

// What a fake of the ledger once let through is refused here.
func TestTheRealRulesRefuse(t *testing.T) {
	t.Parallel()
	l := open(t)
	l.SetAvailable("general", 500)
	gift, old, short := postingtest.Gift("g/1", 1), postingtest.Gift("g/2", 1), postingtest.Clearing("c/1", 1)
	for _, e := range old.GetEntries() {
		e.Amount.CurrencyCode = "DEM"
	}
	paid := postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION, "g/3", "donations/d_1",
		postingtest.Debit("fund:general:available", 5), postingtest.Credit("award:w_1", 5))
	for name, c := range map[string]struct {
		service string
		draft   *ledgerv1.TransactionDraft
		reason  fault.Reason
	}{
		"another service's business": {"disbursements", gift, "NOT_THIS_SERVICE"},
		"a currency of the past":     {"donations", old, "INVALID_FIELD"},
		"money that is not there":    {"donations", short, "INSUFFICIENT_FUNDS"},
		"an award by a gift":         {"donations", paid, "WRONG_KIND"},
	} {
		if err := post(l, t, c.service, c.draft); !fault.Is(err, c.reason) {
			t.Errorf("%s: %v, want %s", name, err, c.reason)
		}
	}
	if len(l.Transactions()) != 0 {
		t.Errorf("booked %v", l.Transactions())
	}
}

func TestALostAnswerIsFoundByItsReference(t *testing.T) {
	t.Parallel()
	l := open(t)
	l.FailNext("Post", true)
	if err := post(l, t, "donations", postingtest.Gift("g/1", 1)); !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("lost: %v", err)
	}
	if err := post(l, t, "donations", postingtest.Gift("g/1", 1)); err != nil || len(l.Transactions()) != 1 || l.Calls("Post") != 2 {
		t.Errorf("repeat: %v, %v", err, l.Transactions())
	}
}
