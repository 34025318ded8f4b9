package store

import (
	"bytes"
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// Size reads the number of leaves, which may not be durable on every standby yet.
func (s *Store) Size(ctx context.Context) (int64, error) {
	return postgres.One(ctx, s.db.Pool, "size", pgx.RowTo[int64], `SELECT size FROM head WHERE ledger_id = $1`, s.ledger)
}

// Leaves calls fn with the canonical bytes of count leaves from a sequence on, in
// order and as the tables have them, all within one tile. A leaf that is not there,
// or about which the tables disagree, is given as a gap. fn must not keep the bytes.
func (s *Store) Leaves(ctx context.Context, first int64, count int, fn func(leaf []byte) error) error {
	return s.leavesOf(ctx, s.db.Bulk, first, count, fn)
}

func (s *Store) leavesOf(ctx context.Context, db postgres.Querier, first int64, count int, fn func(leaf []byte) error) error {
	stored, err := s.rowsOf(ctx, db, first, count)
	if err != nil {
		return err
	}
	hashes, err := tileReader{db, s.ledger}.ReadTile(ctx, 0, first/merkle.TileWidth, 0)
	if err != nil && !fault.OfKind(err, fault.NotFound) {
		return err
	}
	found, err := db.Query(ctx, `
		SELECT k.sequence, l.reference, l.bytes
		FROM generate_series($2::bigint, $2::bigint + $3::bigint - 1) AS k (sequence)
		LEFT JOIN leaves l ON l.ledger_id = $1 AND l.sequence = k.sequence
			AND l.sequence >= $2 AND l.sequence < $2::bigint + $3::bigint
		ORDER BY k.sequence`, s.ledger, first, int64(count))
	if err != nil {
		return fmt.Errorf("read leaves: %w", err)
	}
	var sequence int64
	var reference *string
	var raw []byte
	if _, err := pgx.ForEachRow(found, []any{&sequence, &reference, &raw}, func() error {
		if reference == nil {
			return fn(leaf.Gap(""))
		}
		given := stored.asStored(sequence, *reference, raw)
		at := sequence % merkle.TileWidth * merkle.HashSize
		if hash := merkle.LeafHash(given); !bytes.Equal(given, raw) && bytes.HasPrefix(hashes[min(at, int64(len(hashes))):], hash[:]) {
			given = raw // the bytes were changed, not the rows
		}
		return fn(given)
	}); err != nil {
		return fmt.Errorf("read leaves: %w", err)
	}
	return nil
}

// journalPage is how many transactions a journal reads at a time.
const journalPage = 500

// Journal gives every transaction before a size, ordered by booking date and
// sequence. It holds no transaction of the database open: what is booked never
// changes.
func (s *Store) Journal(ctx context.Context, size int64) iter.Seq2[*leaf.Transaction, error] {
	return func(yield func(*leaf.Transaction, error) bool) {
		date, sequence := leaf.Day(0).Time(), int64(-1)
		for {
			leaves, err := s.leaves(ctx, s.db.Bulk, `
				SELECT l.bytes
				FROM transactions t JOIN leaves l ON l.ledger_id = $1 AND l.sequence = t.sequence
				WHERE t.ledger_id = $1 AND (t.booking_date, t.sequence) > ($2, $3) AND t.sequence < $4
				ORDER BY t.booking_date, t.sequence LIMIT $5`, s.ledger, date, sequence, size, journalPage)
			if err != nil {
				yield(nil, fmt.Errorf("read journal: %w", err))
				return
			}
			for _, l := range leaves {
				if !yield(l.Transaction, nil) {
					return
				}
				date, sequence = l.Transaction.BookingDate.Time(), l.Transaction.Sequence
			}
			if len(leaves) < journalPage {
				return
			}
		}
	}
}
