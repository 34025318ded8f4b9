package household

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/families/internal/rules"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// Reserve moves a page of cycles to AWARDED for a round, and returns those that it
// holds back. A commit that has reserved the same page before changes nothing and is
// answered alike. A page may overlap another: what the round has, it keeps.
func (s *Store) Reserve(ctx context.Context, c aidrequest.Commit, keys []aidrequest.Key) ([]aidrequest.HeldBack, error) {
	p := reservation{Commit: c, digest: digestOf(keys)}
	asked, err := s.askCycles(ctx, keys)
	if err != nil {
		return nil, err
	}
	_, err = idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		if err := s.begin(ctx, tx, c); err != nil {
			return "", err
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO round_reservations (round, number, digest, created_on) VALUES ($1, $2, $3, $4)
			ON CONFLICT (round, number, digest) DO NOTHING`, p.Round, p.Number, p.digest, s.today())
		if err != nil {
			return "", fmt.Errorf("note reservation of %s: %w", p.Round, err)
		}
		if tag.RowsAffected() == 0 {
			return p.Round, postgres.ReplayWrite(ctx, tx)
		}
		return p.Round, s.reserve(ctx, tx, p, keys, asked)
	})
	if err != nil {
		return nil, err
	}
	return s.heldBack(ctx, p)
}

// reservation is a page of cycles that a commit reserves.
type reservation struct {
	aidrequest.Commit
	digest []byte
}

func digestOf(keys []aidrequest.Key) []byte {
	digest := sha256.New()
	for _, k := range keys {
		fmt.Fprintf(digest, "%s/%s/%d\n", k.FamilyID, k.RequestID, k.Cycle)
	}
	return digest.Sum(nil)
}

// begin locks a round, and refuses a commit that has ended: its call comes late, when
// what it would reserve is given back by nobody.
func (s *Store) begin(ctx context.Context, tx pgx.Tx, c aidrequest.Commit) error {
	var runs bool
	if err := tx.QueryRow(ctx, `
		INSERT INTO round_commits AS r (round, last, ended) VALUES ($1, $2, false)
		ON CONFLICT (round) DO UPDATE SET last = GREATEST(r.last, $2), ended = r.ended AND r.last >= $2
		RETURNING last = $2 AND NOT ended`, c.Round, c.Number).Scan(&runs); err != nil {
		return fmt.Errorf("begin commit of %s: %w", c.Round, err)
	}
	if !runs && !s.heedless {
		return fault.New(fault.Precondition, fault.ReasonCommitEnded, "The commit of the round has ended; what it had reserved is given back.")
	}
	return nil
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
	// policy is what counts, which the ledger has a leaf of.
	policy rules.Policy
}

// askCycles asks the ledger for what cycles rest on.
func (s *Store) askCycles(ctx context.Context, keys []aidrequest.Key) (a asked, err error) {
	if err := s.policies.Counts(ctx, rules.Kind, &a.policy); err != nil {
		return a, err
	}
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

func (s *Store) reserve(ctx context.Context, tx pgx.Tx, p reservation, keys []aidrequest.Key, a asked) error {
	candidates, cycles, err := s.lockCandidates(ctx, tx, p.Round, keys)
	if err != nil {
		return fmt.Errorf("lock cycles for %s: %w", p.Round, err)
	}
	requests, err := approvedRequests(ctx, tx, keys)
	if err != nil {
		return err
	}
	locked, err := s.cycleGrounds(ctx, tx, keys, requests)
	if err != nil {
		return fmt.Errorf("read what %s rests on: %w", p.Round, err)
	}
	families, _, _ := columns(keys)
	bound, err := s.unseenCap(ctx, tx, a.policy, families, requests)
	if err != nil {
		return err
	}
	var granted []cycleRow
	var got []aidrequest.Key
	held := heldRows{}
	for position, c := range candidates {
		reason := c.HoldBack()
		if rows := a.bad[position]; reason == "" && !s.trusting && (rows != nil || !sameGrounds(locked[position], a.grounds[position])) {
			reason = aidrequest.WithoutLeaf
			s.alarm(ctx, append(rows, "aid_requests "+c.RequestID))
		}
		if reason == "" && s.own(ctx, cycles[position]) != nil {
			reason = aidrequest.RowChanged
		}
		if reason == "" && !c.Reserved && !bound.leaves(c.Key) {
			reason = aidrequest.UnseenCapped
		}
		if reason != "" {
			held.add(position, c.Key, reason)
			continue
		}
		if !c.Reserved {
			got = append(got, c.Key)
		}
		granted = append(granted, cycles[position].awarded(p.Round))
	}
	if err := held.insert(ctx, tx, p); err != nil {
		return err
	}
	if err := s.noteUnseen(ctx, tx, bound, got); err != nil {
		return err
	}
	return s.writeCycles(ctx, tx, granted)
}

// awarded is a cycle that a round has.
func (c cycleRow) awarded(round string) cycleRow {
	c.State, c.Round = aidrequest.CycleAwarded, round
	return c
}

// heldRows are the rows of what a page does not get, by column.
type heldRows struct {
	keys      []aidrequest.Key
	positions []int
	reasons   []string
}

func (h *heldRows) add(position int, k aidrequest.Key, reason aidrequest.Reason) {
	h.keys, h.positions, h.reasons = append(h.keys, k), append(h.positions, position), append(h.reasons, string(reason))
}

func (h *heldRows) insert(ctx context.Context, tx pgx.Tx, p reservation) error {
	if len(h.keys) == 0 {
		return nil
	}
	families, requests, cycles := columns(h.keys)
	_, err := tx.Exec(ctx, `
		INSERT INTO round_held_back (round, number, digest, position, family_id, aid_request_id, cycle, reason)
		SELECT $1, $2, $3, * FROM unnest($4::integer[], $5::text[], $6::text[], $7::integer[], $8::text[])`,
		p.Round, p.Number, p.digest, h.positions, families, requests, cycles, h.reasons)
	if err != nil {
		return fmt.Errorf("note what %s holds back: %w", p.Round, err)
	}
	return nil
}

// lockCandidates locks families against suspension and cycles against other
// rounds, each in the order of their ids, and says how they stand, in the order
// of keys, with the rows of the cycles.
func (s *Store) lockCandidates(ctx context.Context, tx pgx.Tx, round string, keys []aidrequest.Key) ([]aidrequest.Candidate, []cycleRow, error) {
	families, requests, cycles := columns(keys)
	if _, err := tx.Exec(ctx, `
		SELECT FROM families WHERE family_id = ANY ($1) ORDER BY family_id FOR SHARE`, families); err != nil {
		return nil, nil, err
	}
	locked, err := readCycles(ctx, tx, `
		JOIN unnest($1::text[], $2::integer[]) AS k (aid_request_id, cycle)
			ON k.aid_request_id = c.aid_request_id AND k.cycle = c.cycle
		ORDER BY c.aid_request_id, c.cycle FOR UPDATE OF c`, requests, cycles)
	if err != nil {
		return nil, nil, err
	}
	rows, err := tx.Query(ctx, `
		SELECT k.family_id, k.aid_request_id, k.cycle, c.cycle IS NOT NULL, COALESCE(c.state = 'AWARDED' AND c.round = $5, false),
			COALESCE(c.state, ''), COALESCE(`+payableState("$4")+`, ''),
			EXISTS (SELECT FROM consents c WHERE c.family_id = f.family_id AND `+consentInForce("$4")+`)
		FROM unnest($1::text[], $2::text[], $3::integer[]) WITH ORDINALITY AS k (family_id, aid_request_id, cycle, position)
		LEFT JOIN aid_requests r ON r.aid_request_id = k.aid_request_id AND r.family_id = k.family_id
		LEFT JOIN aid_request_cycles c ON c.aid_request_id = r.aid_request_id AND c.cycle = k.cycle
		LEFT JOIN families f ON f.family_id = r.family_id
		ORDER BY k.position`, families, requests, cycles, day(s.now()), round)
	if err != nil {
		return nil, nil, err
	}
	candidates, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c aidrequest.Candidate, err error) {
		err = row.Scan(&c.FamilyID, &c.RequestID, &c.Cycle, &c.Found, &c.Reserved, &c.State, &c.Family, &c.Consented)
		return c, err
	})
	return candidates, inOrder(locked, keys), err
}

// inOrder are cycles in the order of keys; an empty one where there is none.
func inOrder(rows []cycleRow, keys []aidrequest.Key) []cycleRow {
	type place struct {
		request string
		cycle   int
	}
	of := make(map[place]cycleRow, len(rows))
	for _, c := range rows {
		of[place{c.requestID, c.Number}] = c
	}
	list := make([]cycleRow, len(keys))
	for i, k := range keys {
		list[i] = of[place{k.RequestID, k.Cycle}]
	}
	return list
}

// heldBack lists what of a page was held back, in the order in which it was asked for.
func (s *Store) heldBack(ctx context.Context, p reservation) ([]aidrequest.HeldBack, error) {
	return postgres.Many(ctx, s.db.Pool, "what a round holds back", func(row pgx.CollectableRow) (h aidrequest.HeldBack, err error) {
		err = row.Scan(&h.FamilyID, &h.RequestID, &h.Cycle, &h.Reason)
		return h, err
	}, `SELECT family_id, aid_request_id, cycle, reason FROM round_held_back
		WHERE round = $1 AND number = $2 AND digest = $3 ORDER BY position`, p.Round, p.Number, p.digest)
}
