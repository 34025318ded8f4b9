package server

import (
	"context"
	"slices"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

func roleFromProto(field string, r policyv1.Role) (staff.Role, error) {
	role := staff.Role(enum.Word(r))
	if !role.Valid() {
		return "", fault.Field(field, fault.FieldUnknownValue, "must be a role of staff")
	}
	return role, nil
}

func rolesProto(grants []staff.Grant) []policyv1.Role {
	out := make([]policyv1.Role, len(grants))
	for i, g := range grants {
		out[i] = enum.Value[policyv1.Role](g.Role)
	}
	slices.Sort(out)
	return slices.Compact(out) // a renewed one is held twice for a time
}

// resting are the roles that are held by grants alone that rest.
func resting(grants []staff.Grant, now time.Time) []policyv1.Role {
	var rest, rested []staff.Grant
	for _, g := range grants {
		if now.Before(g.RestsUntil) {
			rest = append(rest, g)
		} else {
			rested = append(rested, g)
		}
	}
	awake := rolesProto(rested)
	return slices.DeleteFunc(rolesProto(rest), func(r policyv1.Role) bool { return slices.Contains(awake, r) })
}

func (s *Server) memberProto(ctx context.Context, m staff.Member, f staff.Freeze, l look) *accessv1.Staff {
	out := &accessv1.Staff{
		Name: resource.Staff.Of(m.ID), State: enum.Value[accessv1.StaffState](m.State), CreateTime: rpc.Moment(m.Created),
		Proposer: nameOf(m.Proposer), Confirmers: namesOf(m.Confirmers), FreezeExpireTime: rpc.Moment(m.FrozenUntil), Freeze: freezeProto(f),
	}
	if m.Away(l.now) {
		out.AwayUntil = staff.Day(m.AwayUntil)
		out.Deputy = nameOf(m.Deputy)
	}
	out.AllowedActions, out.BlockedActions = s.acts.members.Of(identity.From(ctx), seenMember{m, f, l, officer(ctx)})
	for _, g := range m.Grants {
		out.Grants = append(out.Grants, s.grantProto(ctx, g, l))
	}
	for _, g := range m.Ending(l.now) {
		out.Reminders = append(out.Reminders, &accessv1.Reminder{Grant: g.Name(), Role: enum.Value[policyv1.Role](g.Role), Until: staff.Day(g.Until)})
	}
	return out
}

// freezeProto writes an open freeze; nothing for the zero one.
func freezeProto(f staff.Freeze) *accessv1.Freeze {
	if f.ID == "" {
		return nil
	}
	out := &accessv1.Freeze{Freezers: namesOf(f.Freezers())}
	if f.State == staff.Frozen {
		out.ExpireTime = rpc.Moment(f.Expires)
	}
	extender, until := f.Asking(staff.StepExtend)
	lifter, _ := f.Asking(staff.StepLift)
	out.Extender, out.Lifter = nameOf(extender), nameOf(lifter)
	if extender != "" {
		out.ExtendUntil = staff.Day(until)
	}
	return out
}

func nameOf(id string) string {
	if id == "" {
		return ""
	}
	return resource.Staff.Of(id)
}

func namesOf(ids []string) []string {
	var names []string
	for _, id := range ids {
		names = append(names, nameOf(id))
	}
	return names
}

func announcementProto(a staff.Announcement) *accessv1.Announcement {
	out := &accessv1.Announcement{
		Kind: enum.Value[accessv1.AnnouncementKind](a.Kind), Staff: nameOf(a.Staff), Actor: nameOf(a.Actor), CreateTime: rpc.Moment(a.At),
	}
	if a.Role != "" {
		out.Role = enum.Value[policyv1.Role](a.Role)
	}
	return out
}

func (s *Server) grantProto(ctx context.Context, g staff.Grant, l look) *accessv1.Grant {
	out := &accessv1.Grant{
		Name: g.Name(), Role: enum.Value[policyv1.Role](g.Role), State: enum.Value[accessv1.GrantState](g.State),
		From: staff.Day(g.From), Until: staff.Day(g.Until), RestsUntil: staff.Day(g.RestsUntil),
		LeafSequences: g.Leaves, CreateTime: rpc.Moment(g.Created),
	}
	out.Proposer, out.Confirmers, out.Revokers = nameOf(g.Proposer), namesOf(g.Confirmers), namesOf(g.Revokers)
	out.AllowedActions, out.BlockedActions = s.acts.grants.Of(identity.From(ctx), seenGrant{g, l, officer(ctx)})
	return out
}
