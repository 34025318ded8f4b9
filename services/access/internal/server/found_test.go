package server_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAnInstallationIsFoundedOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	names, err := b.server.Found(t.Context(), []string{olga, oleg, "ora"})
	if err != nil || len(names) != 3 {
		t.Fatalf("%v: %v", names, err)
	}
	for _, subject := range []string{olga, oleg, "ora"} {
		if got := b.roles(subject); len(got) != 1 || got[0] != officer {
			t.Errorf("%s is %v", subject, got)
		}
	}
	for _, again := range [][]string{{olga, oleg, "ora"}, {olga, oleg}, {"eva", "ewa"}} {
		if _, err := b.server.Found(t.Context(), again); !fault.Is(err, "ALREADY_FOUNDED") {
			t.Errorf("again with %v: %v", again, err)
		}
	}
	if got := b.roles("eva"); len(got) > 0 {
		t.Errorf("eva is %v", got)
	}
}

func TestAFoundingThatBrokeOffIsFinishedByTheSameOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.ledger.FailNext("RecordByRule", true) // recorded, and the answer was lost
	if _, err := b.server.Found(t.Context(), []string{olga, oleg}); err == nil {
		t.Fatal("it did not break off")
	}
	if _, err := b.server.Found(t.Context(), []string{"eva", "ewa"}); !fault.Is(err, "ALREADY_FOUNDED") {
		t.Errorf("by others: %v", err)
	}
	if _, err := b.server.Found(t.Context(), []string{olga, oleg}); err != nil {
		t.Fatal(err)
	}
	if n := len(b.ledger.Decisions()); n != 4 {
		t.Errorf("%d leaves", n)
	}
	if got := b.roles(oleg); len(got) != 1 {
		t.Errorf("oleg is %v", got)
	}
}

func TestTwoOrThreeDifferentPeopleFound(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for field, subjects := range map[string][]string{
		"officers": {olga}, "officers[1]": {olga, olga}, "subject": {olga, ""},
	} {
		_, err := b.server.Found(t.Context(), subjects)
		if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != field {
			t.Errorf("%v: %v", subjects, err)
		}
	}
	if _, err := b.server.Found(t.Context(), []string{"a", "b", "c", "d"}); !fault.Is(err, "INVALID_FIELD") {
		t.Errorf("four: %v", err)
	}
}

// Rows that somebody wrote into an empty database hinder a founding, and are no
// founding.
func TestAFoundingInADatabaseAloneIsNone(t *testing.T) {
	t.Parallel()
	b := founded(t)
	other := newBench(t)
	other.exec(`INSERT INTO staff (id, identity, state, sequence, created_at) VALUES ('s_00000000000000000000000000', sha256('x'), 'CONFIRMED', 0, now())`)
	other.exec(`INSERT INTO role_grants (id, staff_id, role, state, from_day, until_day, rests_until, founded_sequence, created_at)
		VALUES ('g_00000000000000000000000000', 's_00000000000000000000000000', 'PROTECTION_OFFICER', 'CONFIRMED', current_date, current_date, current_date, 0, now())`)
	if _, err := other.server.Found(t.Context(), []string{olga, oleg}); !fault.Is(err, "ALREADY_FOUNDED") {
		t.Errorf("%v", err)
	}
	if len(b.roles(olga)) != 1 {
		t.Error("a founded one knows its officers")
	}
}
