package server

import (
	"context"
	"slices"
	"sync"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// acts are what people can do with each other and with grants.
type acts struct {
	members     action.Table[staff.State, seenMember]
	grants      action.Table[staff.State, seenGrant]
	engagements action.Table[staff.EngagementState, seenEngagement]
}

// look is when somebody looks, and what they find of the others: read once, and only
// where it matters.
type look struct {
	now  time.Time
	team func() (staff.Team, error)
}

func (s *Server) look(ctx context.Context) look {
	return look{now: s.Now(), team: sync.OnceValues(func() (staff.Team, error) { return s.team(ctx) })}
}

// seenMember and seenGrant are as somebody finds them.
type seenMember struct {
	staff.Member
	freeze staff.Freeze
	look
	byOfficer bool // the one who looks enrols people as an officer
}

type seenGrant struct {
	staff.Grant
	look
	byOfficer bool // the one who looks grants roles as an officer
}

type seenEngagement struct {
	staff.Engagement
	look
}

func newActs() acts {
	anybody := []staff.State{staff.Proposed, staff.Confirmed}
	act := func(verb, method string, shut func(by string, m seenMember) error, in ...staff.State) action.Act[staff.State, seenMember] {
		return action.Act[staff.State, seenMember]{Verb: verb, Method: method, In: in, Shut: func(c identity.Caller, m seenMember) error {
			return shut(idOf(c), m)
		}}
	}
	return acts{
		members: action.New(
			act(string(staff.ConfirmStaff), accessv1.StaffService_ConfirmStaff_FullMethodName, mayConfirmStaff, staff.Open(staff.ConfirmStaff)...),
			act("setAway", accessv1.StaffService_SetAway_FullMethodName, maySetAway, staff.Confirmed),
			act("freeze", accessv1.StaffService_FreezeStaff_FullMethodName, mayFreeze, anybody...),
			act("extendFreeze", accessv1.StaffService_ExtendFreeze_FullMethodName, func(by string, m seenMember) error {
				return m.freeze.CheckSecond(staff.StepExtend, time.Time{}, by, m.now)
			}, anybody...),
			act("unfreeze", accessv1.StaffService_UnfreezeStaff_FullMethodName, func(by string, m seenMember) error {
				return m.freeze.CheckSecond(staff.StepLift, m.freeze.Until, by, m.now)
			}, anybody...)),
		grants: action.New(
			action.Act[staff.State, seenGrant]{
				Verb: string(staff.ConfirmGrant), Method: accessv1.StaffService_ConfirmGrant_FullMethodName,
				In: staff.Open(staff.ConfirmGrant), Shut: mayConfirm,
			},
			action.Act[staff.State, seenGrant]{
				Verb: string(staff.RevokeGrant), Method: accessv1.StaffService_RevokeGrant_FullMethodName,
				In: staff.Open(staff.RevokeGrant), Shut: mayRevoke,
			}),
		engagements: action.New(
			action.Act[staff.EngagementState, seenEngagement]{
				Verb: string(staff.ConfirmEngagement), Method: accessv1.StaffService_ConfirmEngagement_FullMethodName,
				In: staff.EngagementsIn(staff.ConfirmEngagement), Shut: func(c identity.Caller, e seenEngagement) error { return e.CheckConfirm(idOf(c), e.now) },
			},
			action.Act[staff.EngagementState, seenEngagement]{
				Verb: string(staff.EndEngagement), Method: accessv1.StaffService_EndEngagement_FullMethodName,
				In: staff.EngagementsIn(staff.EndEngagement), Shut: func(identity.Caller, seenEngagement) error { return nil },
			}),
	}
}

// idOf is the ID of a calling person.
func idOf(c identity.Caller) string {
	id, _ := resource.Staff.Cut(c.Person)
	return id
}

func mayConfirmStaff(by string, m seenMember) error {
	if err := m.CheckConfirm(by); err != nil {
		return err
	}
	if m.Enrolled() || m.ConfirmedBy(by) {
		return action.ErrNothing
	}
	return confirmable(m.Proposer, m.ID, m.byOfficer, m.look)
}

func maySetAway(by string, m seenMember) error {
	if by != m.ID {
		return denied()
	}
	return nil
}

func mayFreeze(_ string, m seenMember) error {
	if m.freeze.InForce(m.now) {
		return action.ErrNothing
	}
	return nil
}

func mayConfirm(c identity.Caller, g seenGrant) error {
	by := idOf(c)
	if err := g.CheckConfirm(by, g.now); err != nil {
		return err
	}
	if g.State == staff.Confirmed || g.ConfirmedBy(by) {
		return action.ErrNothing
	}
	return confirmable(g.Proposer, g.Staff, g.byOfficer, g.look)
}

func mayRevoke(c identity.Caller, g seenGrant) error {
	if g.State == staff.Revoked || slices.Contains(g.Revokers, idOf(c)) {
		return action.ErrNothing
	}
	return revocable(g.Grant, g.look)
}

// confirmable refuses a colleague's confirmation of what somebody has proposed for the
// person with the ID subject, where that was an officer and others are there to confirm it.
func confirmable(proposer, subject string, byOfficer bool, l look) error {
	if byOfficer {
		return nil
	}
	team, err := l.team()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(team, func(m staff.Member) bool { return m.ID == proposer })
	proposed := at >= 0 && team[at].Has(staff.ProtectionOfficer, l.now)
	if proposed && team.ByOfficers(subject, l.now) {
		return staff.OfficersAwake()
	}
	return nil
}

// revocable refuses to take back a grant that is over, or without which nobody could
// grant roles.
func revocable(g staff.Grant, l look) error {
	if g.State != staff.Confirmed {
		return nil
	}
	team, err := l.team()
	switch {
	case err != nil:
		return err
	case g.Over(l.now):
		return staff.Expired()
	case !team.CouldGrant(g.ID, l.now):
		return staff.NobodyCouldGrant()
	}
	return nil
}
