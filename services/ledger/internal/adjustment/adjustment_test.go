package adjustment_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

var today = leaf.DayOf(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))

func proposal(kind adjustment.Kind, debit, credit string) adjustment.Adjustment {
	return adjustment.Adjustment{
		ID: "adj_1", Kind: kind, Debit: debit, Credit: credit, Amount: money.Amount{MinorUnits: 100, Currency: "EUR"},
		OccurredOn: today, Evidence: [32]byte{1}, State: adjustment.Proposed, Proposer: "staff/s_1", ProposedOn: today,
	}
}

func TestEachKindMovesOnlyItsAccounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind          adjustment.Kind
		debit, credit string
		field         string // that is refused, empty where all is well
	}{
		{adjustment.OpeningBalance, "asset:bank:main", "equity:opening", ""},
		{adjustment.OpeningBalance, "equity:opening", "fund:general:available", ""},
		{adjustment.OpeningBalance, "asset:bank:main", "fund:general:available", "debitAccount"},
		{adjustment.OpeningBalance, "equity:opening", "award:w_1", "debitAccount"},
		{adjustment.Transfer, "fund:general:available", "fund:reserve:available", ""},
		{adjustment.Transfer, "fund:general:available", "deficit:general", ""},
		{adjustment.Transfer, "fund:general:clearing", "fund:reserve:available", "debitAccount"},
		{adjustment.Transfer, "fund:general:available", "asset:bank:main", "creditAccount"},
		{adjustment.Transfer, "fund:general:available", "fund:general:available", "creditAccount"},
		{adjustment.RunningCost, "", "asset:bank:main", ""},
		{adjustment.RunningCost, "fund:operations:available", "asset:bank:main", "debitAccount"},
		{adjustment.RunningCost, "", "asset:stripe", "creditAccount"},
		{adjustment.CashAdvance, "asset:cash:courier", "asset:bank:main", ""},
		{adjustment.CashAdvance, "asset:bank:main", "asset:cash:courier", "debitAccount"},
		{adjustment.CashAdvance, "asset:cash:courier", "asset:cash:other", "debitAccount"},
		{adjustment.CashAdvance, "asset:cash:courier", "fund:general:available", "debitAccount"},
		{adjustment.CashRest, "asset:bank:main", "asset:cash:courier", ""},
		{adjustment.CashRest, "asset:cash:courier", "asset:bank:main", "debitAccount"},
		{adjustment.CashLost, "", "asset:cash:courier", ""},
		{adjustment.CashLost, "fund:reserve:available", "asset:cash:courier", "debitAccount"},
		{adjustment.CashLost, "", "asset:bank:main", "creditAccount"},
		{adjustment.SuspenseCleared, "suspense:bank:main", "fund:general:clearing", ""},
		{adjustment.SuspenseCleared, "fund:operations:available", "suspense:stripe", ""},
		{adjustment.SuspenseCleared, "suspense:bank:main", "transit:stripe-payout", ""},
		{adjustment.SuspenseCleared, "suspense:bank:main", "transit:sepa", "creditAccount"},
		{adjustment.SuspenseCleared, "suspense:bank:main", "suspense:stripe", "debitAccount"},
		{adjustment.SuspenseCleared, "fund:a:available", "fund:b:available", "debitAccount"},
		{adjustment.Transfer, "fund:general", "fund:b:available", "debitAccount"},
		{99, "fund:a:available", "fund:b:available", "kind"},
	} {
		err := proposal(c.kind, c.debit, c.credit).Check(today)
		f := fault.As(err)
		if (err == nil) != (c.field == "") || f != nil && f.Violations[0].Field != "adjustment."+c.field {
			t.Errorf("%d %s to %s: got %v, want %q", c.kind, c.debit, c.credit, err, c.field)
		}
	}
}

func TestPeopleDecideAboutWhatIsNotDecided(t *testing.T) {
	t.Parallel()
	states := []adjustment.State{"", adjustment.Proposed, adjustment.Approved, adjustment.Booked, adjustment.Rejected, adjustment.Refused}
	for _, from := range states {
		for _, v := range []adjustment.Verb{adjustment.Approve, adjustment.Reject} {
			open := from == adjustment.Proposed || from == adjustment.Approved
			a := adjustment.Adjustment{State: from, Proposer: "staff/s_1"}
			if err := a.May(v, "staff/s_2"); (err == nil) != open || !open && !fault.Is(err, fault.ReasonIllegalState) {
				t.Errorf("%s from %s: %v", v, from, err)
			}
			if err := a.May(v, "staff/s_1"); !fault.Is(err, fault.ReasonSamePerson) {
				t.Errorf("%s from %s by its proposer: %v", v, from, err)
			}
			if slices.Contains(adjustment.In(v), from) != open {
				t.Errorf("%s is open in %v", v, adjustment.In(v))
			}
		}
	}
}

func TestBothHaveDecidedAboutAllThatWasProposed(t *testing.T) {
	t.Parallel()
	for _, a := range []adjustment.Adjustment{
		proposal(adjustment.OpeningBalance, "asset:bank:main", "equity:opening"),
		proposal(adjustment.Transfer, "fund:a:available", "fund:b:available"),
		proposal(adjustment.RunningCost, "", "asset:bank:main"),
		proposal(adjustment.SuspenseCleared, "suspense:bank:main", "fund:a:clearing"),
		proposal(adjustment.CashAdvance, "asset:cash:courier", "asset:bank:main"),
		proposal(adjustment.CashLost, "", "asset:cash:courier"),
	} {
		proposed, approved := a.Proposal(), a.Approval("staff/s_2", today+1)
		if proposed.Commitment != approved.Commitment || proposed.Resource != approved.Resource {
			t.Errorf("kind %d: %+v, %+v", a.Kind, proposed, approved)
		}
		if proposed.Person != a.Proposer || approved.Person != "staff/s_2" || proposed.Day != today || approved.Day != today+1 {
			t.Errorf("kind %d: %+v, %+v", a.Kind, proposed, approved)
		}
		other := a
		other.Amount.MinorUnits++
		if other.Commitment() == a.Commitment() {
			t.Errorf("kind %d: another amount has the same commitment", a.Kind)
		}
	}
}

func TestAProposalSaysAllThatItIsAbout(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(a *adjustment.Adjustment){
		"evidenceSha256":      func(a *adjustment.Adjustment) { a.Evidence = [32]byte{} },
		"occurredOn":          func(a *adjustment.Adjustment) { a.OccurredOn = today + 1 },
		"amount.minorUnits":   func(a *adjustment.Adjustment) { a.Amount.MinorUnits = 0 },
		"amount.currencyCode": func(a *adjustment.Adjustment) { a.Amount.Currency = "DEM" },
		"creditAccount":       func(a *adjustment.Adjustment) { a.Credit = "bank" },
	} {
		a := proposal(adjustment.Transfer, "fund:a:available", "fund:b:available")
		change(&a)
		if f := fault.As(a.Check(today)); f == nil || f.Violations[0].Field != "adjustment."+field {
			t.Errorf("%s: %v", field, f)
		}
	}
	a := proposal(adjustment.Transfer, "fund:a:available", "fund:b:available")
	if a.OccurredOn = 0; a.Check(today) == nil {
		t.Error("without a day")
	}
}

// Whoever holds the evidence can check what was decided about: the layout is that of
// docs/ledger-format.md, and never changes.
func TestTheCommitmentIsTheDocumentedOne(t *testing.T) {
	t.Parallel()
	a := proposal(adjustment.Transfer, "fund:a:available", "fund:b:available")
	const want = "c33896f26373f1c44b8a76968232bfb756be6779d843dbbb2ac8ec1d3c349b4c"
	if got := fmt.Sprintf("%x", a.Commitment()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for what, change := range map[string]func(a *adjustment.Adjustment){
		"id": func(a *adjustment.Adjustment) { a.ID = "adj_2" }, "kind": func(a *adjustment.Adjustment) { a.Kind = adjustment.SuspenseCleared },
		"debit": func(a *adjustment.Adjustment) { a.Debit = "fund:c:available" }, "credit": func(a *adjustment.Adjustment) { a.Credit = "fund:c:available" },
		"amount": func(a *adjustment.Adjustment) { a.Amount.MinorUnits++ }, "currency": func(a *adjustment.Adjustment) { a.Amount.Currency = "PLN" },
		"day": func(a *adjustment.Adjustment) { a.OccurredOn-- }, "evidence": func(a *adjustment.Adjustment) { a.Evidence[31]++ },
		"proposer": func(a *adjustment.Adjustment) { a.Proposer = "staff/s_9" },
	} {
		b := a
		change(&b)
		if b.Commitment() == a.Commitment() {
			t.Errorf("%s is not committed to", what)
		}
	}
	// What happens to it later is not part of what was proposed.
	b := a
	b.State, b.Decider, b.Number, b.Transaction = adjustment.Booked, "staff/s_2", 7, 9
	if b.Commitment() != a.Commitment() {
		t.Error("its state is committed to")
	}
}

func TestEachPersonsApprovalOfADayIsADecisionOfItsOwn(t *testing.T) {
	t.Parallel()
	a := proposal(adjustment.Transfer, "fund:a:available", "fund:b:available")
	seen := map[string]bool{a.Proposal().Reference: true}
	for _, person := range []string{"staff/s_2", "staff/s_3"} {
		for day := today; day < today+2; day++ {
			if d := a.Approval(person, day); seen[d.Reference] || d.Reference != a.Approval(person, day).Reference {
				t.Errorf("%s on %s: %s", person, day, d.Reference)
			} else {
				seen[d.Reference] = true
			}
		}
	}
}

func TestWhoHasApprovedIsNamedOnce(t *testing.T) {
	t.Parallel()
	a := proposal(adjustment.Transfer, "fund:a:available", "fund:b:available")
	a.Decider, a.Further = "staff/s_2", []string{"staff/s_3", "staff/s_2", "staff/s_3"}
	for state, want := range map[adjustment.State]int{
		adjustment.Proposed: 0, adjustment.Rejected: 0, adjustment.Approved: 2, adjustment.Booked: 2, adjustment.Refused: 2,
	} {
		if a.State = state; len(a.Approvers()) != want {
			t.Errorf("%s: %v", state, a.Approvers())
		}
	}
}

func TestARefusalSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for want, f := range map[adjustment.Refusal]*fault.Fault{
		{Reason: "INSUFFICIENT_FUNDS", Sentence: "There is not enough."}: fault.New(fault.Precondition, "INSUFFICIENT_FUNDS", "There is not enough."),
		{Reason: "INVALID_FIELD", Sentence: "must be a path"}:            fault.Field("transactions[0].entries[0].account", fault.FieldNotPossible, "must be a path"),
	} {
		if got := adjustment.RefusedBy(f); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}
