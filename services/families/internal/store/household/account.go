package household

import (
	"context"
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
func (s *Store) accountDigest(ctx context.Context, familyID string, d destination.Details) ([]byte, error) {
	content, err := d.Canonical()
	if err != nil {
		return nil, err
	}
	return s.digest(ctx, seal.Family(familyID), "account", content)
}

// Place is where a family can be paid: the digest of it, or why there is none.
type Place struct {
	Digest []byte
	Reason fault.Reason
}

// Places returns, for each family by id, where it is paid by a rail that takes some
// forms, cooled off or not.
func (s *Store) Places(ctx context.Context, accepted []destination.Accepted, familyIDs []string) ([]Place, error) {
	rows, err := postgres.Many(ctx, s.db.Pool, "destinations", pgx.RowToStructByPos[sealedDestination], `
		SELECT family_id, destination_id, form, sealed FROM destinations
		WHERE family_id = ANY($1) AND state = 'CONFIRMED' ORDER BY destination_id`, familyIDs)
	if err != nil {
		return nil, err
	}
	of := map[string][]sealedDestination{}
	for _, row := range rows {
		of[row.FamilyID] = append(of[row.FamilyID], row)
	}
	places := make([]Place, len(familyIDs))
	for i, id := range familyIDs {
		if places[i], err = s.place(ctx, id, accepted, of[id]); err != nil {
			return nil, err
		}
	}
	return places, nil
}

// sealedDestination is a destination as its row has it.
type sealedDestination struct {
	FamilyID, ID string
	Form         destination.Form
	Sealed       []byte
}

func (s *Store) place(ctx context.Context, familyID string, accepted []destination.Accepted, rows []sealedDestination) (Place, error) {
	confirmed := make([]destination.Destination, len(rows))
	for i, row := range rows {
		confirmed[i] = destination.Destination{ID: row.ID, Form: row.Form}
	}
	chosen, err := destination.Choose(confirmed, accepted)
	if err != nil {
		return Place{Reason: fault.As(err).Reason}, nil
	}
	row := rows[slices.IndexFunc(rows, func(r sealedDestination) bool { return r.ID == chosen.ID })]
	var d destination.Details
	err = s.open(ctx, destinationColumn.At(seal.Family(familyID), row.ID, 1), row.Sealed, &d)
	if fault.Is(err, fault.ReasonErased) || fault.Is(err, fault.ReasonSealBroken) {
		return Place{}, nil // the release will say so, for this payment alone
	}
	if err != nil {
		return Place{}, err
	}
	if err := destination.CheckTaken(d, accepted); err != nil {
		return Place{Reason: fault.As(err).Reason}, nil
	}
	digest, err := s.accountDigest(ctx, familyID, d)
	return Place{Digest: digest}, err
}
