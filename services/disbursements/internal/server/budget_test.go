package server_test

import (
	"context"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// create opens a round of budgets, by fund and minor units, with a step.
func (b *bench) create(step int64, budgets ...*disbursementsv1.Budget) (*disbursementsv1.AllocationRound, error) {
	return b.treasurer("opener").rounds.CreateAllocationRound(context.Background(), &disbursementsv1.CreateAllocationRoundRequest{
		AllocationRound: &disbursementsv1.AllocationRound{
			CurrencyCode: "EUR", Budgets: budgets, Policy: &disbursementsv1.AllocationPolicy{StepMinorUnits: step},
		},
	})
}

func budget(fund string, minor int64) *disbursementsv1.Budget {
	return &disbursementsv1.Budget{Fund: "funds/" + fund, Amount: postingtest.Money(minor)}
}

// violates fails the test unless err names a field.
func violates(t *testing.T, what string, err error, field string) {
	t.Helper()
	if f := fault.As(err); f == nil || len(f.Violations) == 0 || f.Violations[0].Field != field {
		t.Errorf("%s: %v, want field %s", what, err, field)
	}
}

func TestBudgetsAreTakenInTheirOrderAndEachIsChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.SetAvailable("general", 5_000)
	b.ledger.SetAvailable("winter", 700)
	r := must[*disbursementsv1.AllocationRound](t, "create")(b.create(0, budget("winter", 700), budget("general", 5_000)))
	if r.GetBudgets()[0].GetFund() != "funds/winter" || r.GetBudgets()[1].GetAmount().GetMinorUnits() != 5_000 || r.GetPolicy().GetStepMinorUnits() != 1_000 {
		t.Errorf("round %v", r)
	}
	_, err := b.create(0, budget("general", 5_000), budget("winter", 701))
	refused(t, "a cent more than the second fund has", err, "INSUFFICIENT_FUNDS")
	violates(t, "a cent more than the second fund has", err, "budgets[1].amount.minorUnits")
	_, err = b.create(0, budget("winter", 1), budget("general", 1), budget("winter", 1))
	violates(t, "a fund twice", err, "budgets[2].fund")
	var many []*disbursementsv1.Budget
	for i := range 201 {
		many = append(many, budget(fmt.Sprintf("f%d", i), 1))
	}
	_, err = b.create(0, many...)
	violates(t, "too many funds", err, "budgets")
	_, err = b.create(0, budget("general", 1<<62))
	violates(t, "more than there can be", err, "budgets[0].amount.minorUnits")
	for _, step := range []int64{-1, 1_000_001} {
		_, err = b.create(step, budget("general", 1))
		violates(t, fmt.Sprintf("a step of %d", step), err, "policy.stepMinorUnits")
	}
}

// TestOddBudgetsGiveWholeSteps gives two families what a fund holds, in steps that do
// not divide it.
func TestOddBudgetsGiveWholeSteps(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                             string
		step, budget, allocated, unspent int64
		reason                           disbursementsv1.AllocationReason
	}{
		{"a cent less than a step", 1_000, 999, 0, 999, disbursementsv1.AllocationReason_ALLOCATION_REASON_FUNDS_EXHAUSTED},
		{"one step and a cent", 1_000, 1_001, 1_000, 1, disbursementsv1.AllocationReason_ALLOCATION_REASON_FUNDS_EXHAUSTED},
		{"steps of a cent", 1, 333, 333, 0, disbursementsv1.AllocationReason_ALLOCATION_REASON_FUNDS_EXHAUSTED},
		{"more than is needed", 1_000, 30_007, 20_000, 10_007, disbursementsv1.AllocationReason_ALLOCATION_REASON_CAP_REACHED},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.families.need(1, 10_000)
			b.families.need(2, 10_000)
			b.ledger.SetAvailable("general", test.budget)
			r := must[*disbursementsv1.AllocationRound](t, "create")(b.create(test.step, budget("general", test.budget)))
			sim := b.simulate(r.GetName())
			fund := sim.GetSummary().GetFunds()[0]
			if fund.GetAllocated().GetMinorUnits() != test.allocated || fund.GetLeft().GetMinorUnits() != test.unspent {
				t.Errorf("fund %v", fund)
			}
			list := b.allocations(r.GetName())
			var sum int64
			for _, a := range list {
				sum += a.GetAllocated().GetMinorUnits()
				if a.GetAllocated().GetMinorUnits()%test.step != 0 {
					t.Errorf("allocation %v is no multiple of %d", a, test.step)
				}
			}
			if sum != test.allocated || list[0].GetReason() != test.reason {
				t.Errorf("allocations %v", list)
			}
			if _, err := b.commit(r.GetName()); err != nil {
				t.Fatalf("commit: %v", err)
			}
			if b.ledger.Sum("award:") != test.allocated || b.ledger.Balance("fund:general:available") != test.unspent || b.ledger.Sum("round:") != 0 {
				t.Errorf("balances %v", b.ledger.Balances())
			}
		})
	}
}

// TestARepeatedCallIsAnsweredWithWhatItMade takes the money away that the first call
// found.
func TestARepeatedCallIsAnsweredWithWhatItMade(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBench(t)
	b.families.need(1, 10_000)
	b.ledger.SetAvailable("general", 10_000)
	by := b.treasurer("opener")
	create := &disbursementsv1.CreateAllocationRoundRequest{RequestId: key(), AllocationRound: roundOf("EUR", "funds/general", postingtest.Money(10_000))}
	first := must[*disbursementsv1.AllocationRound](t, "create")(by.rounds.CreateAllocationRound(ctx, create))
	simulate := &disbursementsv1.SimulateAllocationRoundRequest{RequestId: key(), Name: first.GetName()}
	simulated := must[*disbursementsv1.AllocationRound](t, "simulate")(by.rounds.SimulateAllocationRound(ctx, simulate))
	b.open(10_000) // another round stands between
	b.ledger.SetAvailable("general", 0)
	again := must[*disbursementsv1.AllocationRound](t, "create again")(by.rounds.CreateAllocationRound(ctx, create))
	if again.GetName() != first.GetName() || again.GetState() != disbursementsv1.AllocationRoundState_ALLOCATION_ROUND_STATE_SIMULATED {
		t.Errorf("created again: %v", again)
	}
	again = must[*disbursementsv1.AllocationRound](t, "simulate again")(by.rounds.SimulateAllocationRound(ctx, simulate))
	if !proto.Equal(again, simulated) {
		t.Errorf("simulated again: %v, first %v", again, simulated)
	}
	changed := proto.Clone(create).(*disbursementsv1.CreateAllocationRoundRequest)
	changed.AllocationRound.Budgets[0].Amount = postingtest.Money(1)
	_, err := by.rounds.CreateAllocationRound(ctx, changed)
	refused(t, "same key, other request", err, "IDEMPOTENCY_KEY_REUSED")
}

// TestARefusedCommitAnswersItsRepeatAlike even where another reason to refuse it has
// come since.
func TestARefusedCommitAnswersItsRepeatAlike(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBench(t)
	b.families.need(1, 10_000)
	b.ledger.SetAvailable("general", 10_000)
	name := b.open(10_000)
	b.simulate(name)
	b.ledger.SetAvailable("general", 9_999)
	req := &disbursementsv1.CommitAllocationRoundRequest{Name: name, RequestId: key(), SnapshotDigest: b.snapshot(name)}
	for i := range 3 {
		_, err := b.approver("committer").rounds.CommitAllocationRound(ctx, req)
		refused(t, fmt.Sprintf("call %d", i), err, "INSUFFICIENT_FUNDS")
		b.ledger.SetDeficit("general", 100_01)
	}
	// A new key is a new order.
	b.ledger.SetDeficit("general", 0)
	b.ledger.SetAvailable("general", 10_000)
	req.RequestId = key()
	for range 2 {
		r := must[*disbursementsv1.AllocationRound](t, "commit")(b.approver("committer").rounds.CommitAllocationRound(ctx, req))
		if r.GetState() != disbursementsv1.AllocationRoundState_ALLOCATION_ROUND_STATE_COMMITTED {
			t.Errorf("round %v", r)
		}
	}
}

// TestListsAreOfWhatIsNamed filters by names of other things, and of nothing.
func TestListsAreOfWhatIsNamed(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBench(t)
	plan := b.planned(2)
	by := b.treasurer("reader")
	nothing := map[string]string{
		"round": "allocationRounds/" + id("r", 9), "plan": "paymentPlans/" + id("p", 9), "payment": "payments/" + id("y", 9),
	}
	awards := must[*disbursementsv1.ListAwardsResponse](t, "awards")(by.awards.ListAwards(ctx, &disbursementsv1.ListAwardsRequest{Source: &disbursementsv1.ListAwardsRequest_AllocationRound{AllocationRound: nothing["round"]}}))
	payments := must[*disbursementsv1.ListPaymentsResponse](t, "payments")(by.payments.ListPayments(ctx, &disbursementsv1.ListPaymentsRequest{Parent: nothing["plan"]}))
	if len(awards.GetAwards())+len(payments.GetPayments()) != 0 {
		t.Errorf("of nothing: %v, %v", awards, payments)
	}
	all := must[*disbursementsv1.ListPaymentsResponse](t, "payments")(by.payments.ListPayments(ctx, &disbursementsv1.ListPaymentsRequest{}))
	if len(all.GetPayments()) != 2 || all.GetPayments()[0].GetPaymentPlan() != plan {
		t.Errorf("all payments: %v", all)
	}
	for what, err := range map[string]error{
		"attempts of nothing":    errOf(by.payments.ListAttempts(ctx, &disbursementsv1.ListAttemptsRequest{Parent: nothing["payment"]})),
		"files of nothing":       errOf(by.files.ListPaymentFiles(ctx, &disbursementsv1.ListPaymentFilesRequest{Parent: nothing["plan"]})),
		"allocations of nothing": errOf(by.rounds.ListAllocations(ctx, &disbursementsv1.ListAllocationsRequest{Parent: nothing["round"]})),
		"a statement of nothing": errOf(by.books.GetStatement(ctx, &disbursementsv1.GetStatementRequest{Name: "statements/" + id("st", 9)})),
		"an award of nothing":    errOf(by.awards.GetAward(ctx, &disbursementsv1.GetAwardRequest{Name: "awards/" + id("w", 9)})),
	} {
		refused(t, what, err, "NOT_FOUND")
	}
	for field, err := range map[string]error{
		"allocationRound": errOf(by.awards.ListAwards(ctx, &disbursementsv1.ListAwardsRequest{Source: &disbursementsv1.ListAwardsRequest_AllocationRound{AllocationRound: plan}})),
		"emergencyGrant":  errOf(by.awards.ListAwards(ctx, &disbursementsv1.ListAwardsRequest{Source: &disbursementsv1.ListAwardsRequest_EmergencyGrant{EmergencyGrant: plan}})),
		"parent":          errOf(by.payments.ListPayments(ctx, &disbursementsv1.ListPaymentsRequest{Parent: "allocationRounds/x"})),
		"name":            errOf(by.awards.GetAward(ctx, &disbursementsv1.GetAwardRequest{Name: plan})),
		"pageSize":        errOf(by.awards.ListAwards(ctx, &disbursementsv1.ListAwardsRequest{PageSize: -1})),
	} {
		violates(t, "a name of something else", err, field)
	}
}

// errOf drops the value beside an error.
func errOf[T any](_ T, err error) error { return err }

func TestAStatementBeyondTheBoundIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	stream, err := b.treasurer("importer").books.ImportStatement(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	chunk := make([]byte, 128<<10)
	for range 21 * 8 {
		if stream.Send(&disbursementsv1.ImportStatementRequest{Chunk: chunk}) != nil {
			break // CloseAndRecv tells why
		}
	}
	_, err = stream.CloseAndRecv()
	refused(t, "21 MiB", err, "STATEMENT_TOO_LARGE")
}
