package household

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/planroot"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
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
	// Accepted are the forms that the rail takes.
	Accepted []destination.Accepted
	// Digest is what the plan's approvals signed, 32 bytes.
	Digest []byte
	// Shares are what it is paid for.
	Shares []Share
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
	a, err := s.askBefore(ctx, r, ask)
	if err != nil {
		return d, err
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		d, err = s.release(ctx, tx, r, ask, a)
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

// askBefore asks the ledger for the decisions of a plan and for what the payment rests
// on, unless the attempt was released before.
func (s *Store) askBefore(ctx context.Context, r Release, ask Checks) (a asked, err error) {
	var repeated bool
	if err := s.db.Pool.QueryRow(ctx, `
		SELECT EXISTS (SELECT FROM releases WHERE payment = $1 AND attempt = $2)`, r.Payment, r.Attempt).Scan(&repeated); err != nil {
		return a, fmt.Errorf("look for release: %w", err)
	}
	if repeated {
		return a, nil
	}
	if err := s.checkDecided(ctx, ask.Decided); err != nil {
		return a, s.undecided(ctx, r, err)
	}
	return s.askRelease(ctx, r)
}

func (s *Store) checkDecided(ctx context.Context, decided func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, decideTime)
	defer cancel()
	if err := decided(ctx); err != nil {
		return fmt.Errorf("ask for the decisions: %w", err)
	}
	return nil
}

// undecided tells the operator of an account that was asked for and that no plan's people
// decided to pay to: somebody has written to the database of disbursements, or calls with
// its certificate.
func (s *Store) undecided(ctx context.Context, r Release, err error) error {
	if fault.Is(err, fault.ReasonDecisionsMissing) || fault.Is(err, fault.ReasonNotInPlan) {
		s.log.ErrorContext(ctx, "an account was asked for that no plan's people decided to pay to", "plan", r.Plan, "payment", r.Payment,
			"reason", fault.As(err).Reason, "alarm", true)
	}
	return err
}

// askRelease asks the ledger for what a payment rests on, before the family is locked.
// Where it cannot be paid to anyway there is nothing to ask: the check says why.
func (s *Store) askRelease(ctx context.Context, r Release) (a asked, err error) {
	grounds, _, err := s.releaseGrounds(ctx, s.db.Pool, r)
	if fault.As(err) != nil {
		return a, nil //nolint:nilerr // mayBePaid finds the same fault, and answers it
	}
	if err != nil {
		return a, err
	}
	a.grounds = [][]leaf.Ground{grounds}
	a.bad, err = s.unproven(ctx, a.grounds)
	return a, err
}

// releaseGrounds returns what a payment rests on, and the destination that it goes to.
func (s *Store) releaseGrounds(ctx context.Context, q postgres.Querier, r Release) ([]leaf.Ground, destination.Destination, error) {
	d, err := s.chooseDestination(ctx, q, r.FamilyID, r.Accepted)
	if err != nil {
		return nil, d, err
	}
	if d.Details, err = s.openDestination(ctx, q, r.FamilyID, d.ID); err != nil {
		return nil, d, err
	}
	if err := destination.CheckTaken(d.Details, r.Accepted); err != nil {
		return nil, d, err
	}
	ofFamily, err := s.standingOf(ctx, q, r)
	if err != nil || ofFamily == nil {
		return nil, d, err
	}
	ofAccount, err := s.destinationGrounds(ctx, r.FamilyID, d, d.Details)
	if err != nil {
		return nil, d, err
	}
	ofAwards, err := s.awardGrounds(ctx, q, r)
	return slices.Concat(ofFamily, ofAccount, ofAwards), d, err
}

func (s *Store) release(ctx context.Context, tx pgx.Tx, r Release, ask Checks, a asked) (destination.Details, error) {
	if _, err := s.lockFamily(ctx, tx, family.Scope{All: true}, r.FamilyID); err != nil {
		return destination.Details{}, err
	}
	id, err := released(ctx, tx, r)
	if err != nil {
		return destination.Details{}, err
	}
	if id != "" {
		return s.openDestination(ctx, tx, r.FamilyID, id)
	}
	d, err := s.mayBePaid(ctx, tx, r, a)
	if err != nil {
		return destination.Details{}, err
	}
	account, err := s.accountDigest(ctx, r.FamilyID, d.Details)
	if err != nil {
		return destination.Details{}, err
	}
	if err := ask.InPlan(r, account); err != nil {
		return destination.Details{}, s.undecided(ctx, r, err)
	}
	return d.Details, s.noteRelease(ctx, tx, r, d.ID)
}

// mayBePaid locks the family and checks everything about it: how it stands, where it is
// paid, and that all of this is what the ledger was asked for and has.
func (s *Store) mayBePaid(ctx context.Context, tx pgx.Tx, r Release, a asked) (destination.Destination, error) {
	f, err := s.lockFamily(ctx, tx, family.Scope{All: true}, r.FamilyID)
	if err != nil {
		return destination.Destination{}, err
	}
	if err := s.checkRelease(ctx, tx, f, r.emergency()); err != nil {
		return destination.Destination{}, err
	}
	grounds, d, err := s.releaseGrounds(ctx, tx, r)
	if err != nil {
		return d, err
	}
	if err := s.awarded(ctx, tx, r); err != nil {
		return d, err
	}
	if s.trusting {
		return d, nil
	}
	if len(a.grounds) == 0 || a.bad[0] != nil || !sameGrounds(grounds, a.grounds[0]) {
		s.alarm(ctx, append(a.bad[0], "families "+f.ID, "destinations "+d.ID))
		return d, leaf.WithoutLeaf()
	}
	return d, nil
}

func (s *Store) noteRelease(ctx context.Context, tx pgx.Tx, r Release, destinationID string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO releases (payment, attempt, plan, family_id, destination_id, rail, amount, currency, digest, shares, released_on)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		r.Payment, r.Attempt, r.Plan, r.FamilyID, destinationID, r.Rail, r.Amount.MinorUnits, r.Amount.Currency, r.Digest, r.Shares, s.today())
	if err != nil {
		return err
	}
	return s.unseenLeaves(ctx, tx, r)
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
	return fault.New(fault.AlreadyExists, fault.ReasonReleaseConflict, "The attempt was released for something else.")
}

// checkRelease checks that a locked family can be paid, in an emergency also one that is
// PROVISIONAL.
func (s *Store) checkRelease(ctx context.Context, tx pgx.Tx, f family.Family, emergency bool) error {
	consented, err := s.hasConsent(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	if emergency && f.State == family.Provisional {
		f.State = family.Verified
	}
	return aidrequest.CheckFundable(f.Of(f.State), consented)
}

// chooseDestination returns the destination that a family can be paid to now by a rail
// that takes some forms.
func (s *Store) chooseDestination(ctx context.Context, q postgres.Querier, familyID string, accepted []destination.Accepted) (destination.Destination, error) {
	confirmed, err := postgres.Many(ctx, q, "destinations", plain(scanDestination), `SELECT `+destinationColumns+` FROM destinations
		WHERE family_id = $1 AND state = 'CONFIRMED' ORDER BY destination_id`, familyID)
	if err != nil {
		return destination.Destination{}, err
	}
	d, err := destination.Choose(confirmed, accepted)
	if err != nil {
		return d, err
	}
	return d, destination.CheckUsable(d, s.now())
}

func (s *Store) openDestination(ctx context.Context, q postgres.Querier, familyID, id string) (destination.Details, error) {
	var d destination.Details
	var sealed []byte
	if err := q.QueryRow(ctx, `SELECT sealed FROM destinations WHERE destination_id = $1`, id).Scan(&sealed); err != nil {
		return d, fmt.Errorf("read destination %s: %w", id, err)
	}
	err := s.open(ctx, destinationColumn.At(seal.Family(familyID), id, 1), sealed, &d)
	return d, err
}
