package register

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// StageImport ends the arrival of a file: its rows are compared with what the
// list said before, and those that clash are held back.
func (s *Store) StageImport(ctx context.Context, id string, sha256 []byte) error {
	i, err := s.Import(ctx, id)
	if err != nil {
		return fmt.Errorf("stage import %s: %w", id, err)
	}
	sealed, err := s.keys.Seal(ctx, filePlace(id, s.listDigest(i.SourceList)), sha256)
	if err != nil {
		return fmt.Errorf("seal digest of import %s: %w", id, err)
	}
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var list []byte
		var state string
		if err := tx.QueryRow(ctx, `
			SELECT list_digest, state FROM prisoner_imports WHERE import_id = $1 FOR UPDATE`, id).
			Scan(&list, &state); err != nil {
			return err
		}
		if err := prisonerimport.Move(prisonerimport.State(state), prisonerimport.Staged); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = '10min'`); err != nil {
			return err
		}
		if err := compareRows(ctx, tx, id, list); err != nil {
			return err
		}
		if err := findClashes(ctx, tx, id); err != nil {
			return err
		}
		return stage(ctx, tx, id, list, sealed)
	})
	if err != nil {
		return fmt.Errorf("stage import %s: %w", id, err)
	}
	return nil
}

// compareRows sets change and held_back of every row in one pass. A new row is held
// back, too, that resembles somebody whom no row of the file is about any more: the
// same person under another id, more likely than a second one.
//
// The planner knows nothing of rows that arrived a moment ago, takes them for one or
// none, and would go through all of them for each. So look-ups are written in a way
// that leaves it no choice, and nothing else is joined row by row.
func compareRows(ctx context.Context, tx pgx.Tx, id string, list []byte) error {
	const gone = `NOT EXISTS (SELECT FROM prisoner_import_rows o WHERE o.import_id = $1 AND o.source_digest = k.source_digest OFFSET 0)`
	// Without JIT: the look-ups, which are nested loops for all that, count as so
	// expensive then that they would be compiled, for seconds.
	if _, err := tx.Exec(ctx, `SET LOCAL enable_nestloop = off; SET LOCAL jit = off`); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `
		WITH counted AS (
			SELECT row_key, source_digest, row_digest, name_digest, dates_digest,
				anonymous
				OR count(*) OVER (PARTITION BY source_digest) > 1
				OR url_digest IS NOT NULL AND count(*) OVER (PARTITION BY url_digest) > 1
				OR person_digest IS NOT NULL AND count(*) OVER (PARTITION BY person_digest) > 1 AS clashes
			FROM prisoner_import_rows WHERE import_id = $1),
		compared AS (
			SELECT c.row_key, c.clashes, CASE
					WHEN p.prisoner_id IS NULL THEN 'NEW'
					WHEN p.row_digest = c.row_digest THEN 'UNCHANGED'
					ELSE 'CHANGED' END AS change,
				p.prisoner_id IS NULL AND (
					EXISTS (SELECT FROM prisoners k WHERE k.list_digest = $2 AND k.name_digest = c.name_digest AND `+gone+`)
					OR EXISTS (SELECT FROM prisoners k WHERE k.list_digest = $2 AND k.dates_digest = c.dates_digest AND `+gone+`)
				) AS may_be_known
			FROM counted c LEFT JOIN LATERAL (
				SELECT prisoner_id, row_digest FROM prisoners
				WHERE list_digest = $2 AND source_digest = c.source_digest OFFSET 0) p ON true)
		UPDATE prisoner_import_rows r
		SET change = c.change, held_back = r.held_back OR c.clashes OR c.may_be_known, may_be_known = c.may_be_known
		FROM compared c WHERE r.import_id = $1 AND r.row_key = c.row_key`, id, list)
	if err != nil {
		return fmt.Errorf("compare rows: %w", err)
	}
	_, err = tx.Exec(ctx, `SET LOCAL enable_nestloop = on; SET LOCAL jit = on`)
	return err
}

// findClashes names the groups that compareRows has held back.
func findClashes(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO prisoner_import_clashes (import_id, clash_number, kind, row_keys)
		SELECT $1, row_number() OVER (ORDER BY g.row_keys[1], g.kind), g.kind, g.row_keys[1:100]
		FROM (
			SELECT 'SAME_ID' AS kind, array_agg(row_key ORDER BY row_key) AS row_keys
			FROM prisoner_import_rows WHERE import_id = $1 GROUP BY source_digest HAVING count(*) > 1
			UNION ALL
			SELECT 'SHARED_URL', array_agg(row_key ORDER BY row_key)
			FROM prisoner_import_rows WHERE import_id = $1 AND url_digest IS NOT NULL
			GROUP BY url_digest HAVING count(*) > 1
			UNION ALL
			SELECT 'SAME_NAME_AND_BIRTH', array_agg(row_key ORDER BY row_key)
			FROM prisoner_import_rows WHERE import_id = $1 AND person_digest IS NOT NULL
			GROUP BY person_digest HAVING count(*) > 1
			UNION ALL
			SELECT 'ANONYMOUS', ARRAY[row_key]
			FROM prisoner_import_rows WHERE import_id = $1 AND anonymous) g`, id)
	if err != nil {
		return fmt.Errorf("find clashes: %w", err)
	}
	return nil
}

func stage(ctx context.Context, tx pgx.Tx, id string, list, sealed []byte) error {
	tag, err := tx.Exec(ctx, `
		UPDATE prisoner_imports i
		SET state = 'STAGED', sha256_sealed = $3, new_rows = n.fresh, changed_rows = n.changed,
			unchanged_rows = n.same, held_back_rows = n.held,
			vanished_rows = (SELECT count(*) FROM (
				SELECT source_digest FROM prisoners WHERE list_digest = $2
				EXCEPT SELECT source_digest FROM prisoner_import_rows WHERE import_id = $1) gone),
			compared_with = (`+lastMerged+`)
		FROM (
			SELECT count(*) FILTER (WHERE change = 'NEW') AS fresh,
				count(*) FILTER (WHERE change = 'CHANGED') AS changed,
				count(*) FILTER (WHERE change = 'UNCHANGED') AS same,
				count(*) FILTER (WHERE held_back) AS held
			FROM prisoner_import_rows WHERE import_id = $1) n
		WHERE i.import_id = $1 AND i.parsed_rows > 0`, id, list, sealed)
	if err != nil {
		return fmt.Errorf("count rows: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return fault.Field("file", fault.FieldRequired, "has no rows")
	}
	return nil
}

// lastMerged selects the import of list $2 that was merged last.
const lastMerged = `SELECT l.last_merged FROM source_lists l WHERE l.list_digest = $2`
