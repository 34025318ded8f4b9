// Package leaftest keeps decisions for tests as the ledger does: who decides is the
// person whose call it is, and a reference is taken once.
package leaftest

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// Ledger remembers decisions. Its zero value is empty; it is safe for concurrent use.
type Ledger struct {
	ledgerv1.PostingServiceClient

	mu        sync.Mutex
	decisions []*ledgerv1.DecisionDraft // guarded by mu
	away      error                     // guarded by mu
	then      func()                    // guarded by mu
}

// Then has f run after each decision of a person is recorded, before the answer.
func (l *Ledger) Then(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.then = f
}

// Away has all calls fail with err from now on; nil brings the ledger back.
func (l *Ledger) Away(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = err
}

// Decisions are those recorded, in order.
func (l *Ledger) Decisions() []*ledgerv1.DecisionDraft {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]*ledgerv1.DecisionDraft(nil), l.decisions...)
}

// By are the persons who took decisions of a kind, in order.
func (l *Ledger) By(kind ledgerv1.DecisionKind) (people []string) {
	for _, d := range l.Decisions() {
		if d.GetKind() == kind && d.GetPerson() != "" {
			people = append(people, d.GetPerson())
		}
	}
	return people
}

// Record records decisions of the caller.
func (l *Ledger) Record(ctx context.Context, req *ledgerv1.RecordRequest, _ ...grpc.CallOption) (*ledgerv1.RecordResponse, error) {
	person := identity.From(ctx).Person
	if person == "" {
		return nil, fault.New(fault.Unauthenticated, fault.ReasonUnauthenticated, "A valid credential is needed.")
	}
	err := l.record(person, req.GetDecisions())
	l.mu.Lock()
	then := l.then
	l.mu.Unlock()
	if then != nil {
		then()
	}
	if err != nil {
		return nil, err
	}
	resp := &ledgerv1.RecordResponse{}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range req.GetDecisions() {
		resp.Decisions = append(resp.Decisions, &ledgerv1.Decision{Sequence: l.sequence(d.GetReference())})
	}
	return resp, nil
}

// Printed are policies of which there is no version yet.
type Printed struct{}

// Counts leaves a policy as it is printed.
func (Printed) Counts(context.Context, string, any) error { return nil }

// RecordByRule records decisions that nobody takes.
func (l *Ledger) RecordByRule(_ context.Context, req *ledgerv1.RecordByRuleRequest, _ ...grpc.CallOption) (*ledgerv1.RecordByRuleResponse, error) {
	return &ledgerv1.RecordByRuleResponse{}, l.record("", req.GetDecisions())
}

func (l *Ledger) record(person string, drafts []*ledgerv1.DecisionDraft) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away != nil {
		return l.away
	}
	for _, d := range drafts {
		known := l.find(d.GetReference())
		if known == nil {
			l.decisions = append(l.decisions, &ledgerv1.DecisionDraft{
				Reference: d.GetReference(), Kind: d.GetKind(), Person: person, Commitment: d.GetCommitment(),
			})
			continue
		}
		if known.GetPerson() != person || known.GetKind() != d.GetKind() || !bytes.Equal(known.GetCommitment(), d.GetCommitment()) {
			return fault.New(fault.AlreadyExists, fault.ReasonReferenceConflict, "The reference is booked with other content.")
		}
	}
	return nil
}

// sequence is called with mu held.
func (l *Ledger) sequence(reference string) int64 {
	return int64(slices.Index(l.decisions, l.find(reference)))
}

// find is called with mu held.
func (l *Ledger) find(reference string) *ledgerv1.DecisionDraft {
	for _, d := range l.decisions {
		if d.GetReference() == reference {
			return d
		}
	}
	return nil
}

// CheckLeaves says which decisions stand.
func (l *Ledger) CheckLeaves(_ context.Context, req *ledgerv1.CheckLeavesRequest, _ ...grpc.CallOption) (*ledgerv1.CheckLeavesResponse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away != nil {
		return nil, l.away
	}
	resp := &ledgerv1.CheckLeavesResponse{}
	for _, q := range req.GetLeaves() {
		checked := &ledgerv1.CheckedLeaf{State: ledgerv1.LeafState_LEAF_STATE_MISSING}
		if d := l.find(q.GetReference()); d != nil {
			checked.State = ledgerv1.LeafState_LEAF_STATE_DIFFERENT
			if len(q.GetCommitment()) == 0 || bytes.Equal(q.GetCommitment(), d.GetCommitment()) {
				checked = &ledgerv1.CheckedLeaf{State: ledgerv1.LeafState_LEAF_STATE_RECORDED, Sequence: l.sequence(d.GetReference()), Kind: d.GetKind(), Person: d.GetPerson()}
			}
		}
		resp.Leaves = append(resp.Leaves, checked)
	}
	return resp, nil
}

// CheckPlanDecisions takes every plan for decided.
func (l *Ledger) CheckPlanDecisions(context.Context, *ledgerv1.CheckPlanDecisionsRequest, ...grpc.CallOption) (*ledgerv1.CheckPlanDecisionsResponse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &ledgerv1.CheckPlanDecisionsResponse{}, l.away
}
