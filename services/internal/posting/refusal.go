package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// RefusalStep is what one of two people says about the bank's refusal of an attempt.
type RefusalStep struct {
	// Plan and Payment are their ids, Number is that of the attempt.
	Plan, Payment string
	Number        int
	// Version counts how often the refusal was recorded, Person is the id of who takes the
	// step.
	Version int
	Person  string
	// Digest is what the service's secret makes of the bank's letter.
	Digest []byte
}

// RefusalRecorded records that somebody has the bank's letter.
func RefusalRecorded(r RefusalStep) *ledgerv1.DecisionDraft {
	return r.draft(reference.RefusalRecorded(r.Payment, r.Number, r.Version, r.Person))
}

// RefusalConfirmed records that somebody else has it, too.
func RefusalConfirmed(r RefusalStep) *ledgerv1.DecisionDraft {
	return r.draft(reference.RefusalConfirmed(r.Payment, r.Number, r.Version, r.Person))
}

func (r RefusalStep) draft(name string) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: name, Kind: ledgerv1.DecisionKind_DECISION_KIND_REFUSAL,
		Resource: resource.PaymentPlan.Of(r.Plan), Commitment: r.Digest,
	}
}
