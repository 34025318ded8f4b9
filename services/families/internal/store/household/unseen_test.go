package household_test

import (
	"slices"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/lot"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// wanting is an approved request of a family over an amount.
func (d *desk) wanting(familyID string, minor int64) aidrequest.Key {
	d.t.Helper()
	r, err := d.store.CreateAidRequest(d.as(owner), family.Scope{Person: owner}, aidrequest.Request{
		FamilyID: familyID, Category: "FOOD", Urgency: "NORMAL", Amount: postingtest.EUR(minor), Cycles: 1,
	})
	d.must(err)
	_, err = d.store.ApproveAidRequest(d.as(verifier), verifier, familyID, r.ID, "")
	d.must(err)
	return aidrequest.Key{FamilyID: familyID, RequestID: r.ID, Cycle: 1}
}

// reserves has a round reserve cycles, and returns why it gets each of them not.
func (d *desk) reserves(round string, keys ...aidrequest.Key) []aidrequest.Reason {
	d.t.Helper()
	held, err := d.store.Reserve(d.t.Context(), aidrequest.Commit{Round: "allocationRounds/" + round, Number: 1}, keys)
	d.must(err)
	reasons := make([]aidrequest.Reason, len(keys))
	for _, h := range held {
		reasons[slices.Index(keys, h.Key)] = h.Reason
	}
	return reasons
}

// seen is another family of the owner's, of which something was checked independently.
func (d *desk) seen() string {
	d.t.Helper()
	id := d.reviewed("staff/s_another")
	d.statement(`DELETE FROM case_parts WHERE person = 'staff/s_another'`)
	f, err := d.store.DecideVerification(d.as("staff/s_another"), "staff/s_another", id, verification.Confirmed, "LAWYER")
	d.must(err)
	if f.Check != "LAWYER" {
		d.t.Errorf("family is %+v", f)
	}
	return id
}

func TestWhatACaseworkerBringsToUnseenFamiliesIsCapped(t *testing.T) {
	t.Parallel()
	// Given two unseen families of one caseworker, and one that was seen,
	d := newDesk(t).payable()
	first, seen := d.family, d.seen()
	d.payable()
	second := d.family
	a, b, c, other := d.wanting(first, 300_000), d.wanting(second, 200_000), d.wanting(second, 1), d.wanting(seen, 900_000)

	// when rounds reserve for them, then both together get no more than the cap,
	if why := d.reserves("r_1", a, other); why[0] != "" || why[1] != "" {
		t.Errorf("held back: %v", why)
	}
	if why := d.reserves("r_2", b, c); why[0] != "" || why[1] != aidrequest.UnseenCapped {
		t.Errorf("held back: %v", why)
	}
	// nor while what they were given waits to be paid, however long,
	d.ahead += 60 * 24 * time.Hour
	if why := d.reserves("r_3", c); why[0] != aidrequest.UnseenCapped {
		t.Errorf("while nothing was paid held back: %v", why)
	}
	// nor in the days after that,
	d.leaves(a)
	d.ahead += 29 * 24 * time.Hour
	if why := d.reserves("r_4", c); why[0] != aidrequest.UnseenCapped {
		t.Errorf("29 days after the payment held back: %v", why)
	}
	// until thirty are over.
	d.ahead += 24 * time.Hour
	if why := d.reserves("r_5", c); why[0] != "" {
		t.Errorf("30 days after the payment held back: %v", why)
	}
}

// leaves has the account for a cycle given out, as its payment leaves.
func (d *desk) leaves(k aidrequest.Key) {
	d.t.Helper()
	d.must(d.released(k.FamilyID, k.RequestID))
}

// Who brings a family does not get room for another one by giving it away.
func TestWhatACaseworkerHandsOverStaysTheirsForTheCap(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	first := d.family
	d.payable()
	a, b := d.wanting(first, 400_000), d.wanting(d.family, 400_000)
	// given that one of two families is another's case now, and not even SQL says otherwise
	_, err := d.store.Transfer(d.as(owner), owner, first, "staff/s_another", []string{"staff/s_another"}, lot.Awake{})
	d.must(err)
	d.statement(`UPDATE families SET registered_by = 'staff/s_another' WHERE family_id = $1`, first)
	// then both together get no more than the cap
	if why := d.reserves("r_1", a, b); why[0] != "" || why[1] != aidrequest.UnseenCapped {
		t.Errorf("held back: %v", why)
	}
}

func TestWhatARoundGivesBackCountsNoMore(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	a, b := d.wanting(d.family, 400_000), d.wanting(d.family, 400_000)
	if why := d.reserves("r_1", a, b); why[0] != "" || why[1] != aidrequest.UnseenCapped {
		t.Errorf("held back: %v", why)
	}
	_, err := d.store.Unreserve(t.Context(), aidrequest.Commit{Round: "allocationRounds/r_1", Number: 1}, 100)
	d.must(err)
	if why := d.reserves("r_2", b); why[0] != "" {
		t.Errorf("once the other was given back: %v", why)
	}
}

// TestTheCapIsWhatBoundsThem runs without it.
func TestTheCapIsWhatBoundsThem(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	d.store.Blind()
	if why := d.reserves("r_1", d.wanting(d.family, 900_000)); why[0] != "" {
		t.Errorf("held back: %v", why)
	}
}

// TestACheckThatNobodyMadeIsNotWrittenBySQL has somebody say so in the database.
func TestACheckThatNobodyMadeIsNotWrittenBySQL(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	k := d.wanting(d.family, 900_000)
	d.statement(`UPDATE verifications SET independent_check = 'LAWYER' WHERE family_id = $1`, d.family)
	if why := d.reserves("r_1", k); why[0] != aidrequest.WithoutLeaf {
		t.Errorf("held back: %v", why)
	}
}
