package verify_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// proven is a log that is made by hand on top of one with staff. Write returns the
// first bad leaf, -1 where there is none.
type proven struct {
	name  string
	rule  verify.Rule
	words string
	write func(l *bundletest.Log) int64
}

// bad marks what write appends as the first bad leaf.
func bad(l *bundletest.Log, write func()) int64 {
	at := int64(len(l.Leaves))
	write()
	return at
}

func right(l *bundletest.Log, write func()) int64 {
	write()
	return -1
}

func step(kind leaf.DecisionKind, by string) bundletest.Step {
	return bundletest.Step{Kind: kind, By: by}
}

func approve(by string) bundletest.Step   { return step(leaf.DecisionPlanApproved, by) }
func authorize(by string) bundletest.Step { return step(leaf.DecisionPlanAuthorized, by) }
func release(by string) bundletest.Step   { return step(leaf.DecisionPlanReleased, by) }

// two and three are what the printed table says.
func two(amount int64) leaf.Lock   { return leaf.Lock{Amount: amount, Persons: 2} }
func three(amount int64) leaf.Lock { return leaf.Lock{Amount: amount, Persons: 3, WaitDays: 3} }

// without verifies, but by a protection that is off.
func without(t *testing.T, l *bundletest.Log, run func(context.Context, verify.Options) (verify.Report, error)) verify.Report {
	t.Helper()
	report, err := run(t.Context(), verify.Options{Source: l, Keys: []note.Verifier{l.Key(t)}, TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// handless verifies without asking for as many persons as what leaves asks for.
func handless(ctx context.Context, o verify.Options) (verify.Report, error) {
	return verify.RunWithout(ctx, o, func(r verify.Rule) bool { return r == verify.RuleHands })
}

func staffed(t *testing.T) *bundletest.Log { return bundletest.Staffed(t).Award(1_000_000) }

// agreed says in words where a verifier's answer is not what was to be found first.
func agreed(c proven, at int64, report verify.Report, v verdict) string {
	switch {
	case at < 0 && !report.OK():
		return fmt.Sprintf("right, but found %v", report.Findings[0])
	case at < 0 && !v.right:
		return "right, but the script says " + v.words
	case at < 0:
		return ""
	case report.OK() || report.Findings[0].Sequence != at || report.Findings[0].Rule != c.rule || !strings.Contains(report.Findings[0].Words, c.words):
		return fmt.Sprintf("want %s at %d with %q, found %v", c.rule, at, c.words, report.Findings)
	case v.right || !strings.HasPrefix(v.words, fmt.Sprintf("wrong: entry %d ", at)):
		return fmt.Sprintf("want entry %d, the script says %s", at, v.words)
	}
	return ""
}

func TestBothVerifiersNameTheFirstLeafThatIsNotProved(t *testing.T) {
	t.Parallel()
	for _, cases := range [][]proven{roleCases, staffCases, planCases, policyCases, costCases, stoppedCases, capCases} {
		var logs []*bundletest.Log
		var dirs []string
		var at []int64
		for _, c := range cases {
			l := staffed(t)
			at = append(at, c.write(l))
			logs, dirs = append(logs, l.Seal(t)), append(dirs, export(t, l))
		}
		verdicts := pythonWith(t, []string{"--key", logs[0].Signer.VerifierKey()}, dirs...)
		for i, c := range cases {
			if words := agreed(c, at[i], check(t, logs[i], nil), verdicts[i]); words != "" {
				t.Errorf("%s: %s", c.name, words)
			}
		}
	}
}

// Five leaves in honest names, which a service's own certificate once sufficed for,
// are what the roles and hands are checked against.
func TestWithoutTheGrantLeavesInventedDecisionsPass(t *testing.T) {
	t.Parallel()
	l := staffed(t)
	l.Lock("2026-10-18", "p_1", "staff/x_1", two(1000))
	l.Sign("2026-10-18", "p_1", approve("staff/x_2"), authorize("staff/x_3"), release("staff/x_4"))
	l.Pay("2026-10-19", "p_1", "y_1", 1, 1000)
	l.Seal(t)
	if report := check(t, l, func(o *verify.Options) { o.Anybody = true }); !report.OK() {
		t.Errorf("with the protection off: %v", report.Findings)
	}
	if report := check(t, l, nil); report.OK() || report.Findings[0].Rule != verify.RuleRole {
		t.Errorf("with it: %v", report.Findings)
	}
}

// However many persons decide, and however often, a payment costs the same.
func TestAPlanOfManyHandsIsVerifiedInTime(t *testing.T) {
	t.Parallel()
	const many = 20_000
	l := bundletest.Staffed(t).Award(many)
	l.Lock("2026-10-18", "p_1", tr, two(many))
	for i := range many {
		l.Sign("2026-10-18", "p_1", approve(fmt.Sprintf("staff/a_%d", i)), release(fmt.Sprintf("staff/r_%d", i)))
	}
	for i := range many {
		l.Pay("2026-10-19", "p_1", fmt.Sprintf("y_%d", i), 1, 1)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	report, err := verify.Run(ctx, verify.Options{Source: l.Seal(t), Keys: []note.Verifier{l.Key(t)}, TempDir: t.TempDir(), Anybody: true})
	if err != nil || !report.OK() {
		t.Errorf("%v, %v", report.Findings, err)
	}
}

// A large sum in small plans, each of which two persons may pay alone.
func TestWithoutTheSumOfThirtyDaysSplittingPays(t *testing.T) {
	t.Parallel()
	l := staffed(t)
	for _, plan := range []string{"p_1", "p_2"} {
		l.Lock("2026-10-18", plan, bundletest.Treasurer, two(150_000))
		l.Sign("2026-10-18", plan, approve(bundletest.Approver), authorize(bundletest.Authorizer), release(bundletest.Releaser))
		l.Pay("2026-10-19", plan, "y_of_"+plan, 1, 150_000)
	}
	l.Seal(t)
	if report := without(t, l, handless); !report.OK() {
		t.Errorf("with the protection off: %v", report.Findings)
	}
	if report := check(t, l, nil); report.OK() || report.Findings[0].Rule != verify.RuleHands {
		t.Errorf("with it: %v", report.Findings)
	}
}
