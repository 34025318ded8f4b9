package reference_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// namer is a function that names a fact, by ids and a number.
type namer struct {
	// ids says how many ids it takes.
	ids  int
	make func(ids []string, n int) string
	// example is what it makes of "a", "b" and 7. It never changes: what was booked
	// under it would be booked again.
	example string
}

func byOne(f func(string) string, example string) namer {
	return namer{1, func(ids []string, _ int) string { return f(ids[0]) }, example}
}

func byTwo(f func(a, b string) string, example string) namer {
	return namer{2, func(ids []string, _ int) string { return f(ids[0], ids[1]) }, example}
}

func byNumber(f func(string, int) string, example string) namer {
	return namer{1, func(ids []string, n int) string { return f(ids[0], n) }, example}
}

// ofPeriod names something about a period by its name, which the ledger makes itself.
func ofPeriod(f func(string) string) func(string) string {
	return func(id string) string {
		return f(resource.Period.Of(strings.NewReplacer("/", "?").Replace(cmp.Or(id, "?"))))
	}
}

// ofVersion names something about a policy's version by its name, which a service makes
// itself.
func ofVersion(f func(string) string) func(string) string {
	return func(id string) string {
		return f(resource.PolicyVersion.Of("hands", strings.NewReplacer("/", "?").Replace(cmp.Or(id, "?"))))
	}
}

// references are all that there are.
var references = map[string]namer{
	"Donation":       byOne(reference.Donation, "donation/a"),
	"Fee":            byOne(reference.Fee, "donation/a/fee"),
	"Clearing":       byOne(reference.Clearing, "clearing/a"),
	"BankGift":       byOne(reference.BankGift, "line/a/gift"),
	"FundRelease":    byOne(reference.FundRelease, "fundRelease/a"),
	"RefundStart":    byOne(reference.RefundStart, "refund/a/start"),
	"RefundConfirm":  byOne(reference.RefundConfirm, "refund/a/confirm"),
	"Dispute":        byOne(reference.Dispute, "dispute/a"),
	"DisputeWon":     byOne(reference.DisputeWon, "dispute/a/won"),
	"Taking":         byOne(reference.Taking, "taking/a"),
	"Payout":         byOne(reference.Payout, "payout/a"),
	"PayoutArrival":  byOne(reference.PayoutArrival, "payout/a/arrive"),
	"StripeSuspense": byOne(reference.StripeSuspense, "stripe/a/suspense"),
	"LineSuspense":   byOne(reference.LineSuspense, "line/a/suspense"),
	"GapSuspense":    byOne(reference.GapSuspense, "gap/a/suspense"),
	"GapFilled":      byOne(reference.GapFilled, "gap/a/filled"),
	"Charge":         byOne(reference.Charge, "line/a/charge"),
	"Interest":       byOne(reference.Interest, "line/a/interest"),
	"Hold":           byOne(reference.Hold, "round/a/hold"),
	"Release":        byOne(reference.Release, "round/a/release"),
	"Award":          byOne(reference.Award, "award/a/award"),
	"Emergency":      byOne(reference.Emergency, "emergencyGrants/a/grant"),
	"Cancel":         byOne(reference.Cancel, "award/a/cancel"),
	"Submit":         byNumber(reference.Submit, "payment/a/attempts/7/submit"),
	"Exchange":       byNumber(reference.Exchange, "payment/a/attempts/7/exchange"),
	"Settle":         byNumber(reference.Settle, "payment/a/attempts/7/settle"),
	"Fail":           byNumber(reference.Fail, "payment/a/attempts/7/fail"),
	"Return":         byNumber(reference.Return, "payment/a/attempts/7/return"),
	"Adjustment":     byOne(reference.Adjustment, "ledger/adjustments/a"),
	"Staff":          byOne(reference.Staff, "staff/a"),
	"StaffBy":        byTwo(reference.StaffBy, "staff/a/bound/b"),
	"GrantFounded":   byOne(reference.GrantFounded, "grant/a/founded"),
	"Engagement":     {2, func(ids []string, _ int) string { return reference.Engagement(ids[0], "agreed", ids[1]) }, "engagement/a/agreed/b"},
	"GrantRevoked":   byTwo(reference.GrantRevoked, "grant/a/revoked/b"),
	"Freeze":         byTwo(reference.Freeze, "freeze/a/b"),
	"FreezeExtended": {2, func(ids []string, n int) string { return reference.FreezeExtended(ids[0], strconv.Itoa(n), ids[1]) }, "freeze/a/until/7/b"},
	"FreezeLifted":   byTwo(reference.FreezeLifted, "freeze/a/lifted/b"),
	"FreezeOver":     byOne(reference.FreezeOver, "freeze/a/over"),
	// What a duty records in the place of a person's call.
	"Following":      byTwo(func(id, by string) string { return reference.Following(reference.Freeze(id, by)) }, "freeze/a/b/following"),
	"GrantProposed":  byOne(reference.GrantProposed, "grant/a/proposed"),
	"GrantConfirmed": byTwo(reference.GrantConfirmed, "grant/a/confirmed/b"),
	"DeficitCovered": byOne(reference.DeficitCovered, "covering/a"),
	"FamilyDecision": byOne(reference.FamilyDecision, "family/a"),
	// A digest is one that has the number as its only byte.
	"Snapshot":           byNumber(func(id string, n int) string { return reference.Snapshot(id, []byte{byte(n)}) }, "allocationRounds/a/snapshots/07"),
	"Commit":             {2, func(ids []string, n int) string { return reference.Commit(ids[0], []byte{byte(n)}, ids[1]) }, "allocationRounds/a/snapshots/07/committed/b"},
	"PlanStep":           {2, func(ids []string, n int) string { return reference.PlanStep(ids[0], n, "approved", ids[1]) }, "paymentPlans/a/7/approved/b"},
	"PlanLooked":         {2, func(ids []string, n int) string { return reference.PlanLooked(ids[0], 3, n, ids[1]) }, "paymentPlans/a/3/looked/7/b"},
	"PlanVoided":         byNumber(reference.PlanVoided, "paymentPlans/a/7/voided"),
	"EmergencyApproved":  {2, func(ids []string, _ int) string { return reference.EmergencyApproved(ids[0], ids[1]) }, "emergencyGrants/a/approved/b"},
	"FileFetched":        {2, func(ids []string, n int) string { return reference.FileFetched(ids[0], "f", n, ids[1]) }, "paymentPlans/a/files/f/fetched/7/b"},
	"FileLeft":           {1, func(ids []string, _ int) string { return reference.FileLeft(ids[0], "f") }, "paymentPlans/a/files/f/left"},
	"RefusalRecorded":    {2, func(ids []string, n int) string { return reference.RefusalRecorded(ids[0], 3, n, ids[1]) }, "payment/a/attempts/3/refused/7/recorded/b"},
	"RefusalConfirmed":   {2, func(ids []string, n int) string { return reference.RefusalConfirmed(ids[0], 3, n, ids[1]) }, "payment/a/attempts/3/refused/7/confirmed/b"},
	"PolicyProposed":     byOne(ofVersion(reference.PolicyProposed), "policies/hands/versions/a/proposed"),
	"PolicyConfirmed":    byOne(ofVersion(reference.PolicyConfirmed), "policies/hands/versions/a/confirmed"),
	"AdjustmentProposed": byOne(reference.AdjustmentProposed, "ledger/adjustments/a/proposed"),
	"AdjustmentApproved": {2, func(ids []string, n int) string { return reference.AdjustmentApproved(ids[0], ids[1], strconv.Itoa(n)) }, "ledger/adjustments/a/approved/b/7"},
	"PeriodClosed":       byOne(ofPeriod(reference.PeriodClosed), "ledger/periods/a/closed"),
	"PeriodProposed":     byOne(ofPeriod(reference.PeriodProposed), "ledger/periods/a/proposed"),
	"PeriodClose":        byOne(ofPeriod(reference.PeriodClose), "ledger/periods/a/close"),
	// A ledger is called as a part of a path may be, a key as eight hexadecimal digits.
	"SigningKey": {2, func(ids []string, _ int) string { return reference.SigningKey(ids[0], ids[1]) }, "ledger/a/keys/b"},
	// What can be reversed stands above: a transaction.
	"Reversal": byOne(func(id string) string { return reference.Reversal(reference.Donation(id)) }, "donation/a/reverse"),
}

func TestEachReferenceIsAsItWas(t *testing.T) {
	t.Parallel()
	for name, r := range references {
		if got := r.make([]string{"a", "b"}, 7); got != r.example {
			t.Errorf("%s: %s, want %s", name, got, r.example)
		}
	}
	if got := slices.DeleteFunc(exported(t, "reference.go"), func(name string) bool { return name == "ClosedBy" }); !slices.Equal(got, slices.Sorted(maps.Keys(references))) {
		t.Errorf("reference.go has %v, the table above %v", got, slices.Sorted(maps.Keys(references)))
	}
}

// hostile are ids that try to be what references have between their slashes.
var hostile = []string{
	"", "a", "b", "1", "7", "fee", "won", "start", "reverse", "keys", "decisions", "snapshots", "proposed", "adjustments", "attempts",
	"/", "a/b", "a/fee", "a/won", "a/1", "a/reverse", "a/arrive", "a/attempts/1/submit", "a/proposed", "a/snapshots/1",
}

// Whatever ids two facts have, they have one reference only where they are one fact.
func TestReferencesOfTwoFactsDiffer(t *testing.T) {
	t.Parallel()
	owner := map[string]string{}
	add := func(reference, fact string) {
		if strings.Contains(reference, "?") {
			return // no reference: the ledger refuses it
		}
		if other, taken := owner[reference]; taken && other != fact {
			t.Errorf("%s and %s are both %s", fact, other, reference)
		}
		owner[reference] = fact
	}
	for name, r := range references {
		for _, id := range hostile {
			for n := range 3 {
				made := r.make([]string{id, "0123abcd"}, n)
				fact := fmt.Sprintf("%s of %q", name, id)
				if r.make([]string{id, "0123abcd"}, n+1) != made {
					fact += fmt.Sprintf(", %d", n)
				}
				add(made, fact)
				if name != "Donation" { // whose reversals stand for all in the table
					add(reference.Reversal(made), "reversal of "+fact)
				}
			}
		}
	}
	if len(owner) < 5*len(references) {
		t.Errorf("only %d references were made", len(owner))
	}
}

func TestAPeriodIsReadOutOfTheReferenceOfItsClose(t *testing.T) {
	t.Parallel()
	name := resource.Period.Of("per_1")
	if got := reference.ClosedBy(reference.PeriodClose(name)); got != name {
		t.Errorf("read %s", got)
	}
}

func TestAnIDWithASlashGivesNoReference(t *testing.T) {
	t.Parallel()
	for name, r := range references {
		for _, id := range []string{"", "a/b"} {
			if got := r.make([]string{id, "0123abcd"}, 1); !strings.Contains(got, "?") {
				t.Errorf("%s of %q is %s, which the ledger would take", name, id, got)
			}
		}
	}
}

// exported lists the exported functions of a file of the package, in order.
func exported(t *testing.T, file string) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.IsExported() && fn.Recv == nil {
			names = append(names, fn.Name.Name)
		}
	}
	slices.Sort(names)
	return names
}
