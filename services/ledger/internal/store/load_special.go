package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// What only some batches need: earlier reversals of what is to be reversed, and
// the decisions behind rounds and payments.

func (b *batch) loadReversals(ctx context.Context, sequences []int64) error {
	rows, err := b.tx.Query(ctx, `
		SELECT t.reverses, l.reference
		FROM unnest($2::bigint[]) AS k (sequence)
		CROSS JOIN LATERAL (
			SELECT sequence, reverses FROM transactions
			WHERE ledger_id = $1 AND reverses = k.sequence AND reverses IS NOT NULL OFFSET 0
		) t
		CROSS JOIN LATERAL (
			SELECT reference FROM leaves WHERE ledger_id = $1 AND sequence = t.sequence OFFSET 0
		) l`, b.ledger, sequences)
	if err != nil {
		return fmt.Errorf("look up reversals: %w", err)
	}
	var sequence int64
	var reference string
	_, err = pgx.ForEachRow(rows, []any{&sequence, &reference}, func() error {
		b.books.KnowReversal(sequence, reference)
		return nil
	})
	if err != nil {
		return fmt.Errorf("look up reversals: %w", err)
	}
	return nil
}

// loadDecisions reads the decisions about the rounds and plans whose money is
// moved, and which of the awards are emergency grants.
func (b *batch) loadDecisions(ctx context.Context) error {
	resources, awards := map[string]bool{}, map[book.Account]bool{}
	for _, u := range b.units {
		u.Resources(func(name string) { resources[name] = true })
		u.Awards(func(a book.Account) { awards[a] = true })
	}
	if len(resources) > 0 {
		if err := b.loadDecisionsAbout(ctx, slices.Collect(maps.Keys(resources))); err != nil {
			return fmt.Errorf("look up decisions: %w", err)
		}
	}
	if len(awards) > 0 {
		if err := b.loadEmergencies(ctx, awards); err != nil {
			return fmt.Errorf("look up emergency grants: %w", err)
		}
	}
	return nil
}

func (b *batch) loadDecisionsAbout(ctx context.Context, resources []string) error {
	rows, err := b.tx.Query(ctx, `
		SELECT l.bytes
		FROM unnest($2::text[]) AS k (resource)
		CROSS JOIN LATERAL (
			SELECT sequence FROM decisions WHERE ledger_id = $1 AND resource = k.resource OFFSET 0
		) d
		CROSS JOIN LATERAL (
			SELECT bytes FROM leaves WHERE ledger_id = $1 AND sequence = d.sequence OFFSET 0
		) l
		ORDER BY d.sequence`, b.ledger, resources)
	if err != nil {
		return err
	}
	var raw []byte
	_, err = pgx.ForEachRow(rows, []any{&raw}, func() error {
		l, err := leaf.Decode(raw)
		if err == nil && l.Decision == nil {
			err = errors.New("leaf is not a decision")
		}
		if err == nil {
			b.books.KnowDecision(l.Decision)
		}
		return err
	})
	return err
}

func (b *batch) loadEmergencies(ctx context.Context, awards map[book.Account]bool) error {
	paths, currencies := columns(awards)
	rows, err := b.tx.Query(ctx, `
		SELECT k.path, k.currency
		FROM unnest($2::text[], $3::text[]) AS k (path, currency)
		CROSS JOIN LATERAL (
			SELECT account FROM accounts
			WHERE ledger_id = $1 AND path = k.path AND currency = k.currency OFFSET 0
		) a
		CROSS JOIN LATERAL (
			SELECT FROM day_totals WHERE ledger_id = $1 AND account = a.account AND kind = $4 AND credits > 0 LIMIT 1
		) d`, b.ledger, paths, currencies, int16(leaf.EmergencyGrant))
	if err != nil {
		return err
	}
	var a book.Account
	_, err = pgx.ForEachRow(rows, []any{&a.Path, &a.Currency}, func() error {
		b.books.KnowEmergency(a)
		return nil
	})
	return err
}

// columns takes accounts apart for a query.
func columns(accounts map[book.Account]bool) (paths, currencies []string) {
	for a := range accounts {
		paths, currencies = append(paths, a.Path), append(currencies, a.Currency)
	}
	return paths, currencies
}
