package adjustment_test

import (
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

func TestAdjustmentTakesNoIllegalStep(t *testing.T) {
	t.Parallel()
	legal := map[[2]adjustment.State]bool{
		{adjustment.Proposed, adjustment.Approved}: true, {adjustment.Proposed, adjustment.Rejected}: true,
		{adjustment.Approved, adjustment.Booked}: true, {adjustment.Approved, adjustment.Refused}: true,
	}
	states := []adjustment.State{"", adjustment.Proposed, adjustment.Approved, adjustment.Booked, adjustment.Rejected, adjustment.Refused}
	for _, from := range states {
		for _, to := range states {
			if err := adjustment.Move(from, to); (err == nil) != legal[[2]adjustment.State{from, to}] {
				t.Errorf("%s to %s: %v", from, to, err)
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
	} {
		a.State, a.Decider, a.DecidedOn = adjustment.Approved, "staff/s_2", today
		d := a.Decisions()
		if len(d) != 2 || d[0].Commitment != d[1].Commitment || d[0].Person == d[1].Person {
			t.Errorf("decisions of kind %d: %+v", a.Kind, d)
		}
		other := a
		other.Amount.MinorUnits++
		if other.Commitment() == a.Commitment() {
			t.Errorf("kind %d: another amount has the same commitment", a.Kind)
		}
	}
}
