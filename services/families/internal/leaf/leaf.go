// Package leaf ties rows that decide about families to the ledger's log. A person's
// decision is recorded there first, in that person's own call; the row keeps nothing
// of it but what was decided, from which the leaf is made again whenever money hangs on
// the row. A row that was changed or made by hand has no leaf.
package leaf

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Posting is the part of the ledger that keeps decisions.
type Posting interface {
	// Record records decisions of the person whose token the call carries.
	Record(context.Context, *ledgerv1.RecordRequest, ...grpc.CallOption) (*ledgerv1.RecordResponse, error)
	// CheckLeaves says which leaves stand in the log.
	CheckLeaves(context.Context, *ledgerv1.CheckLeavesRequest, ...grpc.CallOption) (*ledgerv1.CheckLeavesResponse, error)
}

// Leaf is what the ledger knows of one version of a row: nothing that says whose.
type Leaf struct {
	// Reference is the HMAC of row and version, Commitment that of what was decided,
	// both under the family's key.
	Reference  string
	Commitment [32]byte
	// Decided says that it takes a verifier; what is proposed takes a caseworker.
	Decided bool
	// OfRound says that it is no row's, but the commit of an allocation round.
	OfRound bool
	// OfGrant says that it is no row's, but the approval of an emergency grant.
	OfGrant bool
}

// kind is the kind of decision that a leaf is.
func (l Leaf) kind() ledgerv1.DecisionKind {
	if l.OfGrant {
		return ledgerv1.DecisionKind_DECISION_KIND_EMERGENCY_APPROVED
	}
	if l.OfRound {
		return ledgerv1.DecisionKind_DECISION_KIND_ROUND_COMMITTED
	}
	if l.Decided {
		return ledgerv1.DecisionKind_DECISION_KIND_FAMILY_DECIDED
	}
	return ledgerv1.DecisionKind_DECISION_KIND_FAMILY_PROPOSED
}

// Record records leaves in the call of the person who decides. conflict is true where
// another decision has one of the references already.
func Record(ctx context.Context, p Posting, leaves ...Leaf) (conflict bool, err error) {
	req := &ledgerv1.RecordRequest{}
	for _, l := range leaves {
		req.Decisions = append(req.Decisions, &ledgerv1.DecisionDraft{Reference: l.Reference, Kind: l.kind(), Commitment: l.Commitment[:]})
	}
	_, err = p.Record(ctx, req)
	if fault.Is(err, fault.ReasonReferenceConflict) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("record decision: %w", err)
	}
	return false, nil
}

// Ground is one leaf that an effect rests on, or must not find.
type Ground struct {
	// Of is the row, for the alarm: "destinations de_…".
	Of string
	// Leaf is the leaf of the row as it stands.
	Leaf Leaf
	// By is who decided, by the row; empty for anybody but those in NotBy.
	By string
	// NotBy are those who must not have decided it.
	NotBy []string
	// Absent says that nothing may stand under the reference: the row has moved on
	// otherwise.
	Absent bool
}

// pageSize is how many leaves the ledger is asked for at once.
const pageSize = 500

// Missing asks the ledger for grounds and returns those that do not hold, by their
// place in the list.
func Missing(ctx context.Context, p Posting, grounds []Ground) (map[int]bool, error) {
	missing := map[int]bool{}
	for first := 0; first < len(grounds); first += pageSize {
		page := grounds[first:min(first+pageSize, len(grounds))]
		req := &ledgerv1.CheckLeavesRequest{}
		for _, g := range page {
			q := &ledgerv1.LeafQuery{Reference: g.Leaf.Reference}
			if !g.Absent {
				q.Commitment = g.Leaf.Commitment[:]
			}
			req.Leaves = append(req.Leaves, q)
		}
		resp, err := p.CheckLeaves(ctx, req)
		if err != nil {
			return nil, fmt.Errorf("ask for leaves: %w", err)
		}
		if len(resp.GetLeaves()) != len(page) {
			return nil, fmt.Errorf("ask for %d leaves: %d answers", len(page), len(resp.GetLeaves()))
		}
		for i, found := range resp.GetLeaves() {
			if !page[i].holds(found) {
				missing[first+i] = true
			}
		}
	}
	return missing, nil
}

// holds reports whether what the ledger has is what the ground asks for.
func (g Ground) holds(found *ledgerv1.CheckedLeaf) bool {
	if g.Absent {
		return found.GetState() == ledgerv1.LeafState_LEAF_STATE_MISSING
	}
	person := found.GetPerson()
	if found.GetState() != ledgerv1.LeafState_LEAF_STATE_RECORDED || found.GetKind() != g.Leaf.kind() || person == "" {
		return false
	}
	for _, other := range g.NotBy {
		if person == other {
			return false
		}
	}
	return g.By == "" || person == g.By
}

// WithoutLeaf is the fault for an effect that rests on a row which has no leaf.
func WithoutLeaf() error {
	return fault.New(fault.Precondition, fault.ReasonRowWithoutLeaf, "What this rests on was not decided as it stands; the operator has been told.")
}
