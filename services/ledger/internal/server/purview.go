package server

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// purview is what one service may bring into the books: a service that was taken
// over cannot invent what belongs to another.
type purview struct {
	transactions []leaf.Kind
	decisions    []leaf.DecisionKind
}

// purviewOf returns the purview of a calling service; the empty name is this
// process itself.
func purviewOf(service string) purview {
	switch service {
	case "donations":
		return purview{
			transactions: []leaf.Kind{
				leaf.Donation, leaf.ProcessingFee, leaf.Clearing, leaf.BankGift, leaf.StripePayout, leaf.StripePayoutArrived,
				leaf.RefundStarted, leaf.RefundConfirmed, leaf.Dispute, leaf.DisputeWon, leaf.StripeTaking,
				leaf.FundRelease, leaf.Suspense, leaf.Reversal,
			},
			decisions: []leaf.DecisionKind{leaf.DecisionPolicyVersion},
		}
	case "disbursements":
		return purview{
			transactions: []leaf.Kind{
				leaf.RoundHold, leaf.RoundAward, leaf.RoundRelease, leaf.EmergencyGrant, leaf.AwardCancelled,
				leaf.AttemptSubmitted, leaf.AttemptSettled, leaf.AttemptFailed, leaf.AttemptReturned,
				leaf.CashAdvance, leaf.CashRest, leaf.CashLost, leaf.BankCharge, leaf.Interest, leaf.FX, leaf.Suspense,
			},
			decisions: []leaf.DecisionKind{
				leaf.DecisionPolicyVersion, leaf.DecisionRoundSnapshot, leaf.DecisionRoundCommitted, leaf.DecisionPlanLocked,
				leaf.DecisionPlanApproved, leaf.DecisionPlanAuthorized, leaf.DecisionPlanReleased,
			},
		}
	case "families":
		return purview{decisions: []leaf.DecisionKind{
			leaf.DecisionVerificationProposed, leaf.DecisionVerificationConfirmed, leaf.DecisionRequestApproved,
			leaf.DecisionPolicyVersion, leaf.DecisionUnsealing, leaf.DecisionErasure, leaf.DecisionReadLogRoot,
		}}
	case "access":
		return purview{decisions: []leaf.DecisionKind{leaf.DecisionGrant}}
	case "":
		return purview{decisions: []leaf.DecisionKind{
			leaf.DecisionAdjustmentProposed, leaf.DecisionAdjustmentApproved,
		}}
	default:
		return purview{}
	}
}

// reversible lets reversals undo only what the calling service may bring.
func reversible(ctx context.Context, drafts []book.Draft) {
	kinds := append([]leaf.Kind{}, purviewOf(identity.From(ctx).Service).transactions...)
	for i := range drafts {
		drafts[i].Reversible = kinds
	}
}

// ownReferences begins the references of what the ledger books by itself:
// adjustments, closes and keys.
const ownReferences = "ledger/"

// inPurview refuses what is not the calling service's to bring.
func inPurview(ctx context.Context, decisions []book.Decision, drafts []book.Draft) error {
	service := identity.From(ctx).Service
	p := purviewOf(service)
	for i, d := range decisions {
		if service != "" && strings.HasPrefix(d.Reference, ownReferences) {
			return reserved(fmt.Sprintf("decisions[%d].reference", i))
		}
	}
	for i, d := range drafts {
		if service != "" && strings.HasPrefix(d.Reference, ownReferences) {
			return reserved(fmt.Sprintf("transactions[%d].reference", i))
		}
	}
	for i, d := range decisions {
		if !slices.Contains(p.decisions, d.Kind) {
			return outside(fmt.Sprintf("decisions[%d].kind", i))
		}
	}
	for i, d := range drafts {
		if !slices.Contains(p.transactions, d.Kind) {
			return outside(fmt.Sprintf("transactions[%d].kind", i))
		}
	}
	return nil
}

// reserved refuses a reference that would keep the ledger from booking its own.
func reserved(field string) error {
	return fault.Field(field, "must not begin with ledger/, as the ledger's own do")
}

// outside refuses a kind that is another service's to bring.
func outside(field string) error {
	f := fault.New(fault.PermissionDenied, book.NotThisService, "This service may not bring entries of this kind into the books.")
	f.Violations = []fault.Violation{{Field: field, Description: "is a kind that another service brings"}}
	return f
}
