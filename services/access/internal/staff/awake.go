package staff

import (
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// MaxAway bounds for how many days ahead somebody says that they are away.
const MaxAway = 365

// Away reports whether the person says that they are away now.
func (m Member) Away(now time.Time) bool { return now.Before(m.AwayUntil.AddDate(0, 0, 1)) }

// AwakeIn reports whether the person can act in a role now: they hold it, it does not
// rest, and they are not away or frozen.
func (m Member) AwakeIn(role Role, now time.Time) bool {
	return !m.Away(now) && slices.ContainsFunc(m.Held(now), func(g Grant) bool { return g.Role == role && !now.Before(g.RestsUntil) })
}

// Has reports whether the person holds a role now.
func (m Member) Has(role Role, now time.Time) bool {
	return slices.ContainsFunc(m.Held(now), func(g Grant) bool { return g.Role == role })
}

// SharesDesk reports whether the person and another one sit at one desk now.
func (m Member) SharesDesk(other Member, now time.Time) bool {
	return slices.ContainsFunc(m.Held(now), func(g Grant) bool {
		return g.Role.Desk() != "" && slices.ContainsFunc(other.Held(now), func(h Grant) bool { return h.Role.Desk() == g.Role.Desk() })
	})
}

// CheckAway refuses a day until which somebody cannot be away, and a deputy without one.
func CheckAway(until time.Time, deputy string, now time.Time) error {
	today := now.UTC().Truncate(24 * time.Hour)
	switch {
	case until.IsZero() && deputy != "":
		return fault.Field("deputy", fault.FieldNotAllowed, "must be left out where nobody is away")
	case until.IsZero():
		return nil
	case until.Before(today):
		return fault.Field("until", fault.FieldInThePast, "must be today or later")
	case until.After(today.AddDate(0, 0, MaxAway)):
		return fault.Field("until", fault.FieldTooLarge, "must be at most 365 days ahead")
	}
	return nil
}

// Team are the people who hold something by their leaves.
type Team []Member

// Awake returns those who are awake in a role, but some people.
func (t Team) Awake(role Role, now time.Time, but ...string) []Member {
	var out []Member
	for _, m := range t {
		if m.AwakeIn(role, now) && !slices.Contains(but, m.ID) {
			out = append(out, m)
		}
	}
	return out
}

// ByOfficers reports whether what is granted to the person with an ID is the officers'
// to do: one of them proposes, and another confirms. Where fewer than two of them are
// there, any colleague proposes, and two of different desks confirm.
func (t Team) ByOfficers(subject string, now time.Time) bool {
	return len(t.Awake(ProtectionOfficer, now, subject)) > 1
}

// CheckDeputy refuses a deputy who could not take the cases of who is away.
func (t Team) CheckDeputy(away, deputy string, now time.Time) error {
	of := func(id string) Member {
		i := slices.IndexFunc(t, func(m Member) bool { return m.ID == id })
		if i < 0 {
			return Member{}
		}
		return t[i]
	}
	if away == deputy || !of(away).SharesDesk(of(deputy), now) {
		return fault.Field("deputy", fault.FieldNotPossible, "must be another person of the same desk")
	}
	return nil
}

// CouldGrant reports whether roles could still be granted, once everybody is back, if
// one grant were taken back: by two officers, or by a colleague and two others of
// different desks.
func (t Team) CouldGrant(without string, now time.Time) bool {
	officers, people, sits := 0, 0, map[Desk]int{}
	for _, m := range t {
		desks := map[Desk]bool{}
		officer := false
		for _, g := range m.Grants {
			if g.InForce(now) && g.ID != without && g.Role != Auditor {
				desks[g.Role.Desk()] = true
				officer = officer || g.Role == ProtectionOfficer
			}
		}
		for desk := range desks {
			sits[desk]++
		}
		if len(desks) > 0 {
			people++
		}
		if officer {
			officers++
		}
	}
	return officers > 1 || people > 2 && sits[CaseDesk] > 0 && sits[MoneyDesk] > 0
}

// OfficersAwake is the fault of a colleague who does what two officers can do.
func OfficersAwake() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonOfficersAwake, "Two protection officers are there who can do this.")
}

// NobodyCouldGrant is the fault of taking back a role without which nothing could be
// granted any more.
func NobodyCouldGrant() *fault.Fault {
	return fault.New(fault.Precondition, fault.ReasonNobodyCouldGrant, "Without this role nobody could grant any role any more.")
}
