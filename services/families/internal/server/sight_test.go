package server_test

import (
	"slices"
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// readsFor has somebody read a family's file for a purpose.
func (b *bench) readsFor(person, name string, purpose familiesv1.UnsealPurpose, role policyv1.Role) error {
	_, err := b.as(person, role).families.UnsealFamily(b.t.Context(), &familiesv1.UnsealFamilyRequest{Name: name, Purpose: purpose})
	return err
}

func (b *bench) shows(name, person, plan string) error {
	_, err := b.disbursements().release.ShowFamily(b.t.Context(), &familiesv1.ShowFamilyRequest{Family: name, Person: person, Plan: plan})
	return err
}

func (b *bench) hides(name, person, plan string) {
	b.t.Helper()
	_, err := b.disbursements().release.HideFamily(b.t.Context(), &familiesv1.HideFamilyRequest{Family: name, Person: person, Plan: plan})
	must(b.t, err)
}

const look = familiesv1.UnsealPurpose_UNSEAL_PURPOSE_LOOK

func TestWhoLooksAtAFamilyForAPlanReadsItsFileForThreeDays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.verified()
	refused(t, "before", b.readsFor(vera, name, look, officerRole), "NOT_FOUND")
	// given somebody who looks, and nobody of the case
	refused(t, "its owner", b.shows(name, olga, "paymentPlans/p_1"), "SAME_PERSON")
	must(t, b.shows(name, vera, "paymentPlans/p_1"))
	// when they read it, then for that alone, it is on record, and nobody else does
	f, err := b.as(vera, officerRole).families.GetFamily(t.Context(), &familiesv1.GetFamilyRequest{Name: name})
	must(t, err)
	if !slices.Contains(f.GetAllowedActions(), "unseal") {
		t.Errorf("they are told of %v", f.GetAllowedActions())
	}
	must(t, b.readsFor(vera, name, look, officerRole))
	if f := fault.As(b.readsFor(vera, name, familiesv1.UnsealPurpose_UNSEAL_PURPOSE_CONTACT, officerRole)); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "purpose" {
		t.Errorf("for something else: %v", f)
	}
	if n := b.count(`SELECT count(*) FROM access_records WHERE person = $1 AND purpose = 'LOOK'`, vera); n != 1 {
		t.Errorf("%d reads are on record", n)
	}
	refused(t, "somebody else", b.readsFor(egor, name, look, verifierRole), "NOT_FOUND")
	refused(t, "somebody else's look", b.shows(name, egor, "paymentPlans/p_1"), "LOOK_TAKEN")
	// It ends with the look, or after three days, which a repeat does not lengthen.
	b.hides(name, egor, "paymentPlans/p_1") // not theirs
	must(t, b.readsFor(vera, name, look, officerRole))
	b.hides(name, vera, "paymentPlans/p_1")
	refused(t, "after the look", b.readsFor(vera, name, look, officerRole), "NOT_FOUND")
	must(t, b.shows(name, egor, "paymentPlans/p_1"))
	b.clock.pass(71 * time.Hour)
	must(t, b.shows(name, egor, "paymentPlans/p_1"))
	must(t, b.readsFor(egor, name, look, verifierRole))
	b.clock.pass(time.Hour)
	refused(t, "after three days", b.readsFor(egor, name, look, verifierRole), "NOT_FOUND")
	must(t, b.shows(name, vera, "paymentPlans/p_2"))
}
