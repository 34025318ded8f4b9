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
	l.Close("2026-11-01", "2026-11-30", "2026-12-03") // entries 18 to 20 of the story
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
	"by one person":          {func(l *bundletest.Log) { told(l, 20).Close.ConfirmedBy = bundletest.Treasurer }, verify.RuleClose, 20},
	"a figure":               {func(l *bundletest.Log) { told(l, 20).Close.Figures[0].Balance++ }, verify.RuleClose, 20},
	"the number":             {func(l *bundletest.Log) { told(l, 20).Close.Accounts++ }, verify.RuleClose, 20},
	"the digest":             {func(l *bundletest.Log) { told(l, 20).Close.TrialBalance[0]++ }, verify.RuleClose, 20},
	"not from the first":     {func(l *bundletest.Log) { told(l, 20).Close.First++ }, verify.RuleClose, 20},
	"before the first":       {func(l *bundletest.Log) { told(l, 20).Close.First-- }, verify.RuleClose, 20},
	"a gap":                  {func(l *bundletest.Log) { told(l, 24).Close.First++ }, verify.RuleClose, 24},
	"booked into the closed": {func(l *bundletest.Log) { told(l, 21).Transaction.BookingDate-- }, verify.RuleBooking, 21},
	"decided by another":     {func(l *bundletest.Log) { told(l, 19).Decision.Person = bundletest.Treasurer }, verify.RuleClose, 20},
	"proposed by another":    {func(l *bundletest.Log) { told(l, 20).Close.ProposedBy = bundletest.SecondApprover }, verify.RuleClose, 20},
	"proposed by nobody":     {func(l *bundletest.Log) { told(l, 18).Decision.Person = "" }, verify.RuleRole, 18},
	"another proposal":       {func(l *bundletest.Log) { told(l, 18).Decision.Commitment[0]++ }, verify.RuleClose, 20},
	"not proposed":           {func(l *bundletest.Log) { told(l, 18).Decision.Kind = leaf.DecisionRefusal }, verify.RuleClose, 20},
	"another's proposal":     {func(l *bundletest.Log) { told(l, 18).Decision.Person = bundletest.Releaser }, verify.RuleClose, 20},
	"of another period":      {func(l *bundletest.Log) { told(l, 18).Decision.Resource = "periods/other" }, verify.RuleClose, 20},
	"decided by nobody":      {func(l *bundletest.Log) { told(l, 19).Decision.Person = "" }, verify.RuleRole, 19},
	"another decision":       {func(l *bundletest.Log) { told(l, 19).Decision.Kind = leaf.DecisionRefusal }, verify.RuleClose, 20},
	"about another period":   {func(l *bundletest.Log) { told(l, 19).Decision.Resource = "periods/other" }, verify.RuleClose, 20},
	"confirmed by a third":   {func(l *bundletest.Log) { told(l, 20).Close.ConfirmedBy = "staff/s_9" }, verify.RuleClose, 20},
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
