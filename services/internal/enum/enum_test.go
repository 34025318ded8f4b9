package enum_test

import (
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/filter"
)

// everyWord checks that each value of an enum has a word of its own that leads
// back to it.
func everyWord[E enum.Enum](t *testing.T) {
	t.Helper()
	var zero E
	values, seen := zero.Descriptor().Values(), map[string]bool{}
	for i := range values.Len() {
		e := E(values.Get(i).Number())
		w := enum.Word(e)
		if seen[w] {
			t.Errorf("%s: %q is the word of two values", zero.Descriptor().FullName(), w)
		}
		seen[w] = true
		if got := enum.Value[E](w); got != e {
			t.Errorf("%s: %q leads to %d, want %d", zero.Descriptor().FullName(), w, got, e)
		}
	}
}

func TestEveryWordLeadsBackToItsValue(t *testing.T) {
	t.Parallel()
	everyWord[policyv1.Role](t)
	everyWord[familiesv1.FamilyState](t)
	everyWord[familiesv1.SuspensionReason](t)
	everyWord[disbursementsv1.PaymentFileDownloadReason](t) // nested, without its message's name
}

func TestAWordIsTheNameWithoutItsEnumsPrefix(t *testing.T) {
	t.Parallel()
	// given the word as a domain's own type
	type role string
	// then
	if got := enum.Word(policyv1.Role_ROLE_PROTECTION_OFFICER); got != "PROTECTION_OFFICER" {
		t.Errorf("got %q", got)
	}
	if got := enum.Value[policyv1.Role](role("TREASURER")); got != policyv1.Role_ROLE_TREASURER {
		t.Errorf("got %v", got)
	}
	for _, unknown := range []role{"", "TREASURERS", "ROLE_TREASURER"} {
		if got := enum.Value[policyv1.Role](unknown); got != policyv1.Role_ROLE_UNSPECIFIED {
			t.Errorf("%q is %v", unknown, got)
		}
	}
}

func TestAFilterNamesAValueAsAnswersShowItOrShort(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"VERIFIED": "VERIFIED", "FAMILY_STATE_VERIFIED": "VERIFIED", "FAMILY_STATE_FAMILY_STATE_VERIFIED": "",
		"": "", "FAMILY_STATE_": "", "UNSPECIFIED": "", "FAMILY_STATE_UNSPECIFIED": "", "verified": "", "ROLE_AUDITOR": "",
	} {
		if got, ok := filter.Words[familiesv1.FamilyState]()[text]; got != want || ok != (want != "") {
			t.Errorf("%q is %q, %v; want %q", text, got, ok, want)
		}
	}
}

func TestAValueThatTheContractDoesNotHaveIsRefusedByItsField(t *testing.T) {
	t.Parallel()
	required, optional := enum.RequiredWord[policyv1.Role], enum.OptionalWord[policyv1.Role]
	tests := []struct {
		name    string
		read    func(string, policyv1.Role) (string, error)
		value   policyv1.Role
		refused bool
	}{
		{"required, given", required, policyv1.Role_ROLE_AUDITOR, false},
		{"required, left out", required, policyv1.Role_ROLE_UNSPECIFIED, true},
		{"required, unknown", required, 999, true},
		{"optional, given", optional, policyv1.Role_ROLE_AUDITOR, false},
		{"optional, left out", optional, policyv1.Role_ROLE_UNSPECIFIED, false},
		{"optional, unknown", optional, 999, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w, err := test.read("roles[2]", test.value)
			f := fault.As(err)
			if test.refused != (f != nil && f.Violations[0].Field == "roles[2]") || w != enum.Word(test.value) {
				t.Errorf("got %q, %v", w, err)
			}
		})
	}
}
