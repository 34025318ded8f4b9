package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// awardRow is a row of awards, with its MAC.
type awardRow struct {
	round.AwardRecord
	// Approvers are the two who approved an emergency grant.
	Approvers []string
	Filled    bool
	Version   int64
	MAC       []byte `db:"mac"`
}

const awardRows = `SELECT ` + awardFields + `, COALESCE(emergency_approvers, '{}') AS approvers, filled, version, mac FROM awards `

// signed is what the MAC of an award covers: whose money it is, for what, and where it
// stands.
func (a awardRow) signed() *rowmac.Row {
	return rowmac.NewRow("awards", a.ID, a.Version).Text(string(a.State)).Text(a.RoundID).Text(a.GrantID).Texts(a.Approvers).
		Text(a.Fund).Text(a.Currency).Number(a.Minor).Text(a.AidRequest).Text(a.Family).
		Number(int64(a.Cycle)).Number(int64(a.Part)).Flag(a.Filled)
}

// ownAwards reads awards, none of which another hand has changed; where is what follows
// the columns.
func (s *Store) ownAwards(ctx context.Context, q postgres.Querier, where string, args ...any) ([]awardRow, error) {
	own, changed, err := s.knownAwards(ctx, q, where, args...)
	if err == nil {
		err = changed
	}
	return own, err
}

// knownAwards reads awards, without those that another hand has changed: changed is the
// fault of the last of these, nil where there is none.
func (s *Store) knownAwards(ctx context.Context, q postgres.Querier, where string, args ...any) (own []awardRow, changed, err error) {
	list, err := many[awardRow](ctx, q, "awards", awardRows+where, args...)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range list {
		if err := s.rows.Check(ctx, a.signed(), a.MAC); err != nil {
			changed = err
			continue
		}
		own = append(own, a)
	}
	return own, changed, nil
}

// ownAward reads one award that no other hand has changed.
func (s *Store) ownAward(ctx context.Context, q postgres.Querier, where string, args ...any) (awardRow, error) {
	a, err := one[awardRow](ctx, q, "award", awardRows+where, args...)
	if err != nil {
		return a, err
	}
	return a, s.rows.Check(ctx, a.signed(), a.MAC)
}

// allocated are the awards of some allocations ($1 is the round, $2 and $3 bound their
// numbers), as they are made. Both tables are bounded: joined by the number alone, a
// plan made without statistics reads the whole round for each share.
const allocated = `
	SELECT sh.award_id AS id, 'AVAILABLE' AS state, r.id AS round_id, '' AS grant_id, '{}'::text[] AS approvers, sh.fund, r.currency, sh.minor_units AS minor,
		a.aid_request, a.family, a.cycle, a.part, $4::date AS created, false AS paid_after_failed, a.cap - a.amount < r.step AS filled, 1::bigint AS version, ''::bytea AS mac
	FROM allocation_shares sh
	JOIN allocations a ON a.round_id = sh.round_id AND a.round_id = $1 AND a.number = sh.number AND a.number > $2 AND a.number <= $3
	JOIN allocation_rounds r ON r.id = sh.round_id
	WHERE sh.round_id = $1 AND sh.number > $2 AND sh.number <= $3 AND a.outcome = 'AWARDED'
	ORDER BY sh.award_id`

// insertAwards writes the awards of the allocations from after to through. One whose
// request and part has a live award out of the same fund is left out.
func (s *Store) insertAwards(ctx context.Context, tx pgx.Tx, roundID string, after, through int) error {
	made, err := many[awardRow](ctx, tx, "awards to make", allocated, roundID, after, through, s.now())
	if err != nil {
		return err
	}
	ids, macs := make([]string, len(made)), make([][]byte, len(made))
	for i, a := range made {
		ids[i], macs[i] = a.ID, s.rows.Sign(a.signed())
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO awards (id, state, round_id, fund, currency, minor_units, aid_request, family, cycle, part, filled, created_at, version, mac)
		SELECT m.id, m.state, m.round_id, m.fund, m.currency, m.minor, m.aid_request, m.family, m.cycle, m.part, m.filled, m.created, m.version, n.mac
		FROM (`+allocated+`) m JOIN unnest($5::text[], $6::bytea[]) AS n (id, mac) ON n.id = m.id
		ON CONFLICT (aid_request, cycle, part, fund) WHERE state <> 'CANCELLED' DO NOTHING`,
		roundID, after, through, s.now(), ids, macs); err != nil {
		return fmt.Errorf("insert awards: %w", err)
	}
	return nil
}

// moveAwards moves awards that tx has read and locked, as the next versions of their rows.
func (s *Store) moveAwards(ctx context.Context, tx pgx.Tx, to round.AwardState, list []awardRow) error {
	ids, versions, macs := make([]string, len(list)), make([]int64, len(list)), make([][]byte, len(list))
	for i, a := range list {
		a.State, a.Version = to, a.Version+1
		ids[i], versions[i], macs[i] = a.ID, a.Version, s.rows.Sign(a.signed())
	}
	tag, err := tx.Exec(ctx, `
		UPDATE awards w SET state = $1, cancelled_at = CASE WHEN $1 = 'CANCELLED' THEN $2::timestamptz END, version = n.version, mac = n.mac
		FROM unnest($3::text[], $4::bigint[], $5::bytea[]) AS n (id, version, mac)
		WHERE w.id = n.id AND w.version = n.version - 1`, string(to), s.now(), ids, versions, macs)
	if err != nil {
		return fmt.Errorf("move awards: %w", err)
	}
	if int(tag.RowsAffected()) != len(list) {
		return fmt.Errorf("move awards: %d of %d changed", tag.RowsAffected(), len(list))
	}
	return nil
}

// followAwards moves the awards of a payment that something has happened to. One that
// another hand has changed stays as it is, and is named in the log: what has happened is
// noted all the same.
func (s *Store) followAwards(ctx context.Context, tx pgx.Tx, to round.AwardState, ids []string) error {
	own, _, err := s.knownAwards(ctx, tx, `WHERE id = ANY($1) ORDER BY id FOR UPDATE`, ids)
	if err != nil {
		return err
	}
	return s.moveAwards(ctx, tx, to, own)
}

// freeAwards makes the awards of payments available again.
func (s *Store) freeAwards(ctx context.Context, tx pgx.Tx, payments string, args ...any) error {
	freed, err := postgres.Many(ctx, tx, "awards to free", pgx.RowTo[string], `
		UPDATE payment_shares SET live = false WHERE live AND payment_id IN (`+payments+`) RETURNING award_id`, args...)
	if err != nil {
		return fmt.Errorf("free awards: %w", err)
	}
	return s.followAwards(ctx, tx, round.Available, freed)
}

// settleAwards notes that the awards of a payment are paid.
func (s *Store) settleAwards(ctx context.Context, tx pgx.Tx, paymentID string) error {
	live, err := postgres.Many(ctx, tx, "awards to settle", pgx.RowTo[string], `
		SELECT award_id FROM payment_shares WHERE payment_id = $1 AND live`, paymentID)
	if err != nil {
		return err
	}
	return s.followAwards(ctx, tx, round.Paid, live)
}
