package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/hands"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// PolicyStep is what a person does with a version of the policy of hands.
type PolicyStep struct {
	Number int
	Person string
	// Policy is what is proposed.
	Policy hands.Policy
	// Sequence is that of the person's decision in the ledger's log.
	Sequence int64
}

// PolicyContent writes a policy as the table keeps it; the decisions about it commit to
// these bytes.
func PolicyContent(p hands.Policy) ([]byte, error) { return json.Marshal(p) }

// NextPolicy returns the number after that of the latest version.
func (s *Store) NextPolicy(ctx context.Context) (int, error) {
	return postgres.One(ctx, s.db.Pool, "latest version", pgx.RowTo[int], `
		SELECT COALESCE(MAX(version), 0) + 1 FROM policy_versions WHERE kind = $1`, hands.Kind)
}

// ProposePolicy adds a version and returns its number; one that is there stays as it is.
func (s *Store) ProposePolicy(ctx context.Context, p PolicyStep) (number string, err error) {
	content, err := PolicyContent(p.Policy)
	if err != nil {
		return "", fmt.Errorf("write policy: %w", err)
	}
	return idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		_, err := tx.Exec(ctx, `
			INSERT INTO policy_versions (kind, version, state, content, effective_on, proposed_by, proposed_sequence, created_at)
			VALUES ($1, $2, 'PROPOSED', $3, $4, $5, $6, $7) ON CONFLICT (kind, version) DO NOTHING`,
			hands.Kind, p.Number, string(content), p.Policy.EffectiveOn, p.Person, p.Sequence, s.now())
		return strconv.Itoa(p.Number), err
	})
}

// ConfirmPolicy notes that a second person has agreed. may is asked under the row's lock.
func (s *Store) ConfirmPolicy(ctx context.Context, p PolicyStep, may func(hands.Version) error) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		v, err := s.policyVersion(ctx, tx, p.Number, "FOR UPDATE OF v")
		if err != nil {
			return "", err
		}
		if err := may(v); err != nil {
			return "", err
		}
		return strconv.Itoa(p.Number), exec(ctx, tx, "confirm policy", `
			UPDATE policy_versions SET state = 'CONFIRMED', confirmed_by = $3, confirmed_sequence = $4, confirmed_at = $5
			WHERE kind = $1 AND version = $2`, hands.Kind, p.Number, p.Person, p.Sequence, s.now())
	})
	return err
}

const policyColumns = `
	SELECT v.version, v.state, v.content, v.proposed_by, COALESCE(v.confirmed_by, '') AS confirmed_by,
		v.created_at, v.confirmed_at FROM policy_versions v `

// policyInForce is the version that counts on a day: the last one that was confirmed.
const policyInForce = `
	SELECT version FROM policy_versions WHERE kind = $1 AND state = 'CONFIRMED' AND effective_on <= $2
	ORDER BY confirmed_sequence DESC LIMIT 1`

type policyRow struct {
	Version     int
	State       hands.State
	Content     string
	ProposedBy  string
	ConfirmedBy string
	CreatedAt   time.Time
	ConfirmedAt *time.Time
}

func (r policyRow) version(inForce int) (hands.Version, error) {
	v := hands.Version{
		Number: r.Version, State: r.State, ProposedBy: r.ProposedBy, ConfirmedBy: r.ConfirmedBy,
		Created: r.CreatedAt, Confirmed: r.ConfirmedAt, InForce: r.Version == inForce,
	}
	if err := json.Unmarshal([]byte(r.Content), &v.Policy); err != nil {
		return v, fmt.Errorf("read policy version %d: %w", r.Version, err)
	}
	return v, nil
}

// PolicyVersion reads one version.
func (s *Store) PolicyVersion(ctx context.Context, number int) (hands.Version, error) {
	return s.policyVersion(ctx, s.db.Pool, number, "")
}

func (s *Store) policyVersion(ctx context.Context, q postgres.Querier, number int, lock string) (hands.Version, error) {
	row, err := one[policyRow](ctx, q, "policy version", policyColumns+`WHERE v.kind = $1 AND v.version = $2 `+lock, hands.Kind, number)
	if err != nil {
		return hands.Version{}, err
	}
	inForce, err := s.policyInForce(ctx, q)
	if err != nil {
		return hands.Version{}, err
	}
	return row.version(inForce)
}

// policyInForce returns the number of the version that counts now, 0 before the first.
func (s *Store) policyInForce(ctx context.Context, q postgres.Querier) (int, error) {
	number, err := postgres.One(ctx, q, "policy in force", pgx.RowTo[int], policyInForce, hands.Kind, s.now())
	if fault.OfKind(err, fault.NotFound) {
		return 0, nil
	}
	return number, err
}

// approvalDays is for how many days an approval counts that is given now.
func (s *Store) approvalDays(ctx context.Context, q postgres.Querier) (int, error) {
	p, err := s.policy(ctx, q)
	return p.ApprovalDays, err
}

// policy is what counts now; before the first version it says only how long an approval
// counts.
func (s *Store) policy(ctx context.Context, q postgres.Querier) (hands.Policy, error) {
	number, err := s.policyInForce(ctx, q)
	if err != nil || number == 0 {
		return hands.Policy{ApprovalDays: hands.ApprovalDays}, err
	}
	v, err := s.policyVersion(ctx, q, number, "")
	return v.Policy, err
}

// PolicyVersions lists versions, newest first.
func (s *Store) PolicyVersions(ctx context.Context, kind string, p page.Page) ([]hands.Version, error) {
	rows, err := list[policyRow](ctx, s, "policy versions", policyColumns, policyList(), p, listing.Under("v.kind", kind))
	if err != nil {
		return nil, err
	}
	inForce, err := s.policyInForce(ctx, s.db.Pool)
	versions := make([]hands.Version, len(rows))
	for i, r := range rows {
		var broken error
		versions[i], broken = r.version(inForce)
		err = errors.Join(err, broken)
	}
	return versions, err
}
