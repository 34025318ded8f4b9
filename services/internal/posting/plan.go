package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Decisions about rounds and payment plans. The ledger says who takes them, and when.

// RoundStep is a round whose snapshot somebody takes or commits.
type RoundStep struct {
	// Round is the round's id, Person the id of who takes the step.
	Round, Person string
	// Digest is the snapshot's.
	Digest []byte
}

// RoundSnapshot records that a snapshot was taken.
func RoundSnapshot(r RoundStep) *ledgerv1.DecisionDraft {
	return r.draft(ledgerv1.DecisionKind_DECISION_KIND_ROUND_SNAPSHOT, reference.Snapshot(r.Round, r.Digest))
}

// RoundCommitted records that it was committed.
func RoundCommitted(r RoundStep) *ledgerv1.DecisionDraft {
	return r.draft(ledgerv1.DecisionKind_DECISION_KIND_ROUND_COMMITTED, reference.Commit(r.Round, r.Digest, r.Person))
}

func (r RoundStep) draft(kind ledgerv1.DecisionKind, ref string) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{Reference: ref, Kind: kind, Resource: resource.AllocationRound.Of(r.Round), Commitment: r.Digest}
}

// PlanStep is a payment plan that somebody takes a step about.
type PlanStep struct {
	// Plan is the plan's id, Person the id of who takes the step.
	Plan, Person string
	// Version counts what was decided about anew, from 1.
	Version int
	// Digest is what the step is about.
	Digest []byte
}

// PlanLocked records that what a plan pays is fixed. The ledger answers how many
// persons it needs.
func PlanLocked(p PlanStep, l Lock) *ledgerv1.DecisionDraft {
	d := p.draft(ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED, "locked")
	d.Content = LockContent(l)
	return d
}

// PlanApproved records an approval.
func PlanApproved(p PlanStep) *ledgerv1.DecisionDraft {
	return p.draft(ledgerv1.DecisionKind_DECISION_KIND_PLAN_APPROVED, "approved")
}

// PlanAuthorized records an authorisation.
func PlanAuthorized(p PlanStep) *ledgerv1.DecisionDraft {
	return p.draft(ledgerv1.DecisionKind_DECISION_KIND_PLAN_AUTHORIZED, "authorized")
}

// PlanLooked records the n-th look at a family of a plan; the log does not say which.
func PlanLooked(p PlanStep, n int) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: reference.PlanLooked(p.Plan, p.Version, n, p.Person), Kind: ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOOKED,
		Resource: resource.PaymentPlan.Of(p.Plan), Commitment: p.Digest,
	}
}

// PlanReleased records a release.
func PlanReleased(p PlanStep) *ledgerv1.DecisionDraft {
	return p.draft(ledgerv1.DecisionKind_DECISION_KIND_PLAN_RELEASED, "released")
}

func (p PlanStep) draft(kind ledgerv1.DecisionKind, step string) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: reference.PlanStep(p.Plan, p.Version, step, p.Person), Kind: kind,
		Resource: resource.PaymentPlan.Of(p.Plan), Commitment: p.Digest,
	}
}

// PlanVoided records that nothing decided about a version of a plan counts any more,
// for the reason with a name of the contract's PlanVoidReason, without its prefix. It
// is one leaf, whoever records it.
func PlanVoided(p PlanStep, reason string) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: reference.PlanVoided(p.Plan, p.Version), Kind: ledgerv1.DecisionKind_DECISION_KIND_PLAN_VOIDED,
		Resource: resource.PaymentPlan.Of(p.Plan), Commitment: p.Digest,
		Content: &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_PlanVoid{PlanVoid: &ledgerv1.PlanVoidContent{
			Reason: ledgerv1.PlanVoidReason(ledgerv1.PlanVoidReason_value["PLAN_VOID_REASON_"+reason]),
		}}},
	}
}

// FileFetched records that a payment file with a digest is handed out for the n-th
// time.
func FileFetched(p PlanStep, file string, n int) *ledgerv1.DecisionDraft {
	return fetched(p, reference.FileFetched(p.Plan, file, n, p.Person))
}

// FileLeft is that a plan's file leaves. It is recorded before every fetching, and stands
// in the log once, by whoever was first.
func FileLeft(p PlanStep, file string) *ledgerv1.DecisionDraft {
	return fetched(p, reference.FileLeft(p.Plan, file))
}

func fetched(p PlanStep, name string) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: name, Kind: ledgerv1.DecisionKind_DECISION_KIND_FILE_FETCHED,
		Resource: resource.PaymentPlan.Of(p.Plan), Commitment: p.Digest,
	}
}
