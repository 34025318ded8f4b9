package resource_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

func TestANameIsMadeAndRead(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		resource.Fund.Of("general"):                    "funds/general",
		resource.Transaction.Of("17"):                  "ledger/transactions/17",
		resource.AidRequest.Of("f_1", "a_2"):           "families/f_1/aidRequests/a_2",
		resource.AidRequest.Of(resource.Any, "a_2"):    "families/-/aidRequests/a_2",
		resource.PlanPayment.Of("p_1", "y_1"):          "paymentPlans/p_1/payments/y_1",
		resource.Allocation.Of("r_1", "7"):             "allocationRounds/r_1/allocations/7",
		resource.Sender.Of("sepa", "main"):             "rails/sepa/senders/main",
		resource.PrisonerImport.Of("i_1") + "/clashes": "prisonerImports/i_1/clashes",
	} {
		if name != want {
			t.Errorf("made %s, want %s", name, want)
		}
	}
	if id, ok := resource.Staff.Cut("staff/s_1"); id != "s_1" || !ok {
		t.Errorf("cut %s, %v", id, ok)
	}
	if id, ok := resource.Staff.Cut("partners/pt_1"); id != "" || ok {
		t.Errorf("cut %s, %v", id, ok)
	}
}

// What is made of ids is read as these ids, and by no other form.
func TestANameIsReadByItsOwnForm(t *testing.T) {
	t.Parallel()
	id := rapid.StringMatching(`[A-Za-z0-9_-]{1,64}`)
	rapid.Check(t, func(r *rapid.T) {
		parent, child := id.Draw(r, "parent"), id.Draw(r, "child")
		n := rapid.SampledFrom(names(t)).Draw(r, "form")
		if got, err := n.ID("name", n.Of(child)); got != child || err != nil {
			r.Fatalf("%s: %q was read as %q, %v", n, child, got, err)
		}
		c := rapid.SampledFrom(childNames(t)).Draw(r, "form of a child")
		gotParent, got, err := c.IDs("name", c.Of(parent, child))
		if gotParent != parent || got != child || err != nil {
			r.Fatalf("%s: %q, %q were read as %q, %q, %v", c, parent, child, gotParent, got, err)
		}
		for _, other := range names(t) {
			if _, err := other.ID("name", n.Of(child)); (err == nil) != (other == n) {
				r.Fatalf("%s read a name of %s", other, n)
			}
		}
	})
}

func TestOtherNamesAreRefusedNamingTheField(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"", "funds", "funds/", "fund/general", "funds/general/x", "/funds/general", "funds/a b", "funds/ä",
		"funds/'; DROP", "funds/*", "funds/{fund}", "funds/" + strings.Repeat("a", 65),
	} {
		_, err := resource.Fund.ID("designations[0].fund", name)
		f := fault.As(err)
		if f == nil || f.Violations[0].Field != "designations[0].fund" || f.Violations[0].Description != "must be a resource name of the form funds/*" {
			t.Errorf("%q: got %v", name, err)
		}
	}
	_, _, err := resource.AidRequest.IDs("name", "families/f_1/aidRequests/")
	if f := fault.As(err); f == nil || f.Violations[0].Description != "must be a resource name of the form families/*/aidRequests/*" {
		t.Errorf("a child without an id: %v", err)
	}
}
