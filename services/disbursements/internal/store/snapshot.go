package store

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/allocation"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Simulation is a frozen snapshot and what it comes to.
type Simulation struct {
	RoundID     string
	Person      string
	Snapshot    []byte
	Allocations []Allocation
	// NarrowFunds gave nothing, because their rules are for too few families.
	NarrowFunds []string
	// Sequence is where the log has the decision about the snapshot.
	Sequence int64
}

// Allocation is what a round decided about one request.
type Allocation struct {
	RoundID        string
	Currency       string
	Number         int
	AidRequest     string
	Family         string
	Cycle          int32
	Part           int32
	Tier           int32
	Running        bool
	Weight         int64
	Cap            int64
	Minimum        int64
	WaitingSince   string
	EligibleFunds  []string
	Amount         int64
	Level          string
	Reason         allocation.Reason
	Outcome        round.Outcome
	HeldBackReason string
	Shares         []FundShare `db:"-"`
}

// FundShare is the part of an allocation that one fund carries.
type FundShare struct {
	Fund    string
	Minor   int64
	AwardID string
}

// Digest is what whoever takes the snapshot signs.
func (s Simulation) Digest() []byte {
	digest := sha256.Sum256(s.Snapshot)
	return digest[:]
}

// MayFreeze checks that a round can get a snapshot now.
func (s *Store) MayFreeze(ctx context.Context, id string) error {
	r, err := s.Round(ctx, id)
	if err != nil {
		return err
	}
	return mayFreeze(r)
}

func mayFreeze(r round.Round) error {
	return r.May(round.Simulate, round.By{})
}

// FreezeSnapshot replaces a round's snapshot and allocations.
func (s *Store) FreezeSnapshot(ctx context.Context, sim Simulation) error {
	_, err := idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		r, err := lockRound(ctx, tx, sim.RoundID)
		if err != nil {
			return "", err
		}
		if err := mayFreeze(r); err != nil {
			return "", err
		}
		return r.ID, s.freeze(ctx, tx, r, sim)
	})
	return err
}

func (s *Store) freeze(ctx context.Context, tx pgx.Tx, r round.Round, sim Simulation) error {
	if err := exec(ctx, tx, "freeze snapshot", `
		UPDATE allocation_rounds SET state = 'SIMULATED', simulated_by = $2, snapshot = $3, snapshot_digest = $4,
			snapshot_sequence = $5, simulated_at = $6, refusal = NULL, narrow_funds = COALESCE($7::text[], '{}')
		WHERE id = $1`, r.ID, sim.Person, sim.Snapshot, sim.Digest(), sim.Sequence, s.now(), sim.NarrowFunds); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM allocations WHERE round_id = $1`, r.ID); err != nil {
		return fmt.Errorf("clear allocations: %w", err)
	}
	return copyAllocations(ctx, tx, r.ID, sim.Allocations)
}

func copyAllocations(ctx context.Context, tx pgx.Tx, roundID string, list []Allocation) error {
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"allocations"}, []string{
		"round_id", "number", "aid_request", "family", "cycle", "part", "tier", "running", "weight", "cap", "minimum",
		"waiting_since", "eligible_funds", "amount", "level", "reason",
	}, pgx.CopyFromSlice(len(list), func(i int) ([]any, error) {
		a := list[i]
		return []any{
			roundID, a.Number, a.AidRequest, a.Family, a.Cycle, a.Part, a.Tier, a.Running, a.Weight, a.Cap, a.Minimum,
			a.WaitingSince, a.EligibleFunds, a.Amount, a.Level, a.Reason,
		}, nil
	}))
	if err != nil {
		return fmt.Errorf("insert allocations: %w", err)
	}
	var shares [][]any
	for _, a := range list {
		for _, sh := range a.Shares {
			shares = append(shares, []any{roundID, a.Number, sh.Fund, sh.Minor, resource.NewID(resource.KindAward)})
		}
	}
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"allocation_shares"},
		[]string{"round_id", "number", "fund", "minor_units", "award_id"}, pgx.CopyFromRows(shares)); err != nil {
		return fmt.Errorf("insert shares: %w", err)
	}
	return nil
}

// Allocations lists the allocations of a round, or of any, by number.
func (s *Store) Allocations(ctx context.Context, roundID string, p page.Page) ([]Allocation, error) {
	found, err := list[Allocation](ctx, s, "allocations", `
		SELECT round_id, currency, number, aid_request, family, cycle, part, tier, running, weight, cap, minimum, waiting_since,
			eligible_funds, amount, level, reason, COALESCE(outcome, '') AS outcome,
			COALESCE(held_back_reason, '') AS held_back_reason
		FROM allocations JOIN allocation_rounds ON allocation_rounds.id = round_id `, allocationList(), p, listing.Under("allocations.round_id", roundID))
	if err != nil {
		return nil, err
	}
	rounds, numbers := make([]string, len(found)), make([]int, len(found))
	for i, a := range found {
		rounds[i], numbers[i] = a.RoundID, a.Number
	}
	rows, err := s.db.Pool.Query(ctx, `
		SELECT p.place, s.fund, s.minor_units, s.award_id
		FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS p (round_id, number, place)
		JOIN allocation_shares s ON s.round_id = p.round_id AND s.number = p.number ORDER BY p.place, s.fund`, rounds, numbers)
	if err != nil {
		return nil, fmt.Errorf("read shares: %w", err)
	}
	var place int
	var share FundShare
	_, err = pgx.ForEachRow(rows, []any{&place, &share.Fund, &share.Minor, &share.AwardID}, func() error {
		found[place-1].Shares = append(found[place-1].Shares, share)
		return nil
	})
	return found, err
}
