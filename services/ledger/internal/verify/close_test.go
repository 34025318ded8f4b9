package verify_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/verify"
)

// closed returns a log of two periods. The first is closed after a gift of the
// second was posted; a late gift of the first then goes into the second.
func closed(t *testing.T) *bundletest.Log {
	l := bundletest.Story(t)
	l.Post(leaf.Donation, "2026-12-02", "december", "donations/d_8", bundletest.D("asset:stripe", 700), bundletest.C("fund:general:clearing", 700))
	l.Close("2026-11-01", "2026-11-30", "2026-12-03") // entry 18
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
	"by one person":          {func(l *bundletest.Log) { l.Leaves[18].Close.ConfirmedBy = bundletest.Treasurer }, verify.RuleClose, 18},
	"a figure":               {func(l *bundletest.Log) { l.Leaves[18].Close.Figures[0].Balance++ }, verify.RuleClose, 18},
	"the number":             {func(l *bundletest.Log) { l.Leaves[18].Close.Accounts++ }, verify.RuleClose, 18},
	"the digest":             {func(l *bundletest.Log) { l.Leaves[18].Close.TrialBalance[0]++ }, verify.RuleClose, 18},
	"a gap":                  {func(l *bundletest.Log) { l.Leaves[20].Close.First++ }, verify.RuleClose, 20},
	"booked into the closed": {func(l *bundletest.Log) { l.Leaves[19].Transaction.BookingDate-- }, verify.RuleBooking, 19},
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
		if report.OK() || report.Findings[0].Rule != c.rule || report.Findings[0].Sequence != c.sequence {
			t.Errorf("%s: %v", name, report.Findings)
		}
	}
}
