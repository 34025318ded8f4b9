package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// What only some batches need: earlier reversals of what is to be reversed, and
// the decisions behind rounds and payments.

// loadOriginals reads the balances that transactions to be reversed have touched,
// which is known only after their leaves, and whether they are reversed already.
func (b *batch) loadOriginals(ctx context.Context) error {
	var reversed []int64
	wanted := map[leaf.Account]bool{}
	for _, u := range b.units {
		u.Reversed(func(reference string) {
			l, _ := b.books.Known(reference)
			if l.Transaction == nil {
				return
			}
			reversed = append(reversed, l.Transaction.Sequence)
			for _, e := range l.Transaction.Entries {
				wanted[leaf.Account{Path: e.Account, Currency: e.Currency}] = true
			}
		})
	}
	if len(reversed) == 0 {
		return nil
	}
	q := &pgx.Batch{}
	b.askBalances(q, wanted)
	b.askReversals(q, reversed)
	if err := b.tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("load what is to be reversed: %w", err)
	}
	return nil
}

func (b *batch) askReversals(q *pgx.Batch, sequences []int64) {
	var sequence int64
	var reference string
	each(q.Queue(`
		SELECT t.reverses, l.reference
		FROM unnest($2::bigint[]) AS k (sequence)
		CROSS JOIN LATERAL (
			SELECT sequence, reverses FROM transactions
			WHERE ledger_id = $1 AND reverses = k.sequence AND reverses IS NOT NULL OFFSET 0
		) t
		CROSS JOIN LATERAL (
			SELECT reference FROM leaves WHERE ledger_id = $1 AND sequence = t.sequence OFFSET 0
		) l`, b.ledger, sequences), "look up reversals", []any{&sequence, &reference}, func() error {
		b.books.KnowReversal(sequence, reference)
		return nil
	})
}

// askDecisions asks for the decisions about the rounds and plans whose money is
// moved, and which of the awards are emergency grants.
func (b *batch) askDecisions(q *pgx.Batch) {
	resources, awards := map[string]bool{}, map[leaf.Account]bool{}
	for _, u := range b.units {
		u.Resources(func(name string) { resources[name] = true })
		u.Awards(func(a leaf.Account) { awards[a] = true })
	}
	b.about = resources
	if len(resources) > 0 {
		b.askDecisionsAbout(q, slices.Collect(maps.Keys(resources)))
	}
	if len(awards) > 0 {
		b.askEmergencies(q, awards)
	}
}

func (b *batch) askDecisionsAbout(q *pgx.Batch, resources []string) {
	var raw []byte
	each(q.Queue(`
		SELECT l.bytes
		FROM unnest($2::text[]) AS k (resource)
		CROSS JOIN LATERAL (
			SELECT sequence FROM decisions WHERE ledger_id = $1 AND resource = k.resource OFFSET 0
		) d
		CROSS JOIN LATERAL (
			SELECT bytes FROM leaves WHERE ledger_id = $1 AND sequence = d.sequence OFFSET 0
		) l
		ORDER BY d.sequence`, b.ledger, resources), "look up decisions", []any{&raw}, func() error {
		l, err := leaf.Decode(raw)
		if err == nil && l.Decision == nil {
			err = errors.New("leaf is not a decision")
		}
		if err == nil {
			b.books.KnowDecision(l.Decision)
		}
		return err
	})
}

// askAdvanced asks for what fees have made of the deficits that are to be covered: what
// they debited, less what was given back and covered. A reversal counts under the kind
// of what it reverses; one of a covering debits, and makes nothing.
func (b *batch) askAdvanced(q *pgx.Batch) {
	deficits := map[leaf.Account]bool{}
	for _, u := range b.units {
		u.Covered(func(a leaf.Account) { deficits[a] = true })
	}
	if len(deficits) == 0 {
		return
	}
	paths, currencies := columns(deficits)
	var a leaf.Account
	var minor int64
	each(q.Queue(`
		SELECT k.path, k.currency, d.advanced
		FROM unnest($2::text[], $3::text[]) AS k (path, currency)
		CROSS JOIN LATERAL (
			SELECT account FROM accounts
			WHERE ledger_id = $1 AND path = k.path AND currency = k.currency OFFSET 0
		) a
		CROSS JOIN LATERAL (
			SELECT COALESCE(SUM(CASE kind WHEN $4 THEN debits ELSE 0 END - credits), 0)::bigint AS advanced
			FROM day_totals WHERE ledger_id = $1 AND account = a.account AND kind IN ($4, $5)
		) d`, b.ledger, paths, currencies, int16(leaf.ProcessingFee), int16(leaf.DeficitCovered)),
		"look up advanced fees", []any{&a.Path, &a.Currency, &minor}, func() error {
			b.books.KnowAdvanced(a, minor)
			return nil
		})
}

func (b *batch) askEmergencies(q *pgx.Batch, awards map[leaf.Account]bool) {
	paths, currencies := columns(awards)
	var a leaf.Account
	var source string
	each(q.Queue(`
		SELECT k.path, k.currency, s.source
		FROM unnest($2::text[], $3::text[]) AS k (path, currency)
		CROSS JOIN LATERAL (
			SELECT account FROM accounts
			WHERE ledger_id = $1 AND path = k.path AND currency = k.currency OFFSET 0
		) a
		CROSS JOIN LATERAL (
			SELECT FROM day_totals WHERE ledger_id = $1 AND account = a.account AND kind = $4 AND credits > 0 LIMIT 1
		) d
		CROSS JOIN LATERAL (
			SELECT DISTINCT t.source
			FROM (SELECT sequence FROM entries WHERE ledger_id = $1 AND account = a.account AND side = 2 OFFSET 0) e
			CROSS JOIN LATERAL (
				SELECT source, kind FROM transactions WHERE ledger_id = $1 AND sequence = e.sequence OFFSET 0
			) t
			WHERE t.kind = $4
		) s`, b.ledger, paths, currencies, int16(leaf.EmergencyGrant)),
		"look up emergency grants", []any{&a.Path, &a.Currency, &source}, func() error {
			b.books.KnowEmergency(a, source)
			if !b.about[source] {
				b.grants = append(b.grants, source)
				b.about[source] = true
			}
			return nil
		})
}

// loadGrants reads the decisions about emergency grants of which units pay, which are
// known only after their awards.
func (b *batch) loadGrants(ctx context.Context) error {
	if len(b.grants) == 0 {
		return nil
	}
	q := &pgx.Batch{}
	b.askDecisionsAbout(q, b.grants)
	if err := b.tx.SendBatch(ctx, q).Close(); err != nil {
		return fmt.Errorf("load decisions about emergency grants: %w", err)
	}
	return nil
}
