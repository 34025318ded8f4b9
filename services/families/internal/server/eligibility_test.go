package server_test

import (
	"testing"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// enough asks, as donations does, whether a rule is for enough families.
func (b *bench) enough(rule string) (bool, error) {
	client := familiesv1.NewEligibilityServiceClient(b.As(identity.Caller{Service: "donations"}))
	resp, err := client.CheckRule(b.t.Context(), &familiesv1.CheckRuleRequest{Rule: rule})
	return resp.GetEnough(), err
}

// Nine families are too few, however many requests they have; ten are enough.
func TestARuleIsForTenFamiliesOrTooNarrow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var last string
	for range 9 {
		last = b.anotherVerified()
		b.approvedFor(last, 1)
	}
	b.approvedFor(last, 1)
	rule := `category == "` + newRequest().GetCategory().String()[len("AID_CATEGORY_"):] + `" && family.country == "LT"`
	if enough, err := b.enough(rule); enough || err != nil {
		t.Errorf("nine families, ten requests: %v, %v", enough, err)
	}
	b.approvedFor(b.anotherVerified(), 1)
	if enough, err := b.enough(rule); !enough || err != nil {
		t.Errorf("ten families: %v, %v", enough, err)
	}
	if enough, err := b.enough(`family.country == "PL"`); enough || err != nil {
		t.Errorf("another country: %v, %v", enough, err)
	}
	// All are counted, also where they come in pages.
	rows, err := b.households.Fundable(t.Context(), page.Page{Size: 3})
	if err != nil || len(rows) != 4 {
		t.Errorf("a page has %d rows, %v", len(rows), err)
	}
}

// Whoever could ask without end would find a family by its answers.
func TestOnlySoManyRulesAreChecked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for day := range 6 {
		for i := range 11 {
			_, err := b.enough("family.elderly")
			if over := i == 10 || day == 5; over != fault.Is(err, fault.ReasonRuleChecksUsedUp) || !over && err != nil {
				t.Fatalf("check %d of day %d: %v", i+1, day+1, err)
			}
			if i == 10 && (fault.As(err).RetryAfter <= 0 || fault.As(err).RetryAfter > 24*time.Hour) {
				t.Errorf("retry after %v", fault.As(err).RetryAfter)
			}
		}
		b.clock.pass(24 * time.Hour)
	}
	b.clock.pass(30 * 24 * time.Hour)
	if _, err := b.enough("family.elderly"); err != nil {
		t.Errorf("a month later: %v", err)
	}
	// What is no rule is none of the checks.
	for range 20 {
		if _, err := b.enough("family"); !fault.OfKind(err, fault.Invalid) {
			t.Fatalf("no rule: %v", err)
		}
	}
	if _, err := b.enough(""); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("nothing: %v", err)
	}
}
