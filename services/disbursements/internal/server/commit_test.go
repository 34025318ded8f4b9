package server_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

func TestASecondCommitChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.committed(2)
	_, err := b.commit(name)
	refused(t, "second commit", err, "ILLEGAL_STATE")
	if n := b.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_AWARD); n != 2 {
		t.Errorf("%d awards booked", n)
	}
}

func TestARepeatedCommitIsAnsweredWithTheSameRound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.ledger.SetAvailable("general", 10_000)
	name := b.open(10_000)
	b.simulate(name)
	req := &disbursementsv1.CommitAllocationRoundRequest{Name: name, RequestId: key(), SnapshotDigest: b.snapshot(name)}
	for range 2 {
		r, err := b.approver("committer").rounds.CommitAllocationRound(context.Background(), req)
		if err != nil || r.GetState() != disbursementsv1.AllocationRoundState_ALLOCATION_ROUND_STATE_COMMITTED {
			t.Fatalf("commit: %v, %v", r, err)
		}
	}
}

func TestNobodyCommitsASnapshotThatTheyDoNotName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.ledger.SetAvailable("general", 10_000)
	name := b.open(10_000)
	b.simulate(name)
	commit := func(digest []byte) error {
		_, err := b.approver("committer").rounds.CommitAllocationRound(context.Background(),
			&disbursementsv1.CommitAllocationRoundRequest{Name: name, RequestId: key(), SnapshotDigest: digest})
		return err
	}
	if f := fault.As(commit(nil)); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != "snapshotDigest" {
		t.Errorf("without a digest: %v", f)
	}
	refused(t, "another digest", commit(make([]byte, 32)), "SNAPSHOT_CHANGED")
}

// TestADeficitBookedAfterTheOrderRefusesTheRound books it between the check of the
// call and the work of the commit.
func TestADeficitBookedAfterTheOrderRefusesTheRound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.ledger.SetAvailable("general", 10_000)
	name := b.open(10_000)
	b.simulate(name)
	id := strings.TrimPrefix(name, "allocationRounds/")
	b.decide("committer", posting.RoundCommitted(posting.RoundStep{Round: id, Person: "s_committer", Digest: b.snapshot(name)}))
	if err := b.options.Store.OrderCommit(context.Background(), id, "staff/s_committer", b.snapshot(name), 0); err != nil {
		t.Fatal(err)
	}
	b.ledger.SetDeficit("general", 100_01)
	b.drain()
	r := must[*disbursementsv1.AllocationRound](t, "get")(b.treasurer("reader").rounds.GetAllocationRound(
		context.Background(), &disbursementsv1.GetAllocationRoundRequest{Name: name}))
	if r.GetState() != disbursementsv1.AllocationRoundState_ALLOCATION_ROUND_STATE_SIMULATED || r.GetRefusal() != disbursementsv1.AllocationRoundRefusal_ALLOCATION_ROUND_REFUSAL_FUND_IN_DEFICIT {
		t.Errorf("round: %v", r)
	}
	if b.families.states("APPROVED") != 1 || b.ledger.Sum("award:") != 0 || b.ledger.Sum("fund:") != 10_000 {
		t.Errorf("something changed: %v", b.ledger.Balances())
	}
	b.ledger.SetDeficit("general", 0)
	if _, err := b.commit(name); err != nil {
		t.Errorf("commit without the deficit: %v", err)
	}
}

func TestNotEnoughMoneyRefusesTheWholeRound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.families.need(2, 10_000)
	b.ledger.SetAvailable("general", 20_000)
	name := b.open(20_000)
	b.simulate(name)
	// Given a fund that shrank by a cent since the snapshot,
	b.ledger.SetAvailable("general", 19_999)
	// when the round is committed,
	_, err := b.commit(name)
	// then it is refused as a whole and nothing has changed.
	refused(t, "commit", err, "INSUFFICIENT_FUNDS")
	b.drain()
	r := must[*disbursementsv1.AllocationRound](t, "get")(b.treasurer("reader").rounds.GetAllocationRound(
		context.Background(), &disbursementsv1.GetAllocationRoundRequest{Name: name}))
	if r.GetState() != disbursementsv1.AllocationRoundState_ALLOCATION_ROUND_STATE_SIMULATED || r.GetRefusal() != disbursementsv1.AllocationRoundRefusal_ALLOCATION_ROUND_REFUSAL_INSUFFICIENT_FUNDS {
		t.Errorf("round: %v", r)
	}
	if b.families.states("APPROVED") != 2 || b.ledger.Sum("award:") != 0 || b.ledger.Sum("fund:") != 19_999 {
		t.Error("something changed")
	}
	// And with the money back it can be committed.
	b.ledger.SetAvailable("general", 20_000)
	if _, err := b.commit(name); err != nil {
		t.Errorf("commit again: %v", err)
	}
}

func TestNobodyCommitsTheirOwnRoundButWhoKnowsItsFamiliesMay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.ledger.SetAvailable("general", 10_000)
	name := b.open(10_000)
	b.simulate(name)
	commit := func(who string) error {
		_, err := b.person(who, policyv1.Role_ROLE_APPROVER, policyv1.Role_ROLE_TREASURER).rounds.CommitAllocationRound(
			context.Background(), &disbursementsv1.CommitAllocationRoundRequest{Name: name, RequestId: key(), SnapshotDigest: b.snapshot(name)})
		return err
	}
	refused(t, "commit by who opened it", commit("opener"), "SAME_PERSON")
	// And the database refuses it too.
	if _, err := b.db.Pool.Exec(context.Background(), `
		UPDATE allocation_rounds SET state = 'COMMITTING', commit_step = 'RESERVE', committed_by = 'staff/s_opener'`); err == nil {
		t.Error("the database lets who opened it commit")
	}
	// But the rule decides about the families, not the person: a round asks nobody what
	// they had to do with them.
	if err := commit("involved"); err != nil {
		t.Errorf("commit by who knows its family: %v", err)
	}
}

func TestFamiliesThatMayNotBePaidNowAreHeldBackAndNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	suspended := b.families.need(1, 10_000)
	b.families.need(2, 10_000)
	b.ledger.SetAvailable("general", 20_000)
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
	list := b.allocations(name)
	a := list[slices.IndexFunc(list, func(a *disbursementsv1.Allocation) bool { return a.GetAidRequest() == suspended.GetAidRequest() })]
	if a.GetOutcome() != disbursementsv1.AllocationOutcome_ALLOCATION_OUTCOME_HELD_BACK || a.GetHeldBackReason() != "FAMILY_SUSPENDED" {
		t.Errorf("allocation: %v", a)
	}
	if b.ledger.Sum("fund:general:available") != 10_000 || b.ledger.Sum("award:") != 10_000 || b.ledger.Sum("round:") != 0 {
		t.Errorf("balances: %v", b.ledger.Balances())
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
			b.ledger.SetAvailable("general", 20_000)
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
			if b.ledger.Sum("award:") != 10_000 || b.ledger.Sum("fund:") != 10_000 || b.ledger.Sum("round:") != 0 {
				t.Errorf("balances: %v", b.ledger.Balances())
			}
		})
	}
}

func TestADeficitBlocksTheFund(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.ledger.SetAvailable("general", 10_000)
	name := b.open(10_000)
	b.simulate(name)
	b.ledger.SetDeficit("general", 100_01)
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
		b.ledger.SetAvailable("general", 20_000)
		name := b.open(20_000)
		b.simulate(name)
		b.families.FailNext("ReserveRequests", after)
		for range 3 {
			b.ledger.FailNext("Post", after)
		}
		if r, err := b.commit(name); err != nil || r.GetState() != disbursementsv1.AllocationRoundState_ALLOCATION_ROUND_STATE_COMMITTING {
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
		if b.ledger.Sum("award:") != 20_000 || b.ledger.Count(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD) != 1 {
			t.Errorf("balances: %v", b.ledger.Balances())
		}
	}
}
