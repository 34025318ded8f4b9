package store_test

import (
	"fmt"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// tried books drafts behind decisions, in a batch of their own by a store that remembers
// nothing, and returns why they were refused.
func tried(t *testing.T, s *store.Store, decisions []book.Decision, drafts ...book.Draft) error {
	t.Helper()
	u, err := book.NewUnit(decisions, drafts, today)
	if err != nil {
		t.Fatal(err)
	}
	outcomes, _, err := s.Batch(t.Context(), []book.Unit{u}, store.Memory{})
	if err != nil {
		t.Fatal(err)
	}
	return outcomes[0].Err
}

// What fees have made of a deficit is found among what earlier batches have booked, the
// reversal of a fee and earlier coverings with it.
func TestTheFeesBehindACoveringAreReadUnderTheLock(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	deficit := func(kind leaf.Kind, reference string, minor int64) book.Draft {
		return booktest.Draft(kind, reference, booktest.Debit("deficit:general", minor), booktest.Credit("asset:stripe", minor))
	}
	cover := func(reference string, minor int64) error {
		return tried(t, s, nil, booktest.Draft(leaf.DeficitCovered, reference, booktest.Debit("fund:operations:available", minor), booktest.Credit("deficit:general", minor)))
	}
	committed(t, s, nil, booktest.Draft(leaf.BankGift, "gift", booktest.Debit("asset:bank:main", 500), booktest.Credit("fund:operations:available", 500)),
		deficit(leaf.Dispute, "dispute", 500), deficit(leaf.ProcessingFee, "fee/1", 30), deficit(leaf.ProcessingFee, "fee/2", 20))
	committed(t, s, nil, booktest.Reversal("fee/2/reverse", "fee/2"))
	for _, c := range []struct {
		reference string
		minor     int64
		ok        bool
	}{{"c/1", 31, false}, {"c/2", 20, true}, {"c/3", 11, false}, {"c/4", 10, true}, {"c/5", 1, false}} {
		if err := cover(c.reference, c.minor); (err == nil) != c.ok || err != nil && !fault.Is(err, fault.ReasonNoDeficit) {
			t.Errorf("%s of %d: %v", c.reference, c.minor, err)
		}
	}
	audit(t, s)
}

// What emergencies got is added up over what earlier batches have booked.
func TestEmergenciesOfEarlierBatchesAreCounted(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	committed(t, s, nil, booktest.Draft(leaf.BankGift, "gift", booktest.Debit("asset:bank:main", 500_000), booktest.Credit("fund:emergency:available", 500_000)))
	give := func(id string, minor int64) error {
		name := "emergencyGrants/" + id
		one, two := said(leaf.DecisionEmergencyApproved, name, "staff/a"), said(leaf.DecisionEmergencyApproved, name, "staff/b")
		one.Content, two.Content = &leaf.Emergency{Currency: "EUR", Amount: minor}, &leaf.Emergency{Currency: "EUR", Amount: minor}
		two.Reference += "/2"
		d := booktest.Draft(leaf.EmergencyGrant, name+"/grant", booktest.Debit("fund:emergency:available", minor), booktest.Credit("award:w_"+id, minor))
		d.Source = name
		return tried(t, s, []book.Decision{one, two}, d)
	}
	for i := range 10 {
		if err := give(fmt.Sprintf("e_%d", i), 30_000); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if err := give("e_x", 1); !fault.Is(err, fault.ReasonEmergencyCapReached) {
		t.Errorf("above what a month has: %v", err)
	}
	audit(t, s)
}

func TestTheStoreHasPoliciesSeenBeforeTheyHold(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	s.PoliciesAfter(2)
	for first, ok := range map[leaf.Day]bool{1: false, 2: true} {
		d := said(leaf.DecisionPolicyProposed, fmt.Sprintf("policies/hands/versions/%d", first), "staff/a")
		d.Content = &leaf.Policy{EffectiveOn: today + first, ApprovalDays: 7, Currencies: []leaf.Hands{{Currency: "EUR", Rows: []leaf.Row{{Persons: 2}}}}}
		if err := tried(t, s, []book.Decision{d}); (err == nil) != ok || err != nil && !fault.Is(err, fault.ReasonNotDecidable) {
			t.Errorf("in force after %d days: %v", first, err)
		}
	}
}
