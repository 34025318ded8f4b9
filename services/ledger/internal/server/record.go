package server

import (
	"context"
	"fmt"
	"slices"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// Record records decisions of the person whose token the call carries.
func (s *Posting) Record(ctx context.Context, req *ledgerv1.RecordRequest) (*ledgerv1.RecordResponse, error) {
	person := identity.From(ctx)
	if person.Person == "" {
		return nil, fault.New(fault.Unauthenticated, fault.ReasonUnauthenticated, "A valid credential is needed.").With(fault.Cause("no person's token"))
	}
	for i, d := range req.GetDecisions() {
		if d.GetPerson() != "" || d.GetDay() != "" {
			return nil, fault.Field(fmt.Sprintf("decisions[%d].person", i), fault.FieldNotPossible, "must be left out, as the day: the ledger says it")
		}
	}
	today := leaf.DayOf(s.now())
	decisions, err := s.decisions(req.GetDecisions(), func(i int, d *book.Decision) error {
		d.Person, d.Day = person.Person, today
		if s.open {
			return nil
		}
		return s.mayTake(person, fmt.Sprintf("decisions[%d].kind", i), d.Kind)
	})
	if err != nil {
		return nil, err
	}
	out, replayed, err := s.recorded(ctx, decisions)
	return &ledgerv1.RecordResponse{Decisions: out, Replayed: replayed}, err
}

// mayTake checks that a person may take decisions of a kind.
func (s *Posting) mayTake(person identity.Caller, field string, kind leaf.DecisionKind) error {
	may := rule.OfDecision(kind)
	if may.Taken == rule.ByNobody {
		return fault.Field(field, fault.FieldUnknownValue, "must be a kind that a person takes")
	}
	holds := func(role leaf.Role) bool {
		for _, r := range person.Roles {
			if leaf.Role(r) == role {
				return true
			}
		}
		return false
	}
	if !may.MayTake(holds) && !(may.Lapsed && person.Lapsed) {
		f := fault.New(fault.PermissionDenied, fault.ReasonRoleMissing, "The person holds no role that this decision needs.")
		f.Violations = []fault.Violation{{Field: field, Reason: fault.FieldNotPossible, Description: "needs a role that the person does not hold"}}
		return f
	}
	if may.StepUp && !person.Fresh(s.now()) {
		return fault.StepUp()
	}
	return nil
}

// RecordByRule records decisions that nobody takes: whoever has a service's certificate
// decides nothing in anybody's name.
func (s *Posting) RecordByRule(ctx context.Context, req *ledgerv1.RecordByRuleRequest) (*ledgerv1.RecordByRuleResponse, error) {
	founding := slices.ContainsFunc(req.GetDecisions(), func(d *ledgerv1.DecisionDraft) bool {
		return d.GetKind() == ledgerv1.DecisionKind_DECISION_KIND_GRANT_CONFIRMED
	})
	decisions, err := s.decisions(req.GetDecisions(), func(i int, d *book.Decision) error {
		switch {
		case s.open:
			return nil
		case d.Person != "":
			return ofAPerson(fmt.Sprintf("decisions[%d].person", i))
		case rule.OfDecision(d.Kind).Taken == rule.BySomebody, d.Kind == leaf.DecisionStaff && !founding:
			return ofAPerson(fmt.Sprintf("decisions[%d].kind", i))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out, replayed, err := s.recorded(ctx, decisions)
	return &ledgerv1.RecordByRuleResponse{Decisions: out, Replayed: replayed}, err
}

// ofAPerson refuses what only a person decides, in their own call.
func ofAPerson(field string) error {
	f := fault.New(fault.PermissionDenied, book.NotThisService, "A person's decision is recorded in their own call.")
	f.Violations = []fault.Violation{{Field: field, Reason: fault.FieldNotPossible, Description: "is of a decision that a person takes"}}
	return f
}

// decisions reads drafts; check completes each of them, or refuses it. Whose kinds they
// are comes first.
func (s *Posting) decisions(drafts []*ledgerv1.DecisionDraft, check func(i int, d *book.Decision) error) ([]book.Decision, error) {
	if len(drafts) == 0 {
		return nil, fault.Field("decisions", fault.FieldRequired, "must not be empty")
	}
	if err := s.identities.bind(drafts); err != nil {
		return nil, err
	}
	decisions, err := Decisions(drafts, leaf.DayOf(s.now()))
	if err != nil {
		return nil, err
	}
	for i := range decisions {
		if !decisions[i].Kind.Known() {
			continue // refused by package book
		}
		if err := check(i, &decisions[i]); err != nil {
			return nil, err
		}
	}
	return decisions, nil
}

// recorded books decisions as one unit.
func (s *Posting) recorded(ctx context.Context, decisions []book.Decision) ([]*ledgerv1.Decision, []bool, error) {
	r, err := s.book(ctx, decisions, nil)
	if err != nil {
		return nil, nil, err
	}
	out := make([]*ledgerv1.Decision, len(r.Leaves))
	for i, l := range r.Leaves {
		out[i] = hashedDecision(l.Decision, r.Hashes[i])
	}
	return out, r.Replayed, nil
}

// CheckLeaves says which leaves stand in the log.
func (s *Posting) CheckLeaves(ctx context.Context, req *ledgerv1.CheckLeavesRequest) (*ledgerv1.CheckLeavesResponse, error) {
	queries := req.GetLeaves()
	if len(queries) == 0 || len(queries) > book.MaxUnit {
		return nil, fault.Field("leaves", fault.FieldWrongCount, "must be 1 to 500")
	}
	references := make([]string, len(queries))
	for i, q := range queries {
		if err := leaf.CheckReference(q.GetReference()); err != nil {
			return nil, fault.Field(fmt.Sprintf("leaves[%d].reference", i), fault.FieldMalformed, err.Error())
		}
		if n := len(q.GetCommitment()); n != 0 && n != 32 {
			return nil, fault.Field(fmt.Sprintf("leaves[%d].commitment", i), fault.FieldWrongLength, "must be exactly 32 bytes, or empty")
		}
		references[i] = q.GetReference()
	}
	found, err := s.books.LeavesOf(ctx, references)
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.CheckLeavesResponse{Leaves: make([]*ledgerv1.CheckedLeaf, len(queries))}
	for i, q := range queries {
		l, there := found[q.GetReference()]
		resp.Leaves[i] = checked(q, l, there)
	}
	return resp, nil
}

func checked(q *ledgerv1.LeafQuery, l leaf.Leaf, there bool) *ledgerv1.CheckedLeaf {
	d := l.Decision
	switch {
	case !there:
		return &ledgerv1.CheckedLeaf{State: ledgerv1.LeafState_LEAF_STATE_MISSING}
	case d == nil, len(q.GetCommitment()) > 0 && string(q.GetCommitment()) != string(d.Commitment[:]):
		return &ledgerv1.CheckedLeaf{State: ledgerv1.LeafState_LEAF_STATE_DIFFERENT}
	}
	return &ledgerv1.CheckedLeaf{
		State: ledgerv1.LeafState_LEAF_STATE_RECORDED, Sequence: d.Sequence, Kind: ledgerv1.DecisionKind(d.Kind), Person: d.Person, Day: d.Day.String(),
	}
}
