package confirmation_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/families/internal/confirmation"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Under pressure a family gives another code: one that looks like a code and is
// never the right one.
func TestEveryRuleChangesEveryCode(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.StringMatching(`[0-9]{8}`).Draw(t, "code")
		rule := rapid.SampledFrom([]confirmation.Rule{
			confirmation.LastDigitUp, confirmation.FirstDigitUp, confirmation.LastDigitDown,
		}).Draw(t, "rule")
		altered := confirmation.Alter(rule, code)
		if altered == code || confirmation.CheckCode("code", altered) != nil {
			t.Fatalf("%s alters %s to %s", rule, code, altered)
		}
	})
}

func TestWithoutARuleNoCodeIsTheAlteredOne(t *testing.T) {
	t.Parallel()
	if altered := confirmation.Alter("", "00000000"); confirmation.CheckCode("code", altered) == nil {
		t.Errorf("%q could be given as a code", altered)
	}
}

func TestRulesAndVerdictsHaveOneSize(t *testing.T) {
	t.Parallel()
	for _, rule := range []confirmation.Rule{"", confirmation.LastDigitUp, confirmation.FirstDigitUp, confirmation.LastDigitDown} {
		if b := rule.Bytes(); len(b) != len(confirmation.Rule("").Bytes()) || confirmation.RuleOf(b) != rule {
			t.Errorf("%q is written as %q", rule, b)
		}
	}
	right, altered := confirmation.VerdictOf(true).Bytes(), confirmation.VerdictOf(false).Bytes()
	if len(right) != len(altered) || string(right) == string(altered) {
		t.Errorf("verdicts are %v and %v", right, altered)
	}
}

func TestNewCodesAreEightDigits(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		code := confirmation.NewCode()
		if err := confirmation.CheckCode("code", code); err != nil {
			t.Fatalf("%q: %v", code, err)
		}
		seen[code] = true
	}
	if len(seen) < 990 {
		t.Errorf("%d different codes of 1000", len(seen))
	}
}

func TestTriesAreCounted(t *testing.T) {
	t.Parallel()
	if err := confirmation.CheckTries(4, false); err != nil {
		t.Errorf("the fifth: %v", err)
	}
	if err := confirmation.CheckTries(5, false); !fault.Is(err, "TRIES_EXHAUSTED") {
		t.Errorf("the sixth: %v", err)
	}
	if err := confirmation.CheckTries(1, true); !fault.Is(err, "CODE_USED") {
		t.Errorf("after acceptance: %v", err)
	}
}
