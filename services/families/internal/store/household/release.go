package household

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/planroot"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/reason"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Release asks for a destination for one attempt of a payment.
type Release struct {
	// Payment and Plan are resource names of disbursements.
	Payment, Plan string
	// Attempt counts from 1.
	Attempt int
	// FamilyID is who is paid, Rail how, Amount what.
	FamilyID, Rail string
	Amount         money.Amount
	// Digest is what the plan's approvals signed, 32 bytes.
	Digest []byte
	// Leaf is what the plan says about the payment, without the account; Proof says
	// where it stands.
	Leaf  planroot.Leaf
	Proof Proof
}

// Checks are what a release is asked for beside the family's own rows.
type Checks struct {
	// Decided asks whether the plan's decisions stand in the ledger.
	Decided func(context.Context) error
	// InPlan checks that they are about this payment to the account with a digest.
	InPlan func(r Release, account []byte) error
}

// decideTime bounds the question whether a plan is decided.
const decideTime = 5 * time.Second

// ReleaseDestination is the one atomic check before money travels: it locks the
// family, checks everything, notes the attempt, and answers the same to a repeat,
// whatever has happened since. Whether the plan's decisions stand in the ledger is
// asked by Decided before the family is locked, so that a slow ledger holds up no
// family: the answer does not hang on the family, and a decision that is voided after
// it could be voided after the note just as well.
func (s *Store) ReleaseDestination(ctx context.Context, r Release, ask Checks) (destination.Details, error) {
	var d destination.Details
	if err := s.checkDecided(ctx, r, ask.Decided); err != nil {
		return d, err
	}
	err := s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		d, err = s.release(ctx, tx, r, ask)
		return err
	})
	if postgres.Violates(err, "releases_pkey") { // another family's call was faster
		return destination.Details{}, releaseConflict().With(err)
	}
	if err != nil {
		return destination.Details{}, fmt.Errorf("release destination for %s: %w", r.Payment, err)
	}
	return d, nil
}

// checkDecided asks for the decisions of a plan, unless the attempt was released
// before.
func (s *Store) checkDecided(ctx context.Context, r Release, decided func(context.Context) error) error {
	var repeated bool
	if err := s.db.Pool.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM releases WHERE payment = $1 AND attempt = $2)`, r.Payment, r.Attempt).Scan(&repeated); err != nil {
		return fmt.Errorf("look for release: %w", err)
	}
	if repeated {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, decideTime)
	defer cancel()
	if err := decided(ctx); err != nil {
		return fmt.Errorf("ask for the decisions: %w", err)
	}
	return nil
}

func (s *Store) release(ctx context.Context, tx pgx.Tx, r Release, ask Checks) (destination.Details, error) {
	f, err := lockFamily(ctx, tx, family.Scope{All: true}, r.FamilyID)
	if err != nil {
		return destination.Details{}, err
	}
	id, err := released(ctx, tx, r)
	if err != nil {
		return destination.Details{}, err
	}
	if id != "" {
		return s.openDestination(ctx, tx, r.FamilyID, id)
	}
	if id, err = s.checkRelease(ctx, tx, f, r.Rail); err != nil {
		return destination.Details{}, err
	}
	d, err := s.openDestination(ctx, tx, r.FamilyID, id)
	if err != nil {
		return d, err
	}
	account, err := s.accountDigest(ctx, r.FamilyID, r.Rail, d)
	if err != nil {
		return d, err
	}
	if err := ask.InPlan(r, account); err != nil {
		return destination.Details{}, err
	}
	return d, s.noteRelease(ctx, tx, r, id)
}

func (s *Store) noteRelease(ctx context.Context, tx pgx.Tx, r Release, destinationID string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO releases (payment, attempt, plan, family_id, destination_id, rail, amount, currency, digest, released_on)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		r.Payment, r.Attempt, r.Plan, r.FamilyID, destinationID, r.Rail, r.Amount.MinorUnits, r.Amount.Currency, r.Digest, s.today())
	return err
}

// released returns the destination that the attempt was given before, empty for
// none.
func released(ctx context.Context, tx pgx.Tx, r Release) (string, error) {
	n := Release{Payment: r.Payment, Attempt: r.Attempt}
	var id string
	err := tx.QueryRow(ctx, `
		SELECT destination_id, plan, family_id, rail, amount, currency, digest FROM releases
		WHERE payment = $1 AND attempt = $2`, r.Payment, r.Attempt).
		Scan(&id, &n.Plan, &n.FamilyID, &n.Rail, &n.Amount.MinorUnits, &n.Amount.Currency, &n.Digest)
	if postgres.IsNotFound(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for release: %w", err)
	}
	same := n.Plan == r.Plan && n.FamilyID == r.FamilyID && n.Rail == r.Rail && n.Amount == r.Amount && bytes.Equal(n.Digest, r.Digest)
	if !same {
		return "", releaseConflict()
	}
	return id, postgres.ReplayWrite(ctx, tx)
}

func releaseConflict() *fault.Fault {
	return fault.New(fault.AlreadyExists, reason.ReleaseConflict, "The attempt was released for something else.")
}

// checkRelease returns the destination that a locked family can be paid to.
func (s *Store) checkRelease(ctx context.Context, tx pgx.Tx, f family.Family, rail string) (string, error) {
	consented, err := s.hasConsent(ctx, tx, f.ID)
	if err != nil {
		return "", err
	}
	if err := aidrequest.CheckFundable(f.State, consented); err != nil {
		return "", err
	}
	confirmed, err := postgres.Many(ctx, tx, "destinations", plain(scanDestination), `SELECT `+destinationColumns+` FROM destinations
		WHERE family_id = $1 AND state = 'CONFIRMED' ORDER BY destination_id`, f.ID)
	if err != nil {
		return "", err
	}
	chosen, err := destination.Choose(confirmed, rail, s.now())
	return chosen.ID, err
}

func (s *Store) openDestination(ctx context.Context, tx pgx.Tx, familyID, id string) (destination.Details, error) {
	var d destination.Details
	var sealed []byte
	if err := tx.QueryRow(ctx, `SELECT sealed FROM destinations WHERE destination_id = $1`, id).Scan(&sealed); err != nil {
		return d, fmt.Errorf("read destination %s: %w", id, err)
	}
	err := s.open(ctx, destinationColumn.At(seal.Family(familyID), id, 1), sealed, &d)
	return d, err
}
