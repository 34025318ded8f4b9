package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// EmergencyStep is an emergency grant that somebody approves.
type EmergencyStep struct {
	// Grant is the grant's id, Person the id of who approves it.
	Grant, Person string
	// Digest is what they approve.
	Digest []byte
	// Amount is what it gives.
	Amount money.Amount
}

// EmergencyApproved records an approval. It takes two, of one content and by two
// persons, before the books let the grant give anything.
func EmergencyApproved(e EmergencyStep) *ledgerv1.DecisionDraft {
	return &ledgerv1.DecisionDraft{
		Reference: reference.EmergencyApproved(e.Grant, e.Person), Kind: ledgerv1.DecisionKind_DECISION_KIND_EMERGENCY_APPROVED,
		Resource: resource.EmergencyGrant.Of(e.Grant), Commitment: e.Digest,
		Content: &ledgerv1.DecisionContent{Content: &ledgerv1.DecisionContent_Emergency{Emergency: &ledgerv1.EmergencyContent{
			CurrencyCode: e.Amount.Currency, Amount: e.Amount.MinorUnits,
		}}},
	}
}

// EmergencyGrant gives an award what two persons have approved as the grant with an id,
// out of the fund for it: Fund is not looked at.
func EmergencyGrant(grant string, a AwardMoney) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_EMERGENCY_GRANT, reference.Emergency(grant), resource.EmergencyGrant.Of(grant), a.On,
		account.FundAvailable(account.EmergencyFund), account.Award(a.Award), a.Amount.MinorUnits, a.Amount.Currency)
}
