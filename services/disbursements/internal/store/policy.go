package store

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/hands"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/versions"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// approvalDays is for how many days an approval counts that is given now.
func (s *Store) approvalDays(ctx context.Context, q postgres.Querier) (int, error) {
	p, err := s.policy(ctx, q)
	return p.ApprovalDays, err
}

// policy is what counts now of hands; before the first version it says only how long an
// approval counts. The ledger goes by its own leaves, whatever the row says.
func (s *Store) policy(ctx context.Context, q postgres.Querier) (hands.Policy, error) {
	p := hands.Policy{ApprovalDays: hands.ApprovalDays}
	v, err := versions.InForce(ctx, q, hands.Kind, s.now())
	if err != nil || v.Number == 0 {
		return p, err
	}
	return p, v.Read(&p)
}
