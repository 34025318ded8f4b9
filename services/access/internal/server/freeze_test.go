package server_test

import (
	"testing"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// extend has somebody want a freeze to last some days more.
func (b *bench) extend(by, person string, days int) (*accessv1.Staff, error) {
	b.t.Helper()
	until := b.now.Now().AddDate(0, 0, days).UTC().Format(time.DateOnly)
	return b.person(by).ExtendFreeze(b.t.Context(), &accessv1.ExtendFreezeRequest{Name: person, Until: until})
}

// frozen reports whether every call of somebody is refused.
func (b *bench) frozen(subject string) bool {
	b.t.Helper()
	r, err := b.resolve(subject)
	if err != nil {
		b.t.Fatal(err)
	}
	return r.GetFrozen()
}

func TestAFreezeEndsAfterItsHoursInTheLogToo(t *testing.T) {
	t.Parallel()
	b := fund(t)
	tom := b.self("tom").GetName()
	if _, err := b.freeze("kasia", tom); err != nil || !b.frozen("tom") {
		t.Fatal(err)
	}
	b.now.advance(24*time.Hour - time.Minute)
	dutytest.Drain(t, b.db, b.server.Duties()...)
	if !b.frozen("tom") {
		t.Error("free before its 24 hours are over")
	}
	b.now.advance(2 * time.Minute)
	dutytest.Drain(t, b.db, b.server.Duties()...)
	if b.frozen("tom") || len(b.roles("tom")) != 2 {
		t.Errorf("after its 24 hours tom is %v", b.roles("tom"))
	}
	if last := b.ledger.Decisions()[len(b.ledger.Decisions())-1]; last.GetKind().String() != "DECISION_KIND_FREEZE_LIFTED" || last.GetPerson() != "" {
		t.Errorf("the last leaf is %v", last)
	}
}

func TestLiftingTakesTwoOneOfWhomDidNotFreeze(t *testing.T) {
	t.Parallel()
	b := fund(t)
	tom := b.self("tom").GetName()
	if _, err := b.unfreeze("kasia", tom); !fault.Is(err, "NOT_FROZEN") {
		t.Errorf("who is not frozen: %v", err)
	}
	if _, err := b.freeze("kasia", tom); err != nil {
		t.Fatal(err)
	}
	s, err := b.unfreeze("kasia", tom)
	if err != nil || s.GetFreeze().GetLifter() != b.self("kasia").GetName() || !b.frozen("tom") {
		t.Fatalf("lifted by who froze: %v, %v", s, err)
	}
	if s, err = b.unfreeze("karl", tom); err != nil || s.GetFreeze() != nil || b.frozen("tom") {
		t.Errorf("lifted by another one, too: %v, %v", s, err)
	}
	if got := b.roles("tom"); len(got) != 2 {
		t.Errorf("tom is %v", got)
	}
}

func TestAFreezeIsLengthenedByTwo(t *testing.T) {
	t.Parallel()
	b := fund(t)
	tom := b.self("tom").GetName()
	if _, err := b.freeze("kasia", tom); err != nil {
		t.Fatal(err)
	}
	for days, why := range map[int]fault.FieldReason{1: fault.FieldTooSmall, 31: fault.FieldTooLarge} {
		if _, err := b.extend("karl", tom, days); fault.As(err) == nil || fault.As(err).Violations[0].Reason != why {
			t.Errorf("to day %d: %v", days, err)
		}
	}
	s, err := b.extend("kasia", tom, 10)
	if err != nil || s.GetFreeze().GetExtender() == "" {
		t.Fatalf("%v: %v", s, err)
	}
	if s, err = b.extend("karl", tom, 10); err != nil || s.GetFreeze().GetExtender() != "" || len(s.GetFreeze().GetFreezers()) != 3 {
		t.Fatalf("%v: %v", s, err)
	}
	// Those two alone do not lift it.
	if _, err := b.unfreeze("kasia", tom); err != nil {
		t.Errorf("one who froze asks: %v", err)
	}
	if _, err := b.unfreeze("karl", tom); !fault.Is(err, "FREEZERS_ALONE") {
		t.Errorf("both who froze: %v", err)
	}
	b.now.advance(5 * 24 * time.Hour)
	dutytest.Drain(t, b.db, b.server.Duties()...)
	if !b.frozen("tom") {
		t.Error("free before the day that two gave")
	}
	b.now.advance(6 * 24 * time.Hour)
	dutytest.Drain(t, b.db, b.server.Duties()...)
	if b.frozen("tom") {
		t.Error("frozen after it")
	}
}

func TestNobodyFreezesTwoAtOnceOrOneAgainAlone(t *testing.T) {
	t.Parallel()
	b := fund(t)
	tom, karl := b.self("tom").GetName(), b.self("karl").GetName()
	if _, err := b.freeze("kasia", tom); err != nil {
		t.Fatal(err)
	}
	// A second person takes a second colleague,
	s, err := b.freeze("kasia", karl)
	if err != nil || b.frozen("karl") || len(s.GetFreeze().GetFreezers()) != 1 || s.GetFreeze().GetExpireTime() != nil {
		t.Fatalf("karl is frozen by kasia alone: %v, %v", s, err)
	}
	if _, err := b.freeze("kasia", karl); err != nil || b.frozen("karl") {
		t.Fatalf("by kasia twice: %v", err)
	}
	if _, err := b.freeze(olga, karl); err != nil || !b.frozen("karl") {
		t.Errorf("by kasia and olga: %v", err)
	}
	// and so does a second freeze of the same person within a week.
	b.now.advance(3 * 24 * time.Hour)
	dutytest.Drain(t, b.db, b.server.Duties()...)
	if b.frozen("tom") || b.frozen("karl") {
		t.Fatal("a freeze is not over")
	}
	for by, want := range map[string]bool{olga: false} {
		if _, err := b.freeze(by, tom); err != nil || b.frozen("tom") != want {
			t.Errorf("frozen anew by %s: %v", by, err)
		}
	}
	if _, err := b.freeze("karl", tom); err != nil || !b.frozen("tom") {
		t.Errorf("frozen anew by two: %v", err)
	}
}
