package disbursements

import (
	"context"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func (b *bench) allocations(round string) []*disbursementsv1.Allocation {
	b.t.Helper()
	return must[*disbursementsv1.ListAllocationsResponse](b.t, "list allocations")(b.treasurer("reader").rounds.ListAllocations(
		context.Background(), &disbursementsv1.ListAllocationsRequest{Parent: round})).GetAllocations()
}

func TestARoundSetsMoneyAsideForTheNeedsItSaw(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	// Given two families in need of 100.00 and 300.00, and 200.00 of money,
	b.families.need(1, 10_000)
	b.families.need(2, 30_000)
	b.ledger.set("fund:general:available", 25_000)
	name := b.open(20_000)
	// when the round is simulated and committed,
	sim := b.simulate(name)
	if got := sim.GetSummary().GetTiers()[0].GetAllocated().GetMinorUnits(); got != 20_000 || len(sim.GetSnapshotDigest()) != 32 {
		t.Fatalf("simulated: %v", sim)
	}
	r, err := b.commit(name)
	if err != nil || r.GetState() != disbursementsv1.AllocationRound_STATE_COMMITTED {
		t.Fatalf("committed: %v, %v", r, err)
	}
	// then each has 100.00 in an award, booked, with the reason.
	list := b.allocations(name)
	if len(list) != 2 || list[0].GetReason() != disbursementsv1.Allocation_REASON_CAP_REACHED ||
		list[1].GetReason() != disbursementsv1.Allocation_REASON_FUNDS_EXHAUSTED || list[1].GetLevel() != "1000" {
		t.Errorf("allocations: %v", list)
	}
	if got := b.ledger.sum("award:"); got != 20_000 {
		t.Errorf("awards hold %d", got)
	}
	if got := b.ledger.sum("fund:general:available") + b.ledger.sum("round:"); got != 5_000 {
		t.Errorf("fund and round hold %d", got)
	}
	if b.families.states("AWARDED") != 2 {
		t.Error("families do not know")
	}
}

func TestASecondCommitChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.committed(2)
	_, err := b.commit(name)
	refused(t, "second commit", err, "ILLEGAL_STATE")
	if n := b.ledger.kinds(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_AWARD); n != 2 {
		t.Errorf("%d awards booked", n)
	}
}

func TestARepeatedCommitIsAnsweredWithTheSameRound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.ledger.set("fund:general:available", 10_000)
	name := b.open(10_000)
	b.simulate(name)
	req := &disbursementsv1.CommitAllocationRoundRequest{Name: name, RequestId: key()}
	for range 2 {
		r, err := b.approver("committer").rounds.CommitAllocationRound(context.Background(), req)
		if err != nil || r.GetState() != disbursementsv1.AllocationRound_STATE_COMMITTED {
			t.Fatalf("commit: %v, %v", r, err)
		}
	}
}

func TestNotEnoughMoneyRefusesTheWholeRound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.families.need(2, 10_000)
	b.ledger.set("fund:general:available", 20_000)
	name := b.open(20_000)
	b.simulate(name)
	// Given a fund that shrank by a cent since the snapshot,
	b.ledger.set("fund:general:available", 19_999)
	// when the round is committed,
	_, err := b.commit(name)
	// then it is refused as a whole and nothing has changed.
	refused(t, "commit", err, "INSUFFICIENT_FUNDS")
	b.drain()
	r := must[*disbursementsv1.AllocationRound](t, "get")(b.treasurer("reader").rounds.GetAllocationRound(
		context.Background(), &disbursementsv1.GetAllocationRoundRequest{Name: name}))
	if r.GetState() != disbursementsv1.AllocationRound_STATE_SIMULATED || r.GetRefusal() != disbursementsv1.AllocationRound_REFUSAL_INSUFFICIENT_FUNDS {
		t.Errorf("round: %v", r)
	}
	if b.families.states("APPROVED") != 2 || b.ledger.sum("award:") != 0 || b.ledger.sum("fund:") != 19_999 {
		t.Error("something changed")
	}
	// And with the money back it can be committed.
	b.ledger.set("fund:general:available", 20_000)
	if _, err := b.commit(name); err != nil {
		t.Errorf("commit again: %v", err)
	}
}

func TestABudgetAboveTheFundIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.set("fund:general:available", 9_999)
	_, err := b.treasurer("opener").rounds.CreateAllocationRound(context.Background(), &disbursementsv1.CreateAllocationRoundRequest{
		AllocationRound: &disbursementsv1.AllocationRound{
			CurrencyCode: "EUR", Budgets: []*disbursementsv1.Budget{{Fund: "funds/general", Amount: eur(10_000)}},
		},
	})
	refused(t, "create", err, "INSUFFICIENT_FUNDS")
	if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "budgets[0].amount.minorUnits" {
		t.Errorf("violations: %v", err)
	}
}

func TestAWrongRoundNamesTheField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.set("fund:general:available", 1_000_000)
	for _, test := range []struct {
		name, field string
		round       *disbursementsv1.AllocationRound
	}{
		{"none", "currencyCode", nil},
		{"unknown currency", "currencyCode", &disbursementsv1.AllocationRound{CurrencyCode: "DDM"}},
		{"no budget", "budgets", &disbursementsv1.AllocationRound{CurrencyCode: "EUR"}},
		{"unknown fund", "budgets[0].fund", roundOf("EUR", "funds/nowhere", eur(100))},
		{"fund for costs", "budgets[0].fund", roundOf("EUR", "funds/operations", eur(100))},
		{"no fund", "budgets[0].fund", roundOf("EUR", "general", eur(100))},
		{"nothing", "budgets[0].amount.minorUnits", roundOf("EUR", "funds/general", eur(0))},
		{"negative", "budgets[0].amount.minorUnits", roundOf("EUR", "funds/general", eur(-5))},
		{"no amount", "budgets[0].amount", roundOf("EUR", "funds/general", nil)},
		{"other currency", "budgets[0].amount.currencyCode", roundOf("EUR", "funds/general", &typev1.Money{MinorUnits: 1, CurrencyCode: "USD"})},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := b.treasurer("opener").rounds.CreateAllocationRound(context.Background(),
				&disbursementsv1.CreateAllocationRoundRequest{AllocationRound: test.round})
			if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != test.field {
				t.Errorf("%v, want field %s", err, test.field)
			}
		})
	}
}

func roundOf(currency, fund string, amount *typev1.Money) *disbursementsv1.AllocationRound {
	return &disbursementsv1.AllocationRound{CurrencyCode: currency, Budgets: []*disbursementsv1.Budget{{Fund: fund, Amount: amount}}}
}

func TestNobodyCommitsTheirOwnRoundNorThatOfAFamilyTheyKnow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.ledger.set("fund:general:available", 10_000)
	name := b.open(10_000)
	b.simulate(name)
	for who, reason := range map[string]string{"opener": "SAME_PERSON", "involved": "INVOLVED_PERSON"} {
		_, err := b.person(who, policyv1.Role_ROLE_APPROVER, policyv1.Role_ROLE_TREASURER).rounds.CommitAllocationRound(
			context.Background(), &disbursementsv1.CommitAllocationRoundRequest{Name: name, RequestId: key()})
		refused(t, "commit by "+who, err, reason)
	}
	// And the database refuses it too.
	for _, who := range []string{"staff/s_opener", "staff/s_involved"} {
		if _, err := b.db.Pool.Exec(context.Background(), `
			UPDATE allocation_rounds SET state = 'COMMITTING', commit_step = 'RESERVE', committed_by = $1`, who); err == nil {
			t.Errorf("the database lets %s commit", who)
		}
	}
}

func TestFamiliesThatMayNotBePaidNowAreHeldBackAndNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	suspended := b.families.need(1, 10_000)
	b.families.need(2, 10_000)
	b.ledger.set("fund:general:available", 20_000)
	name := b.open(20_000)
	b.simulate(name)
	// Given a family that was suspended since the snapshot,
	b.families.held[suspended.GetAidRequest()] = familiesv1.HeldBackReason_HELD_BACK_REASON_FAMILY_SUSPENDED
	// when the round is committed,
	r, err := b.commit(name)
	if err != nil || r.GetSummary().GetHeldBackCount() != 1 {
		t.Fatalf("commit: %v, %v", r, err)
	}
	// then it is named, and its money is back in the fund.
	a := b.allocations(name)[0]
	if a.GetOutcome() != disbursementsv1.Allocation_OUTCOME_HELD_BACK || a.GetHeldBackReason() != "FAMILY_SUSPENDED" {
		t.Errorf("allocation: %v", a)
	}
	if b.ledger.sum("fund:general:available") != 10_000 || b.ledger.sum("award:") != 10_000 || b.ledger.sum("round:") != 0 {
		t.Errorf("balances: %v", b.ledger.balances)
	}
}

func TestTwoRoundsForOneRequestAwardItOnce(t *testing.T) {
	t.Parallel()
	for name, generous := range map[string]bool{"families decide": false, "the database decides": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.families.generous = generous
			b.families.need(1, 10_000)
			b.ledger.set("fund:general:available", 20_000)
			first, second := b.open(10_000), b.open(10_000)
			b.simulate(first)
			b.simulate(second)
			done := make(chan error)
			for _, round := range []string{first, second} {
				go func() {
					_, err := b.commit(round)
					done <- err
				}()
			}
			for range 2 {
				if err := <-done; err != nil {
					t.Fatalf("commit: %v", err)
				}
			}
			b.drain()
			if b.ledger.sum("award:") != 10_000 || b.ledger.sum("fund:") != 10_000 || b.ledger.sum("round:") != 0 {
				t.Errorf("balances: %v", b.ledger.balances)
			}
		})
	}
}

func TestADeficitBlocksTheFund(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.ledger.set("fund:general:available", 10_000)
	name := b.open(10_000)
	b.simulate(name)
	b.ledger.set("deficit:general", -1)
	_, err := b.commit(name)
	refused(t, "commit", err, "FUND_IN_DEFICIT")
}

// TestACommitIsResumedWhereverItBroke loses the answer of each call once, before
// and after its effect.
func TestACommitIsResumedWhereverItBroke(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		b := newBench(t)
		b.families.need(1, 10_000)
		b.families.need(2, 10_000)
		b.ledger.set("fund:general:available", 20_000)
		name := b.open(20_000)
		b.simulate(name)
		b.families.failNext("ReserveRequests", after)
		b.ledger.failNext("Record", after)
		for range 3 {
			b.ledger.failNext("Post", after)
		}
		if r, err := b.commit(name); err != nil || r.GetState() != disbursementsv1.AllocationRound_STATE_COMMITTING {
			t.Fatalf("commit: %v, %v", r, err)
		}
		// The job table is emptied: the row still owes the commit.
		if _, err := b.db.Pool.Exec(context.Background(), `DELETE FROM river_job`); err != nil {
			t.Fatal(err)
		}
		for range 10 { // each run gets a little further
			_ = b.worker.Commit(context.Background(), name[len("allocationRounds/"):])
		}
		b.drain()
		if b.ledger.sum("award:") != 20_000 || b.ledger.kinds(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD) != 1 {
			t.Errorf("balances: %v", b.ledger.balances)
		}
	}
}

func TestACancelledAwardGoesBackToItsFundAndItsRequest(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	round := b.committed(1)
	awards := must[*disbursementsv1.ListAwardsResponse](t, "list awards")(b.treasurer("t").awards.ListAwards(
		context.Background(), &disbursementsv1.ListAwardsRequest{AllocationRound: round})).GetAwards()
	a, err := b.treasurer("t").awards.CancelAward(context.Background(), &disbursementsv1.CancelAwardRequest{Name: awards[0].GetName(), RequestId: key()})
	if err != nil || a.GetState() != disbursementsv1.Award_STATE_CANCELLED {
		t.Fatalf("cancel: %v, %v", a, err)
	}
	b.drain()
	if b.ledger.sum("fund:general:available") != 10_000 || b.ledger.sum("award:") != 0 || b.families.states("APPROVED") != 1 {
		t.Errorf("balances: %v", b.ledger.balances)
	}
	// And the request can be awarded again.
	again := b.open(10_000)
	b.simulate(again)
	if _, err := b.commit(again); err != nil || b.ledger.sum("award:") != 10_000 {
		t.Errorf("award again: %v", err)
	}
}

func TestAnAuditorSeesNoFamily(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	round := b.committed(1)
	auditor := b.person("auditor", policyv1.Role_ROLE_AUDITOR)
	list := must[*disbursementsv1.ListAllocationsResponse](t, "list")(auditor.rounds.ListAllocations(
		context.Background(), &disbursementsv1.ListAllocationsRequest{Parent: round})).GetAllocations()
	awards := must[*disbursementsv1.ListAwardsResponse](t, "list")(auditor.awards.ListAwards(
		context.Background(), &disbursementsv1.ListAwardsRequest{})).GetAwards()
	if list[0].GetAidRequest() != "" || list[0].GetCycle() != 0 || awards[0].GetAidRequest() != "" {
		t.Errorf("the auditor sees %v and %v", list[0], awards[0])
	}
	if s := awards[0].GetCreateTime().AsTime(); s.Hour()+s.Minute()+s.Second()+s.Nanosecond() != 0 {
		t.Errorf("the auditor sees the time of day %v", s)
	}
}
