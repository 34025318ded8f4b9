package staff_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// colleague holds roles since noon's day, without a rest.
func colleague(id string, roles ...staff.Role) staff.Member {
	m := staff.Member{ID: id}
	for _, role := range roles {
		g := staff.NewGrant(id, role, "s_x", 0, noon)
		g.State = staff.Confirmed
		m.Grants = append(m.Grants, g)
	}
	return m
}

func TestWhoIsAwakeInARole(t *testing.T) {
	t.Parallel()
	today := noon.Truncate(24 * time.Hour)
	for name, c := range map[string]struct {
		change func(m *staff.Member)
		want   bool
	}{
		"holds it":       {func(*staff.Member) {}, true},
		"away today":     {func(m *staff.Member) { m.AwayUntil = today }, false},
		"away yesterday": {func(m *staff.Member) { m.AwayUntil = today.AddDate(0, 0, -1) }, true},
		"frozen":         {func(m *staff.Member) { m.FrozenUntil = noon.Add(time.Second) }, false},
		"frozen before":  {func(m *staff.Member) { m.FrozenUntil = noon }, true},
		"resting":        {func(m *staff.Member) { m.Grants[0].RestsUntil = today.AddDate(0, 0, 1) }, false},
		"rested":         {func(m *staff.Member) { m.Grants[0].RestsUntil = today }, true},
		"only proposed":  {func(m *staff.Member) { m.Grants[0].State = staff.Proposed }, false},
		"another role":   {func(m *staff.Member) { m.Grants[0].Role = staff.Approver }, false},
	} {
		m := colleague("s_1", staff.Verifier)
		c.change(&m)
		if got := m.AwakeIn(staff.Verifier, noon); got != c.want {
			t.Errorf("%s: awake %t", name, got)
		}
	}
}

// five are the smallest fund.
func five() staff.Team {
	return staff.Team{
		colleague("s_c1", staff.Caseworker, staff.Verifier), colleague("s_c2", staff.Caseworker, staff.Verifier),
		colleague("s_o1", staff.Approver, staff.Treasurer, staff.ProtectionOfficer), colleague("s_o2", staff.Approver, staff.ProtectionOfficer),
		colleague("s_m", staff.Approver, staff.Treasurer),
	}
}

func TestOfficersGrantWhereTwoOfThemAreThereBesideWhoGetsIt(t *testing.T) {
	t.Parallel()
	away := five()
	away[3].AwayUntil = noon
	for name, c := range map[string]struct {
		team    staff.Team
		subject string
		want    bool
	}{
		"a newcomer":        {five(), "s_new", true},
		"an officer":        {five(), "s_o1", false},
		"with one away":     {away, "s_new", false},
		"to who is away":    {away, "s_o2", false},
		"in an empty place": {nil, "s_new", false},
	} {
		if got := c.team.ByOfficers(c.subject, noon); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestARoleWithoutWhichNobodyCouldGrantStays(t *testing.T) {
	t.Parallel()
	team := five()
	for _, m := range team {
		for _, g := range m.Grants {
			if !team.CouldGrant(g.ID, noon) {
				t.Errorf("without %s of %s nobody could grant", g.Role, m.ID)
			}
		}
	}
	officers := staff.Team{colleague("s_o1", staff.ProtectionOfficer), colleague("s_o2", staff.ProtectionOfficer)}
	if officers.CouldGrant(officers[0].Grants[0].ID, noon) || !officers.CouldGrant("", noon) {
		t.Error("one officer alone grants, or two do not")
	}
	desks := staff.Team{colleague("s_c", staff.Caseworker), colleague("s_m", staff.Treasurer), colleague("s_x", staff.Operator)}
	if !desks.CouldGrant("", noon) || desks.CouldGrant(desks[0].Grants[0].ID, noon) {
		t.Error("three of both desks cannot, or two can")
	}
	guests := append(staff.Team{colleague("s_a", staff.Auditor)}, desks[:2]...)
	if guests.CouldGrant("", noon) {
		t.Error("an auditor counts")
	}
}

func TestADeputyIsAnotherPersonOfTheDesk(t *testing.T) {
	t.Parallel()
	for deputy, ok := range map[string]bool{"s_c2": true, "s_c1": false, "s_m": false, "s_none": false} {
		if err := five().CheckDeputy("s_c1", deputy, noon); (err == nil) != ok {
			t.Errorf("%s: %v", deputy, err)
		}
	}
}

func TestWhatEndsSoonIsRemindedOfUntilItIsRenewed(t *testing.T) {
	t.Parallel()
	m := colleague("s_1", staff.Verifier)
	for days, want := range map[int]int{149: 0, 150: 1, 180: 1, 181: 0} {
		if got := m.Ending(noon.AddDate(0, 0, days)); len(got) != want {
			t.Errorf("on day %d: %v", days, got)
		}
	}
	at := noon.AddDate(0, 0, 160)
	renewed := staff.NewGrant("s_1", staff.Verifier, "s_2", 0, at)
	renewed.State = staff.Confirmed
	m.Grants = append(m.Grants, renewed)
	if got := m.Ending(at); len(got) != 0 {
		t.Errorf("renewed, %v ends", got)
	}
	if err := m.CheckFor(staff.Verifier, at); !fault.Is(err, "ROLE_HELD") {
		t.Errorf("renewed twice: %v", err)
	}
}
