package verify_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// closed returns a log of two periods. The first is closed after a gift of the
// second was posted; a late gift of the first then goes into the second.
func closed(t *testing.T) *bundletest.Log {
	l := bundletest.Story(t)
	l.Post(leaf.Donation, "2026-12-02", "december", "donations/d_8", bundletest.D("asset:stripe", 700), bundletest.C("fund:general:clearing", 700))
	l.Close("2026-11-01", "2026-11-30", "2026-12-03") // entries 18 and 19 of the story
	late := l.Post(leaf.Donation, "2026-11-29", "late", "donations/d_9", bundletest.D("asset:stripe", 300), bundletest.C("fund:general:clearing", 300))
	late.BookingDate = late.OccurredOn + 2
	l.Close("2026-12-01", "2026-12-31", "2027-01-02")
	return l.Seal(t)
}

// closeTampering is one way of falsifying the log of closed.
type closeTampering struct {
	change   func(l *bundletest.Log)
	rule     verify.Rule
	sequence int64
}

var closeTamperings = map[string]closeTampering{
	"by one person":          {func(l *bundletest.Log) { told(l, 19).Close.ConfirmedBy = bundletest.Treasurer }, verify.RuleClose, 19},
	"a figure":               {func(l *bundletest.Log) { told(l, 19).Close.Figures[0].Balance++ }, verify.RuleClose, 19},
	"the number":             {func(l *bundletest.Log) { told(l, 19).Close.Accounts++ }, verify.RuleClose, 19},
	"the digest":             {func(l *bundletest.Log) { told(l, 19).Close.TrialBalance[0]++ }, verify.RuleClose, 19},
	"not from the first":     {func(l *bundletest.Log) { told(l, 19).Close.First++ }, verify.RuleClose, 19},
	"before the first":       {func(l *bundletest.Log) { told(l, 19).Close.First-- }, verify.RuleClose, 19},
	"a gap":                  {func(l *bundletest.Log) { told(l, 22).Close.First++ }, verify.RuleClose, 22},
	"booked into the closed": {func(l *bundletest.Log) { told(l, 20).Transaction.BookingDate-- }, verify.RuleBooking, 20},
	"decided by another":     {func(l *bundletest.Log) { told(l, 18).Decision.Person = bundletest.Treasurer }, verify.RuleClose, 19},
	"proposed by another":    {func(l *bundletest.Log) { told(l, 19).Close.ProposedBy = bundletest.SecondApprover }, verify.RuleClose, 19},
	"decided by nobody":      {func(l *bundletest.Log) { told(l, 18).Decision.Person = "" }, verify.RuleRole, 18},
	"another decision":       {func(l *bundletest.Log) { told(l, 18).Decision.Kind = leaf.DecisionRefusal }, verify.RuleClose, 19},
	"about another period":   {func(l *bundletest.Log) { told(l, 18).Decision.Resource = "periods/other" }, verify.RuleClose, 19},
	"confirmed by a third":   {func(l *bundletest.Log) { told(l, 19).Close.ConfirmedBy = "staff/s_9" }, verify.RuleClose, 19},
}

func TestClosedPeriodsAreRight(t *testing.T) {
	t.Parallel()
	if report := check(t, closed(t), nil); !report.OK() || report.Closes != 2 {
		t.Errorf("%+v", report)
	}
}

func TestACloseThatIsNotWhatItSaysIsFound(t *testing.T) {
	t.Parallel()
	for name, c := range closeTamperings {
		l := closed(t)
		c.change(l)
		report := check(t, l.Seal(t), nil)
		if report.OK() || report.Findings[0].Rule != c.rule || report.Findings[0].Sequence != placed(c.sequence) {
			t.Errorf("%s: %v", name, report.Findings)
		}
	}
}
