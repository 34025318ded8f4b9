package server

import (
	"context"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// FreezeStaff refuses every call of a person for a day: first here, then in the log.
// Where it takes two, the leaves of both come first.
func (s *Server) FreezeStaff(ctx context.Context, req *accessv1.FreezeStaffRequest) (*accessv1.Staff, error) {
	target, by, err := about(ctx, req.GetName())
	if err != nil {
		return nil, err
	}
	outcome, err := s.Store.Freeze(ctx, target, by, s.Now())
	if err != nil {
		return nil, err
	}
	if outcome == store.TakesTwo {
		return s.freezeByTwo(ctx, target, by)
	}
	if err := s.recordFreeze(ctx, target, by); err != nil {
		s.Log.WarnContext(ctx, "the leaf of a freeze follows later", "person", target, "error", err)
	}
	return s.member(ctx, target)
}

// about reads whom a call is about, and who makes it.
func about(ctx context.Context, name string) (target, by string, err error) {
	if target, err = resource.Staff.ID("name", name); err != nil {
		return "", "", err
	}
	by, err = caller(ctx)
	return target, by, err
}

// recordFreeze records the freeze that a person has just made alone.
func (s *Server) recordFreeze(ctx context.Context, target, by string) error {
	f, err := s.openFreeze(ctx, target)
	if err != nil {
		return err
	}
	step := f.Steps[0]
	if step.Person != by || step.Sequence != nil {
		return nil
	}
	sequences, err := s.recordSoon(ctx, posting.Frozen(freezeLeaf(f, staff.StepFreeze, step.Until), by))
	if err != nil {
		return err
	}
	return s.Store.FreezeRecorded(ctx, f.ID, sequences[0])
}

// openFreeze returns the freeze of a person that is in force or waits for somebody, the
// zero Freeze where there is none.
func (s *Server) openFreeze(ctx context.Context, id string) (staff.Freeze, error) {
	open, err := s.Store.OpenFreezes(ctx, []string{id}, s.Now())
	return open[id], err
}

// freezeByTwo has the caller want a freeze that takes two.
func (s *Server) freezeByTwo(ctx context.Context, target, by string) (*accessv1.Staff, error) {
	f, err := s.Store.FreezeDraft(ctx, target, s.Now())
	if err != nil {
		return nil, err
	}
	return s.take(ctx, f, staff.StepFreeze, f.Until, by, posting.Frozen(freezeLeaf(f, staff.StepFreeze, f.Until), by),
		func(frozenUntil string) bool { return frozenUntil != "" })
}

// ExtendFreeze has the caller want a longer freeze.
func (s *Server) ExtendFreeze(ctx context.Context, req *accessv1.ExtendFreezeRequest) (*accessv1.Staff, error) {
	until, err := rpc.ParseDay("until", req.GetUntil())
	if err != nil {
		return nil, err
	}
	f, by, err := s.frozen(ctx, req.GetName(), staff.StepExtend, func(staff.Freeze) time.Time { return until })
	if err != nil {
		return nil, err
	}
	if err := f.CheckUntil(until, s.Now()); err != nil {
		return nil, err
	}
	return s.take(ctx, f, staff.StepExtend, until, by, posting.FreezeExtended(freezeLeaf(f, staff.StepExtend, until), by),
		func(frozenUntil string) bool { return frozenUntil >= staff.Day(until) })
}

// UnfreezeStaff has the caller want a freeze to be lifted. What the log does not have
// yet of the freeze comes first: else one person would lift it there.
func (s *Server) UnfreezeStaff(ctx context.Context, req *accessv1.UnfreezeStaffRequest) (*accessv1.Staff, error) {
	f, by, err := s.frozen(ctx, req.GetName(), staff.StepLift, func(f staff.Freeze) time.Time { return f.Until })
	if err != nil {
		return nil, err
	}
	if err := s.followFreeze(ctx, f.ID); err != nil {
		return nil, err
	}
	return s.take(ctx, f, staff.StepLift, f.Until, by, posting.FreezeLifted(lifted(f), by),
		func(frozenUntil string) bool { return frozenUntil == "" })
}

// frozen returns the freeze in force of a person, to which the caller can take a step
// with a day.
func (s *Server) frozen(ctx context.Context, name string, step staff.Step, until func(staff.Freeze) time.Time) (staff.Freeze, string, error) {
	target, by, err := about(ctx, name)
	if err != nil {
		return staff.Freeze{}, "", err
	}
	if _, err := s.Store.ByID(ctx, target, s.Now()); err != nil {
		return staff.Freeze{}, "", err
	}
	f, err := s.openFreeze(ctx, target)
	if err != nil {
		return staff.Freeze{}, "", err
	}
	return f, by, f.CheckSecond(step, until(f), by, s.Now())
}

// take records a step and asks the ledger whether it took effect: its leaves decide.
func (s *Server) take(ctx context.Context, f staff.Freeze, step staff.Step, until time.Time, by string, leaf *ledgerv1.DecisionDraft, took func(frozenUntil string) bool) (*accessv1.Staff, error) {
	sequences, err := s.record(ctx, leaf)
	if err != nil {
		return nil, err
	}
	all, err := s.all(ctx)
	if err != nil {
		return nil, err
	}
	effective := took(all[resource.Staff.Of(f.Staff)].GetFrozenUntil())
	err = s.Store.Take(ctx, f, staff.FreezeStep{Step: step, Until: until, Person: by, Sequence: &sequences[0]}, effective, s.Now())
	if err != nil {
		return nil, err
	}
	s.known.forget()
	return s.member(ctx, f.Staff)
}

// freezeLeaf is what the leaves of a step with a day say.
func freezeLeaf(f staff.Freeze, step staff.Step, until time.Time) posting.Freeze {
	return posting.Freeze{ID: f.ID, Staff: f.Staff, Until: staff.Day(until), Commitment: f.Commitment(step, until)}
}

// lifted is what the leaves say of a freeze that ends at once.
func lifted(f staff.Freeze) posting.Freeze {
	return posting.Freeze{ID: f.ID, Staff: f.Staff, Commitment: f.Commitment(staff.StepLift, f.Until)}
}

// ListFrozen says which of some people are frozen now.
func (s *Server) ListFrozen(ctx context.Context, req *accessv1.ListFrozenRequest) (*accessv1.ListFrozenResponse, error) {
	ids, err := staffIDs("people", req.GetPeople())
	if err != nil {
		return nil, err
	}
	frozen, err := s.Store.Frozen(ctx, ids, s.Now())
	if err != nil {
		return nil, err
	}
	resp := &accessv1.ListFrozenResponse{}
	for _, id := range frozen {
		resp.Frozen = append(resp.Frozen, resource.Staff.Of(id))
	}
	return resp, nil
}

// followFreeze records a freeze by one person whose own call did not reach the ledger.
func (s *Server) followFreeze(ctx context.Context, id string) error {
	f, err := s.Store.FreezeByID(ctx, id)
	if err != nil {
		return err
	}
	step := f.Steps[0]
	if step.Sequence != nil {
		return nil
	}
	sequences, err := s.recordByRule(ctx, posting.Following(posting.Frozen(freezeLeaf(f, staff.StepFreeze, step.Until), step.Person)))
	if err != nil {
		return err
	}
	return s.Store.FreezeRecorded(ctx, id, sequences[0])
}

// endFreeze records that the hours of a freeze are over: its leaves know days only. Of
// one that was lengthened the leaves have ended it already.
func (s *Server) endFreeze(ctx context.Context, id string) error {
	if err := s.followFreeze(ctx, id); err != nil && !fault.OfKind(err, fault.NotFound) {
		return err
	}
	f, err := s.Store.FreezeByID(ctx, id)
	if err != nil || f.State != staff.Frozen || f.InForce(s.Now()) {
		return err
	}
	if staff.Day(s.Now()) <= staff.Day(f.Until) {
		if _, err := s.recordByRule(ctx, posting.FreezeOver(lifted(f))); err != nil {
			return err
		}
	}
	s.known.forget()
	return s.Store.FreezeEnded(ctx, id)
}
