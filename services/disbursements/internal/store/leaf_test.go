package store_test

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/planroot"
)

// TestEachPaymentIsProvedToBelongToItsPlan checks the proofs of a locked plan as families
// do, from what the rows say.
func TestEachPaymentIsProvedToBelongToItsPlan(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.inState(plan.Locked)
	p := d.plan(id)
	for i, paymentID := range slices.Sorted(slices.Values(d.payments(id))) {
		proof, err := d.store.ProofOf(ctx, id, paymentID)
		d.done("prove", err)
		y := d.payment(paymentID)
		leaf := planroot.Leaf{
			Plan: id, Rail: p.Rail, Sender: p.Sender, Payment: paymentID, Minor: y.Minor, Currency: y.Currency,
			Account: [32]byte(accounts[y.Family]),
		}
		for _, sh := range y.Shares {
			leaf.Shares = append(leaf.Shares, planroot.Share{Award: sh.Award, Minor: sh.Minor})
		}
		check := func(l planroot.Leaf) error {
			return planroot.Check(planroot.Hash(p.Digest), l.Hash(proof.Blind), proof.Index, proof.Count, proof.Path)
		}
		if err := check(leaf); err != nil || proof.Index != i {
			t.Errorf("payment %d: %v, %+v", i, err, proof)
		}
		leaf.Minor++
		if check(leaf) == nil {
			t.Error("another amount is proved")
		}
	}
	if _, err := d.store.ProofOf(ctx, id, "y_none"); err == nil {
		t.Error("a payment of no plan is proved")
	}
}

// TestALockIsPreparedOnceForWhatThePlanHolds prepares again, after nothing and after an
// edit: who repeats a lock must sign the same.
func TestALockIsPreparedOnceForWhatThePlanHolds(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	id := d.inState(plan.Draft)
	first, err := d.store.PrepareLock(ctx, id, "staff/s_maker", store.Found{Accounts: accounts})
	d.done("prepare", err)
	again, err := d.store.PrepareLock(ctx, id, "staff/s_maker", store.Found{})
	d.done("prepare again", err)
	if !bytes.Equal(first.Digest, again.Digest) || first.Minor != 15_000 || first.Version != 1 {
		t.Errorf("first %+v, again %+v", first, again)
	}
	d.done("edit", d.store.CancelPayment(ctx, d.payments(id)[0], "staff/s_maker"))
	edited, err := d.store.PrepareLock(ctx, id, "staff/s_maker", store.Found{Accounts: accounts})
	d.done("prepare edited", err)
	if bytes.Equal(first.Digest, edited.Digest) || edited.Minor >= 15_000 || edited.Version != 2 {
		t.Errorf("edited %+v", edited)
	}
	d.acts(id, plan.Lock)
	if !bytes.Equal(d.plan(id).Digest, edited.Digest) {
		t.Error("another digest was locked than prepared")
	}
	d.refused("prepare a locked plan", errOf(d.store.PrepareLock(ctx, id, "staff/s_maker", store.Found{Accounts: accounts})), "ILLEGAL_STATE")
	d.acts(id, plan.Submit, plan.Approve, plan.Unlock)
	d.refused("prepare by the approver", errOf(d.store.PrepareLock(ctx, id, hat(plan.Approve), store.Found{Accounts: accounts})), "SAME_PERSON")
}

// TestALockSignsWhatThePaymentsSay changes a payment between preparing and locking: the
// lock signs the rows, and the leaf that was kept proves nothing any more. With MACs it
// does not even come to that: see TestAPaymentThatAnotherHandChangedIsSignedAndPaidByNobody.
func TestALockSignsWhatThePaymentsSay(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	d.unchecked()
	id := d.inState(plan.Draft)
	prepared, err := d.store.PrepareLock(ctx, id, "staff/s_maker", store.Found{Accounts: accounts})
	d.done("prepare", err)
	d.exec(`UPDATE payments SET minor_units = minor_units + 1 WHERE plan_id = $1`, id)
	d.acts(id, plan.Lock)
	if bytes.Equal(d.plan(id).Digest, prepared.Digest) {
		t.Error("the lock signs what was prepared, whatever the rows say")
	}
}
