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

// compareRows says of every row in one pass whom it is about, how it differs, and why it
// is held back. A row about somebody known by its id clashes with nobody, nor does one
// that two people have decided about; whatever is new must not be the same person as
// anybody else in the file, nor as anybody whom the list had before.
//
// The planner knows nothing of rows that arrived a moment ago, takes them for one or
// none, and would go through all of them for each. So look-ups are written in a way
// that leaves it no choice, and nothing else is joined row by row.
func compareRows(ctx context.Context, tx pgx.Tx, id string, list []byte) error {
	// Without JIT: the look-ups, which are nested loops for all that, count as so
	// expensive then that they would be compiled, for seconds.
	if _, err := tx.Exec(ctx, `SET LOCAL enable_nestloop = off; SET LOCAL enable_seqscan = off; SET LOCAL jit = off`); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `WITH `+countedRows+`, `+judgedRows+`
		UPDATE prisoner_import_rows r
		SET known_id = c.known, clashes = c.clashes, held_back = c.held,
			decision = c.decision, change = CASE
				WHEN c.decision IS NOT NULL THEN 'UNCHANGED'
				WHEN c.known IS NULL THEN 'NEW'
				WHEN c.was = c.row_digest THEN 'UNCHANGED'
				ELSE 'CHANGED' END
		FROM (
			SELECT p.*, CASE
				WHEN decided AND known IS NULL THEN 'UNUSABLE'
				WHEN decided AND place > 1 THEN 'SAME_PERSON' END AS decision
			FROM placed p) c
		WHERE r.import_id = $1 AND r.row_key = c.row_key`, id, list)
	if err != nil {
		return fmt.Errorf("compare rows: %w", err)
	}
	_, err = tx.Exec(ctx, `SET LOCAL enable_nestloop = on; SET LOCAL enable_seqscan = on; SET LOCAL jit = on`)
	return err
}

// countedRows are the rows of import $1 with how many have the same: a name of which
// only a year of birth is known, or nothing, may be that of any who bear it.
const countedRows = `
	counted AS (
		SELECT row_key, source_digest, row_digest, claim_digest, url_digest, name_digest, year_digest, dates_digest,
			anonymous, held_back AS blocked,
			count(*) OVER (PARTITION BY source_digest) > 1 AS same_id,
			url_digest IS NOT NULL AND count(*) OVER (PARTITION BY url_digest) > 1 AS same_url,
			name_digest IS NOT NULL AND (
				count(*) OVER names > 1 AND (year_digest IS NULL OR count(*) FILTER (WHERE year_digest IS NULL) OVER names > 0)
				OR year_digest IS NOT NULL AND count(*) OVER years > 1 AND (person_digest = year_digest OR count(*) FILTER (WHERE person_digest = year_digest) OVER years > 0)
				OR person_digest IS NOT NULL AND count(*) OVER (PARTITION BY person_digest) > 1) AS same_person
		FROM prisoner_import_rows WHERE import_id = $1
		WINDOW names AS (PARTITION BY name_digest), years AS (PARTITION BY year_digest))`

// judgedRows look each row up among the prisoners of list $2, and among what was
// decided. holder had the row's id before; known is whom the row is about. Of several
// rows about one prisoner the first in placed is what the list says.
const judgedRows = `
	looked AS (
		SELECT c.*, p.prisoner_id AS holder,
			p.prisoner_id IS NOT NULL AND (p.name_digest IS DISTINCT FROM c.name_digest OR COALESCE(p.year_digest <> c.year_digest, false)) AS other,
			COALESCE(d.decided, false) AS decided,
			CASE WHEN d.decided THEN d.prisoner_id ELSE p.prisoner_id END AS known,
			CASE WHEN d.decided THEN d.row_digest ELSE p.row_digest END AS was
		FROM counted c
		LEFT JOIN LATERAL (
			SELECT prisoner_id, row_digest, name_digest, year_digest FROM prisoners
			WHERE list_digest = $2 AND source_digest = c.source_digest OFFSET 0) p ON true
		LEFT JOIN LATERAL (
			SELECT true AS decided, w.prisoner_id,
				(SELECT k.row_digest FROM prisoners k WHERE k.prisoner_id = w.prisoner_id OFFSET 0) AS row_digest
			FROM row_decisions w
			WHERE w.list_digest = $2 AND w.digest = ANY (ARRAY[c.row_digest, CASE WHEN NOT c.blocked THEN c.claim_digest END])
			ORDER BY w.digest = c.row_digest DESC LIMIT 1 OFFSET 0) d ON true),
	judged AS (
		SELECT l.*, decided OR holder IS NOT NULL AND NOT (other OR same_id OR blocked) AS settled,
			array_remove(ARRAY[
				CASE WHEN same_id THEN 'SAME_ID' END,
				CASE WHEN same_url THEN 'SHARED_URL' END,
				CASE WHEN same_person THEN 'SAME_NAME_AND_BIRTH' END,
				CASE WHEN anonymous THEN 'ANONYMOUS' END,
				CASE WHEN other THEN 'OTHER_PERSON' END,
				CASE WHEN blocked THEN 'UNREADABLE' END,
				CASE WHEN known IS NULL AND NOT decided AND ` + mayBeKnown + ` THEN 'MAY_BE_KNOWN' END], NULL) AS clashes
		FROM looked l),
	placed AS (
		SELECT j.*, NOT settled AND cardinality(clashes) > 0 AS held,
			row_number() OVER (PARTITION BY known ORDER BY settled AND NOT decided DESC, holder IS NOT DISTINCT FROM known DESC, row_key) AS place
		FROM judged j)`

// mayBeKnown: somebody of the list has the row's name and may have its birth; or its
// name, or its birth and detention, and no row of the file any more; or its address.
const mayBeKnown = `(
	EXISTS (SELECT FROM prisoners k WHERE k.list_digest = $2 AND k.name_digest = l.name_digest AND (` + gone + `
		OR k.year_digest IS NULL OR l.year_digest IS NULL OR k.year_digest = l.year_digest))
	OR EXISTS (SELECT FROM prisoners k WHERE k.list_digest = $2 AND k.dates_digest = l.dates_digest AND ` + gone + `)
	OR EXISTS (SELECT FROM prisoners k WHERE k.list_digest = $2 AND k.url_digest = l.url_digest))`

const gone = `NOT EXISTS (SELECT FROM prisoner_import_rows o WHERE o.import_id = $1 AND o.source_digest = k.source_digest OFFSET 0)`

// findClashes names the groups in which compareRows has held something back, 100 rows at
// most in each.
func findClashes(ctx context.Context, tx pgx.Tx, id string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO prisoner_import_clashes (import_id, clash_number, kind, row_keys)
		SELECT $1, row_number() OVER (ORDER BY g.row_keys[1], g.kind), g.kind, g.row_keys
		FROM (
			SELECT kind, array_agg(row_key ORDER BY row_key) AS row_keys
			FROM (
				SELECT kind, row_key, held_back, what,
					(row_number() OVER (PARTITION BY kind, what ORDER BY NOT held_back, row_key) - 1) / 100 AS part
				FROM (
					SELECT kind, row_key, held_back, CASE kind
						WHEN 'SAME_ID' THEN source_digest
						WHEN 'SHARED_URL' THEN url_digest
						WHEN 'SAME_NAME_AND_BIRTH' THEN name_digest
						ELSE row_key END AS what
					FROM (
						SELECT unnest(clashes) AS kind, row_key, held_back, source_digest, url_digest, name_digest
						FROM prisoner_import_rows WHERE import_id = $1) AS kinds) AS keyed) AS parted
			GROUP BY kind, what, part HAVING bool_or(held_back)) AS g`, id)
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
				SELECT prisoner_id FROM prisoners WHERE list_digest = $2
				EXCEPT SELECT known_id FROM prisoner_import_rows WHERE import_id = $1) gone),
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
