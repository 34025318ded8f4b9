package household

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/planroot"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Proof says where a payment's leaf stands in the tree of its plan.
type Proof struct {
	Blind        []byte
	Index, Count int
	Path         []planroot.Hash
}

// InPlan checks that the plan was decided about this payment to the account with a
// digest.
func (r Release) InPlan(account []byte) error {
	leaf := r.Leaf
	copy(leaf.Account[:], account)
	err := planroot.Check(planroot.Hash(r.Digest), leaf.Hash(r.Proof.Blind), r.Proof.Index, r.Proof.Count, r.Proof.Path)
	if err != nil {
		return fault.New(fault.Precondition, fault.ReasonNotInPlan,
			"The plan was decided about another payment, or another account of the family.").With(err)
	}
	return nil
}

// accountDigest is the HMAC under a family's own key of where it is paid: an account
// could be guessed from a plain hash.
func (s *Store) accountDigest(ctx context.Context, familyID, rail string, d destination.Details) ([]byte, error) {
	content := fmt.Appendf(nil, "%q\t%q\t%q\t%q\t%q\t%q\n", rail, d.AccountHolder, d.IBAN, d.BIC, d.Country, d.Town)
	return s.digest(ctx, seal.Family(familyID), "account", content)
}

// AccountDigests returns, for each family by id, the digest of where it is paid over a
// rail, cooled off or not; nil for one that has no such place.
func (s *Store) AccountDigests(ctx context.Context, rail string, familyIDs []string) ([][]byte, error) {
	rows, err := postgres.Many(ctx, s.db.Pool, "destinations", pgx.RowToStructByPos[sealedDestination], `
		SELECT family_id, destination_id, sealed FROM destinations
		WHERE family_id = ANY($1) AND rail = $2 AND state = 'CONFIRMED' ORDER BY destination_id DESC`, familyIDs, rail)
	if err != nil {
		return nil, err
	}
	digests := make([][]byte, len(familyIDs))
	for _, row := range rows {
		digest, err := s.rowDigest(ctx, rail, row)
		if fault.Is(err, fault.ReasonErased) || fault.Is(err, fault.ReasonSealBroken) {
			continue // the release will say so, for this payment alone
		}
		if err != nil {
			return nil, err
		}
		digests[slices.Index(familyIDs, row.FamilyID)] = digest
	}
	return digests, nil
}

// sealedDestination is a destination as its row has it.
type sealedDestination struct {
	FamilyID, ID string
	Sealed       []byte
}

func (s *Store) rowDigest(ctx context.Context, rail string, row sealedDestination) ([]byte, error) {
	var d destination.Details
	if err := s.open(ctx, destinationColumn.At(seal.Family(row.FamilyID), row.ID, 1), row.Sealed, &d); err != nil {
		return nil, err
	}
	return s.accountDigest(ctx, row.FamilyID, rail, d)
}
