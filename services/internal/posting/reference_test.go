package posting_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// reference is a function that names a fact, by ids and a number.
type reference struct {
	// ids says how many ids it takes.
	ids  int
	make func(ids []string, n int) string
	// example is what it makes of "a", "b" and 7. It never changes: what was booked
	// under it would be booked again.
	example string
}

func byOne(f func(string) string, example string) reference {
	return reference{1, func(ids []string, _ int) string { return f(ids[0]) }, example}
}

func byNumber(f func(string, int) string, example string) reference {
	return reference{1, func(ids []string, n int) string { return f(ids[0], n) }, example}
}

// references are all that there are.
var references = map[string]reference{
	"DonationReference":          byOne(posting.DonationReference, "donation/a"),
	"FeeReference":               byOne(posting.FeeReference, "donation/a/fee"),
	"ClearingReference":          byOne(posting.ClearingReference, "clearing/a"),
	"BankGiftReference":          byOne(posting.BankGiftReference, "line/a/gift"),
	"FundReleaseReference":       byOne(posting.FundReleaseReference, "fundRelease/a"),
	"RefundStartReference":       byOne(posting.RefundStartReference, "refund/a/start"),
	"RefundConfirmReference":     byOne(posting.RefundConfirmReference, "refund/a/confirm"),
	"DisputeReference":           byOne(posting.DisputeReference, "dispute/a"),
	"DisputeWonReference":        byOne(posting.DisputeWonReference, "dispute/a/won"),
	"TakingReference":            byOne(posting.TakingReference, "taking/a"),
	"PayoutReference":            byOne(posting.PayoutReference, "payout/a"),
	"PayoutArrivalReference":     byOne(posting.PayoutArrivalReference, "payout/a/arrive"),
	"StripeSuspenseReference":    byOne(posting.StripeSuspenseReference, "stripe/a/suspense"),
	"LineSuspenseReference":      byOne(posting.LineSuspenseReference, "line/a/suspense"),
	"ChargeReference":            byOne(posting.ChargeReference, "line/a/charge"),
	"InterestReference":          byOne(posting.InterestReference, "line/a/interest"),
	"HoldReference":              byOne(posting.HoldReference, "round/a/hold"),
	"ReleaseReference":           byOne(posting.ReleaseReference, "round/a/release"),
	"AwardReference":             byOne(posting.AwardReference, "award/a/award"),
	"EmergencyReference":         byOne(posting.EmergencyReference, "award/a/emergency"),
	"CancelReference":            byOne(posting.CancelReference, "award/a/cancel"),
	"SubmitReference":            byNumber(posting.SubmitReference, "payment/a/attempts/7/submit"),
	"ExchangeReference":          byNumber(posting.ExchangeReference, "payment/a/attempts/7/exchange"),
	"SettleReference":            byNumber(posting.SettleReference, "payment/a/attempts/7/settle"),
	"FailReference":              byNumber(posting.FailReference, "payment/a/attempts/7/fail"),
	"ReturnReference":            byNumber(posting.ReturnReference, "payment/a/attempts/7/return"),
	"CashAdvanceReference":       byOne(posting.CashAdvanceReference, "cash/a/advance"),
	"CashRestReference":          byOne(posting.CashRestReference, "cash/a/rest"),
	"CashLostReference":          byOne(posting.CashLostReference, "cash/a/lost"),
	"AdjustmentReference":        byOne(posting.AdjustmentReference, "ledger/adjustments/a"),
	"GrantDecision":              byOne(posting.GrantDecision, "grant/a"),
	"FamilyDecision":             byOne(posting.FamilyDecision, "families/decisions/a"),
	"SnapshotDecision":           byNumber(posting.SnapshotDecision, "allocationRounds/a/snapshots/7"),
	"CommitDecision":             byNumber(posting.CommitDecision, "allocationRounds/a/commits/7"),
	"ActDecision":                byNumber(func(id string, n int) string { return posting.ActDecision(id, int64(n)) }, "paymentPlans/a/acts/7"),
	"AdjustmentProposedDecision": byOne(posting.AdjustmentProposedDecision, "ledger/adjustments/a/proposed"),
	"AdjustmentApprovedDecision": byOne(posting.AdjustmentApprovedDecision, "ledger/adjustments/a/approved"),
	"PeriodClosedDecision":       byOne(posting.PeriodClosedDecision, "ledger/periods/a/closed"),
	"PeriodClose":                byOne(posting.PeriodClose, "ledger/periods/a/close"),
	// A ledger is called as a part of a path may be, a key as eight hexadecimal digits.
	"KeyDecision": {2, func(ids []string, _ int) string { return posting.KeyDecision(ids[0], ids[1]) }, "ledger/a/keys/b"},
	// What can be reversed stands above: a transaction.
	"ReversalReference": byOne(func(id string) string { return posting.ReversalReference(posting.DonationReference(id)) }, "donation/a/reverse"),
}

func TestEachReferenceIsAsItWas(t *testing.T) {
	t.Parallel()
	for name, r := range references {
		if got := r.make([]string{"a", "b"}, 7); got != r.example {
			t.Errorf("%s: %s, want %s", name, got, r.example)
		}
	}
	if got := slices.DeleteFunc(exported(t, "reference.go"), func(name string) bool { return name == "ActOf" }); !slices.Equal(got, slices.Sorted(maps.Keys(references))) {
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
				if name != "DonationReference" { // whose reversals stand for all in the table
					add(posting.ReversalReference(made), "reversal of "+fact)
				}
			}
		}
	}
	if len(owner) < 5*len(references) {
		t.Errorf("only %d references were made", len(owner))
	}
}

func TestAnActIsReadOutOfItsReference(t *testing.T) {
	t.Parallel()
	if plan, act, ok := posting.ActOf(posting.ActDecision("p_1", 17)); plan != "p_1" || act != 17 || !ok {
		t.Errorf("read %s, %d, %v", plan, act, ok)
	}
	for _, other := range []string{"", "paymentPlans/p_1", "paymentPlans/p_1/acts/x", "paymentPlans/p_1/x/1", posting.SnapshotDecision("r_1", 1), posting.GrantDecision("g_1")} {
		if plan, act, ok := posting.ActOf(other); ok {
			t.Errorf("%q is the act %d of %s", other, act, plan)
		}
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
