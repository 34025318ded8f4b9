package household

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Reserve moves cycles to AWARDED for a round and notes those that it holds
// back. A round that has reserved the same cycles before changes nothing.
func (s *Store) Reserve(ctx context.Context, round string, keys []aidrequest.Key) error {
	digest := sha256.New()
	for _, k := range keys {
		fmt.Fprintf(digest, "%s/%s/%d\n", k.FamilyID, k.RequestID, k.Cycle)
	}
	sum := digest.Sum(nil)
	asked, err := s.askCycles(ctx, keys)
	if err != nil {
		return err
	}
	_, err = idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		tag, err := tx.Exec(ctx, `
			INSERT INTO round_reservations (round, digest, created_on) VALUES ($1, $2, $3)
			ON CONFLICT (round) DO NOTHING`, round, sum, s.today())
		if err != nil {
			return "", fmt.Errorf("note reservation of %s: %w", round, err)
		}
		if tag.RowsAffected() == 0 {
			return round, sameReservation(ctx, tx, round, sum)
		}
		return round, s.reserve(ctx, tx, round, keys, asked)
	})
	return err
}

func sameReservation(ctx context.Context, tx pgx.Tx, round string, sum []byte) error {
	var noted []byte
	if err := tx.QueryRow(ctx, `SELECT digest FROM round_reservations WHERE round = $1`, round).Scan(&noted); err != nil {
		return fmt.Errorf("read reservation of %s: %w", round, err)
	}
	if !bytes.Equal(noted, sum) {
		return fault.New(fault.AlreadyExists, fault.ReasonRoundAlreadyReserved, "The round has reserved other cycles.")
	}
	return postgres.ReplayWrite(ctx, tx)
}

// columns are the keys as three arrays, for unnest.
func columns(keys []aidrequest.Key) (families, requests []string, cycles []int) {
	for _, k := range keys {
		families, requests, cycles = append(families, k.FamilyID), append(requests, k.RequestID), append(cycles, k.Cycle)
	}
	return families, requests, cycles
}

// asked is what the ledger was asked for before anything was locked, and what of it
// does not hold.
type asked struct {
	grounds [][]leaf.Ground
	bad     map[int][]string
}

// askCycles asks the ledger for what cycles rest on.
func (s *Store) askCycles(ctx context.Context, keys []aidrequest.Key) (a asked, err error) {
	requests, err := approvedRequests(ctx, s.db.Pool, keys)
	if err != nil {
		return a, err
	}
	if a.grounds, err = s.cycleGrounds(ctx, s.db.Pool, keys, requests); err != nil {
		return a, err
	}
	a.bad, err = s.unproven(ctx, a.grounds)
	return a, err
}

func (s *Store) reserve(ctx context.Context, tx pgx.Tx, round string, keys []aidrequest.Key, a asked) error {
	candidates, err := s.lockCandidates(ctx, tx, keys)
	if err != nil {
		return fmt.Errorf("lock cycles for %s: %w", round, err)
	}
	requests, err := approvedRequests(ctx, tx, keys)
	if err != nil {
		return err
	}
	locked, err := s.cycleGrounds(ctx, tx, keys, requests)
	if err != nil {
		return fmt.Errorf("read what %s rests on: %w", round, err)
	}
	var granted []aidrequest.Key
	held := heldBack{}
	for position, c := range candidates {
		reason := c.HoldBack()
		if rows := a.bad[position]; reason == "" && !s.trusting && (rows != nil || !sameGrounds(locked[position], a.grounds[position])) {
			reason = aidrequest.WithoutLeaf
			s.alarm(ctx, append(rows, "aid_requests "+c.RequestID))
		}
		if reason == "" {
			granted = append(granted, c.Key)
		} else {
			held.add(position, c.Key, reason)
		}
	}
	if err := held.insert(ctx, tx, round); err != nil {
		return err
	}
	_, ids, cycles := columns(granted)
	tag, err := tx.Exec(ctx, `
		UPDATE aid_request_cycles c SET state = 'AWARDED', round = $1
		FROM unnest($2::text[], $3::integer[]) AS k (aid_request_id, cycle)
		WHERE c.aid_request_id = k.aid_request_id AND c.cycle = k.cycle AND c.state = 'APPROVED'`, round, ids, cycles)
	if err != nil {
		return fmt.Errorf("reserve for %s: %w", round, err)
	}
	if int(tag.RowsAffected()) != len(granted) {
		return fmt.Errorf("reserve for %s: %d of %d cycles changed", round, tag.RowsAffected(), len(granted))
	}
	return nil
}

// heldBack are the rows of what a round does not get, by column.
type heldBack struct {
	keys      []aidrequest.Key
	positions []int
	reasons   []string
}

func (h *heldBack) add(position int, k aidrequest.Key, reason aidrequest.Reason) {
	h.keys, h.positions, h.reasons = append(h.keys, k), append(h.positions, position), append(h.reasons, string(reason))
}

func (h *heldBack) insert(ctx context.Context, tx pgx.Tx, round string) error {
	if len(h.keys) == 0 {
		return nil
	}
	families, requests, cycles := columns(h.keys)
	_, err := tx.Exec(ctx, `
		INSERT INTO round_held_back (round, position, family_id, aid_request_id, cycle, reason)
		SELECT $1, * FROM unnest($2::integer[], $3::text[], $4::text[], $5::integer[], $6::text[])`,
		round, h.positions, families, requests, cycles, h.reasons)
	if err != nil {
		return fmt.Errorf("note what %s holds back: %w", round, err)
	}
	return nil
}

// lockCandidates locks families against suspension and cycles against other
// rounds, each in the order of their ids, and says how they stand, in the order
// of keys.
func (s *Store) lockCandidates(ctx context.Context, tx pgx.Tx, keys []aidrequest.Key) ([]aidrequest.Candidate, error) {
	families, requests, cycles := columns(keys)
	if _, err := tx.Exec(ctx, `
		SELECT FROM families WHERE family_id = ANY ($1) ORDER BY family_id FOR SHARE`, families); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, `
		SELECT FROM aid_request_cycles c
		JOIN unnest($1::text[], $2::integer[]) AS k (aid_request_id, cycle)
			ON k.aid_request_id = c.aid_request_id AND k.cycle = c.cycle
		ORDER BY c.aid_request_id, c.cycle FOR UPDATE OF c`, requests, cycles); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `
		SELECT k.family_id, k.aid_request_id, k.cycle, c.cycle IS NOT NULL, COALESCE(c.state, ''), COALESCE(f.state, ''),
			EXISTS (SELECT FROM consents c WHERE c.family_id = f.family_id AND `+consentInForce("$4")+`)
		FROM unnest($1::text[], $2::text[], $3::integer[]) WITH ORDINALITY AS k (family_id, aid_request_id, cycle, position)
		LEFT JOIN aid_requests r ON r.aid_request_id = k.aid_request_id AND r.family_id = k.family_id
		LEFT JOIN aid_request_cycles c ON c.aid_request_id = r.aid_request_id AND c.cycle = k.cycle
		LEFT JOIN families f ON f.family_id = r.family_id
		ORDER BY k.position`, families, requests, cycles, day(s.now()))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c aidrequest.Candidate, err error) {
		err = row.Scan(&c.FamilyID, &c.RequestID, &c.Cycle, &c.Found, &c.State, &c.Family, &c.Consented)
		return c, err
	})
}

// HeldBack lists what a round asked for and did not get, in the order in which
// it asked.
func (s *Store) HeldBack(ctx context.Context, round string) ([]aidrequest.HeldBack, error) {
	return postgres.Many(ctx, s.db.Pool, "what a round holds back", func(row pgx.CollectableRow) (h aidrequest.HeldBack, err error) {
		err = row.Scan(&h.FamilyID, &h.RequestID, &h.Cycle, &h.Reason)
		return h, err
	}, `SELECT family_id, aid_request_id, cycle, reason FROM round_held_back
		WHERE round = $1 ORDER BY position`, round)
}

// Unreserve gives back what a round has reserved and not paid, and returns how many
// cycles; the round may reserve anew.
func (s *Store) Unreserve(ctx context.Context, round string) (int, error) {
	// What the call answers with is a number, so that is what a repeat finds.
	count, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		// The reservation's row first: a Reserve of the same round waits for it.
		if _, err := tx.Exec(ctx, `DELETE FROM round_reservations WHERE round = $1`, round); err != nil {
			return "", fmt.Errorf("forget reservation of %s: %w", round, err)
		}
		tag, err := tx.Exec(ctx, `
			UPDATE aid_request_cycles c
			SET round = NULL, state = CASE r.state WHEN 'WITHDRAWN' THEN 'CANCELLED' ELSE 'APPROVED' END
			FROM aid_requests r
			WHERE c.round = $1 AND c.state = 'AWARDED' AND r.aid_request_id = c.aid_request_id`, round)
		if err != nil {
			return "", fmt.Errorf("give back what %s reserved: %w", round, err)
		}
		return strconv.FormatInt(tag.RowsAffected(), 10), nil
	})
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(count)
}
