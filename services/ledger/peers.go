package ledger

import (
	"fmt"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/outside"
)

// Peers are the addresses of the services that a period's close is held against.
// They call the ledger too: connections are made at the first question only, so
// that all may start in any order.
type Peers struct {
	// DonationsAddr is the address of the donations service, which asks Stripe.
	DonationsAddr string `help:"Address of the donations service, which knows Stripe's balance when a period is closed." required:""`
	// DisbursementsAddr is the address of the disbursements service, which has the
	// bank statements.
	DisbursementsAddr string `help:"Address of the disbursements service, which knows the bank statements when a period is closed." required:""`
}

// dial connects to both and returns what ends the connections.
func (p Peers) dial(tls *mtls.Identity) (*outside.Holders, func(), error) {
	donations, err := rpc.Dial(p.DonationsAddr, tls.Client("donations"))
	if err != nil {
		return nil, nil, fmt.Errorf("donations: %w", err)
	}
	disbursements, err := rpc.Dial(p.DisbursementsAddr, tls.Client("disbursements"))
	if err != nil {
		donations.Close()
		return nil, nil, fmt.Errorf("disbursements: %w", err)
	}
	holders := outside.New(disbursementsv1.NewReconciliationServiceClient(disbursements), donationsv1.NewReconciliationServiceClient(donations))
	return holders, func() { donations.Close(); disbursements.Close() }, nil
}
