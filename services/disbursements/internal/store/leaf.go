package store

import (
	"context"
	"crypto/rand"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/internal/planroot"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// PlanFamilies lists the families that a plan pays.
func (s *Store) PlanFamilies(ctx context.Context, planID string) ([]string, error) {
	return familiesOf(ctx, s.db.Pool, planID)
}

// AvailableFamilies lists the families of a round's awards that no plan has.
func (s *Store) AvailableFamilies(ctx context.Context, roundID string) ([]string, error) {
	return postgres.Many(ctx, s.db.Pool, "families of round", pgx.RowTo[string], `
		SELECT DISTINCT family FROM awards WHERE round_id = $1 AND state = 'AVAILABLE' ORDER BY family`, roundID)
}

// Prepared is what a person who locks a plan signs.
type Prepared struct {
	Version  int
	Digest   []byte
	Currency string
	// Minor is the sum of the payments.
	Minor int64
}

// Found is what families say about those whom a plan pays.
type Found struct {
	// Accounts are the digests of where each is paid.
	Accounts map[string][]byte
	// Concentrated are those that somebody should look at for what they get.
	Concentrated []string
	// StandIns are those for whom too few are free to sign.
	StandIns []string
	// Near are those whose case everybody touched who is awake and may look.
	Near []string
}

// PrepareLock gives each payment of a plan in DRAFT its blinded leaf, with the digests
// of the families' accounts, and returns what the person signs. Until the plan is
// edited a repeat finds the same, whatever was changed at the families meanwhile.
func (s *Store) PrepareLock(ctx context.Context, planID, person string, found Found) (r Prepared, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		p, err := lockPlan(ctx, tx, planID)
		if err != nil {
			return err
		}
		by, err := partIn(ctx, tx, p, person)
		if err != nil {
			return err
		}
		if _, err := p.May(plan.Lock, by, s.now()); err != nil {
			return err
		}
		if p.Prepared != p.Version {
			if err := s.prepare(ctx, tx, p, found); err != nil {
				return err
			}
		}
		leaves, err := s.planLeaves(ctx, tx, p)
		if err != nil {
			return err
		}
		r = Prepared{Version: p.Version, Currency: p.Currency, Minor: p.Total}
		r.Digest, err = plan.Digest(leaves)
		return err
	})
	return r, err
}

// prepare blinds the payments of a plan, keeps the hashes of their leaves, and chooses
// whom somebody looks at.
func (s *Store) prepare(ctx context.Context, tx pgx.Tx, p plan.Plan, found Found) error {
	families, err := familiesOf(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	if err := s.chooseLooks(ctx, tx, p, families, found); err != nil {
		return err
	}
	list, err := s.planPayments(ctx, tx, p)
	if err != nil {
		return err
	}
	var ids []string
	var blinds, digests, hashes [][]byte
	for _, y := range list {
		y.Blind = make([]byte, planroot.BlindSize)
		rand.Read(y.Blind) // never fails: it aborts the program instead
		copy(y.Leaf.Account[:], found.Accounts[y.Family])
		hash := y.Leaf.Hash(y.Blind)
		ids, blinds = append(ids, y.Leaf.Payment), append(blinds, y.Blind)
		digests, hashes = append(digests, y.Leaf.Account[:]), append(hashes, hash[:])
	}
	if _, err := tx.Exec(ctx, `
		UPDATE payments y SET blind = n.blind, account_digest = n.digest, leaf = n.hash
		FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[]) AS n (id, blind, digest, hash) WHERE y.id = n.id`,
		ids, blinds, digests, hashes); err != nil {
		return fmt.Errorf("keep leaves: %w", err)
	}
	return exec(ctx, tx, "note preparation", `UPDATE payment_plans SET prepared = version WHERE id = $1`, p.ID)
}

// planPayment is what a plan says about a payment.
type planPayment struct {
	Leaf   planroot.Leaf
	Family string
	Blind  []byte
	MAC    []byte
}

// signed is what the MAC of the payment covers.
func (y planPayment) signed() *rowmac.Row {
	p := payment.Payment{ID: y.Leaf.Payment, PlanID: y.Leaf.Plan, Family: y.Family, Currency: y.Leaf.Currency, Minor: y.Leaf.Minor}
	for _, sh := range y.Leaf.Shares {
		p.Shares = append(p.Shares, payment.Share{Award: sh.Award, Minor: sh.Minor})
	}
	return signedPayment(p)
}

// planPayments reads the payments of a plan by id, none of which another hand has changed:
// nobody signs what this service has not written.
func (s *Store) planPayments(ctx context.Context, q postgres.Querier, p plan.Plan) ([]planPayment, error) {
	rows, err := q.Query(ctx, `
		SELECT y.id, y.family, y.minor_units, y.currency, y.blind, y.account_digest, y.mac, COALESCE(sh.award_id, ''), COALESCE(sh.minor_units, 0)
		FROM payments y LEFT JOIN payment_shares sh ON sh.payment_id = y.id
		WHERE y.plan_id = $1 AND y.state <> 'CANCELLED' ORDER BY y.id, sh.award_id`, p.ID)
	if err != nil {
		return nil, fmt.Errorf("read payments of plan: %w", err)
	}
	var list []planPayment
	var y planPayment
	var account []byte
	var sh planroot.Share
	_, err = pgx.ForEachRow(rows, []any{
		&y.Leaf.Payment, &y.Family, &y.Leaf.Minor, &y.Leaf.Currency, &y.Blind, &account, &y.MAC, &sh.Award, &sh.Minor,
	}, func() error {
		if n := len(list); n == 0 || list[n-1].Leaf.Payment != y.Leaf.Payment {
			next := y
			next.Leaf.Plan, next.Leaf.Rail, next.Leaf.Sender = p.ID, p.Rail, p.Sender
			copy(next.Leaf.Account[:], account)
			list = append(list, next)
		}
		if last := &list[len(list)-1]; sh.Award != "" {
			last.Leaf.Shares = append(last.Leaf.Shares, sh)
		}
		return nil
	})
	for _, y := range list {
		if err := s.rows.Check(ctx, y.signed(), y.MAC); err != nil {
			return nil, err
		}
	}
	return list, err
}

// planLeaves are the hashes of a plan's leaves, made of what its payments say now.
func (s *Store) planLeaves(ctx context.Context, q postgres.Querier, p plan.Plan) ([]planroot.Hash, error) {
	list, err := s.planPayments(ctx, q, p)
	if err != nil {
		return nil, err
	}
	leaves := make([]planroot.Hash, len(list))
	for i, y := range list {
		leaves[i] = y.Leaf.Hash(y.Blind)
	}
	return leaves, nil
}

// Proof shows that a payment is one of its plan's.
type Proof struct {
	Blind        []byte
	Index, Count int
	Path         []planroot.Hash
}

// ProofOf makes the proof of a payment out of the hashes that the lock has kept.
func (s *Store) ProofOf(ctx context.Context, planID, paymentID string) (Proof, error) {
	rows, err := many[leafRow](ctx, s.db.Pool, "leaves of plan", `
		SELECT id, COALESCE(leaf, '') AS leaf, COALESCE(CASE WHEN id = $2 THEN blind END, '') AS blind
		FROM payments WHERE plan_id = $1 AND state <> 'CANCELLED' ORDER BY id`, planID, paymentID)
	if err != nil {
		return Proof{}, err
	}
	proof, leaves := Proof{Index: -1, Count: len(rows)}, make([]planroot.Hash, len(rows))
	for i, row := range rows {
		copy(leaves[i][:], row.Leaf)
		if row.ID == paymentID {
			proof.Index, proof.Blind = i, row.Blind
		}
	}
	proof.Path, err = planroot.Path(leaves, proof.Index)
	return proof, err
}

type leafRow struct {
	ID          string
	Leaf, Blind []byte
}

// AwardedShare is the part of a payment that one award carries, what it was awarded for,
// and the decision by which its round was committed, or who approved its emergency grant.
type AwardedShare struct {
	Award      string
	Minor      int64
	AidRequest string
	Cycle      int32
	RoundID    string
	Digest     []byte
	Committer  string
	GrantID    string
	Approvers  []string
}

// AwardedTo reads what carries a payment; no other hand has changed it.
func (s *Store) AwardedTo(ctx context.Context, paymentID string) ([]AwardedShare, error) {
	if _, err := s.ownAwards(ctx, s.db.Pool, `
		WHERE id IN (SELECT award_id FROM payment_shares WHERE payment_id = $1)`, paymentID); err != nil {
		return nil, err
	}
	return many[AwardedShare](ctx, s.db.Pool, "awards of payment", `
		SELECT sh.award_id AS award, sh.minor_units AS minor, w.aid_request, w.cycle, COALESCE(w.round_id, '') AS round_id,
			COALESCE(r.snapshot_digest, '') AS digest, COALESCE(r.committed_by, '') AS committer,
			COALESCE(w.emergency_grant_id, '') AS grant_id, COALESCE(w.emergency_approvers, '{}') AS approvers
		FROM payment_shares sh JOIN awards w ON w.id = sh.award_id LEFT JOIN allocation_rounds r ON r.id = w.round_id
		WHERE sh.payment_id = $1 ORDER BY sh.award_id`, paymentID)
}
