package register

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
)

// ResolveClash decides what was proposed about a clash. The rows become, change or
// confirm prisoners, or nothing, and what was decided holds for the next files.
func (s *Store) ResolveClash(ctx context.Context, person, id string, number int, etag string) error {
	c, err := s.Clash(ctx, id, number)
	if err != nil {
		return err
	}
	d, err := s.prepareDecision(ctx, c)
	if err != nil {
		return err
	}
	_, err = idempotency.Once(ctx, s.db, func(ctx context.Context, tx pgx.Tx) (string, error) {
		now, err := s.lockClash(ctx, tx, id, number)
		if err != nil {
			return "", err
		}
		if err := s.mayDecide(ctx, tx, prisonerimport.Resolve, person, now); err != nil {
			return "", err
		}
		if err := revision.Check(ctx, etag, int64(now.Version)); err != nil {
			return "", err
		}
		if now.Version != c.Version || now.ImportState != c.ImportState {
			return "", fault.New(fault.Aborted, fault.ReasonEtagMismatch, "Somebody has changed it meanwhile; nothing was decided.")
		}
		return id, s.writeDecision(ctx, tx, d, person)
	})
	if postgres.Violates(err, "prisoners_source") || postgres.Violates(err, "source_records_pkey") || errors.Is(err, errMovedOn) {
		return fault.New(fault.Aborted, fault.ReasonStillRunning, "Another decision about the same prisoner is being made.").With(err)
	}
	return err
}

// errMovedOn says that what a decision rests on was changed while it was prepared.
var errMovedOn = errors.New("the prisoner was changed meanwhile")

// writeDecision does all that a decision says, in one transaction.
func (s *Store) writeDecision(ctx context.Context, tx pgx.Tx, d decision, person string) error {
	var keys [][]byte
	for _, o := range d.outcomes {
		keys = append(keys, o.row.Key)
	}
	held, err := s.heldRows(ctx, tx, d.clash.ImportID, keys)
	if err != nil {
		return err
	}
	if len(held) != len(d.clash.DecidedRows) || len(held) != len(d.outcomes) {
		return fault.New(fault.Precondition, fault.ReasonRowsDecided, "A row was decided in another clash since this was proposed.")
	}
	became := 0
	for n, o := range d.outcomes {
		if held[n].HolderID != o.row.HolderID {
			return errMovedOn
		}
		if o.resealed != nil {
			became++
		}
		if err := s.writeOutcome(ctx, tx, d, o); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `
		UPDATE prisoner_imports SET held_back_rows = held_back_rows - $2, merged_rows = merged_rows + $3 WHERE import_id = $1`,
		d.clash.ImportID, len(held), became); err != nil {
		return fmt.Errorf("count rows of import %s: %w", d.clash.ImportID, err)
	}
	if err := closeClashes(ctx, tx, d.clash, keys, person); err != nil {
		return err
	}
	if d.clash.ImportState == prisonerimport.Merged {
		return s.oweDestruction(ctx, tx, d.clash.ImportID) // of the key of what was held back, once nothing is
	}
	return nil
}

// writeOutcome writes what becomes of one row, and remembers it for the next files.
func (s *Store) writeOutcome(ctx context.Context, tx pgx.Tx, d decision, o outcome) error {
	if o.retire != nil {
		if _, err := tx.Exec(ctx, `UPDATE prisoners SET source_digest = $2 WHERE prisoner_id = $1`, o.row.HolderID, o.retire); err != nil {
			return fmt.Errorf("take an id from prisoner %s: %w", o.row.HolderID, err)
		}
	}
	if err := o.writePrisoner(ctx, tx, d); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		UPDATE prisoner_import_rows
		SET decision = $3, held_back = false, prisoner_id = NULLIF($4, ''), sealed = NULL, label_sealed = NULL
		WHERE import_id = $1 AND row_key = $2`, d.clash.ImportID, o.row.Key, string(d.clash.Decision), o.prisonerID); err != nil {
		return fmt.Errorf("note the decision about a row: %w", err)
	}
	digest := o.row.Claim
	if o.row.Unreadable || d.clash.Decision == prisonerimport.Unusable {
		digest = o.row.Digest
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO row_decisions (list_digest, digest, prisoner_id, import_id) VALUES ($1, $2, NULLIF($3, ''), $4)
		ON CONFLICT (list_digest, digest) DO UPDATE SET prisoner_id = EXCLUDED.prisoner_id, import_id = EXCLUDED.import_id`,
		d.list, digest, o.prisonerID, d.clash.ImportID)
	if err != nil {
		return fmt.Errorf("remember the decision about a row: %w", err)
	}
	return nil
}

// writePrisoner makes or changes the prisoner that a row is about, if it says anything.
func (o outcome) writePrisoner(ctx context.Context, tx pgx.Tx, d decision) error {
	if o.resealed == nil {
		return nil
	}
	r, id := o.row, d.clash.ImportID
	var err error
	if o.version == 1 {
		_, err = tx.Exec(ctx, `
			INSERT INTO prisoners (prisoner_id, list_digest, source_digest, status, version, row_digest, name_digest, dates_digest, url_digest,
				year_digest, seen_in, created_on)
			VALUES ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $10, $11)`,
			o.prisonerID, d.list, o.source, r.Status, r.Digest, r.Name, r.Dates, r.URL, r.Year, id, d.now)
	} else {
		tag, failed := tx.Exec(ctx, `
			UPDATE prisoners SET source_digest = $3, status = $4, version = $2, row_digest = $5, name_digest = $6, dates_digest = $7,
				url_digest = $8, year_digest = $9, seen_in = $10
			WHERE prisoner_id = $1 AND version = $2 - 1`,
			o.prisonerID, o.version, o.source, r.Status, r.Digest, r.Name, r.Dates, r.URL, r.Year, id)
		if err = failed; err == nil && tag.RowsAffected() == 0 {
			return errMovedOn
		}
	}
	if err != nil {
		return fmt.Errorf("write prisoner %s: %w", o.prisonerID, err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO source_records (prisoner_id, version, import_id, row_key, row_digest, status, sealed, merged_on)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, o.prisonerID, o.version, id, r.Key, r.Digest, r.Status, o.resealed, d.now)
	if err != nil {
		return fmt.Errorf("write record of prisoner %s: %w", o.prisonerID, err)
	}
	return nil
}

// closeClashes says of every clash with a row that is decided now whether any of its
// rows still waits.
func closeClashes(ctx context.Context, tx pgx.Tx, c prisonerimport.Clash, keys [][]byte, person string) error {
	_, err := tx.Exec(ctx, `
		UPDATE prisoner_import_clashes c
		SET version = c.version + 1, resolver = CASE WHEN c.clash_number = $2 THEN $4 ELSE c.resolver END,
			state = CASE WHEN EXISTS (
				SELECT FROM prisoner_import_rows r WHERE r.import_id = $1 AND r.row_key = ANY (c.row_keys) AND r.held_back)
				THEN 'OPEN' ELSE 'RESOLVED' END
		WHERE c.import_id = $1 AND c.state IN ('OPEN', 'PROPOSED') AND c.row_keys && $3`, c.ImportID, c.Number, keys, person)
	if err != nil {
		return fmt.Errorf("close clashes of import %s: %w", c.ImportID, err)
	}
	return nil
}

// supersede ends what nobody has decided of earlier files of a list: the file that was
// merged now holds back again what still clashes.
func (s *Store) supersede(ctx context.Context, tx pgx.Tx, id string, list []byte) error {
	earlier, err := postgres.Many(ctx, tx, "imports with rows held back", pgx.RowTo[string], `
		SELECT import_id FROM prisoner_imports
		WHERE list_digest = $1 AND import_id <> $2 AND state = 'MERGED' AND held_back_rows > 0 ORDER BY import_id FOR UPDATE`, list, id)
	if err != nil {
		return err
	}
	for _, other := range earlier {
		for _, statement := range []string{
			`UPDATE prisoner_import_clashes SET state = 'SUPERSEDED', version = version + 1 WHERE import_id = $1 AND state IN ('OPEN', 'PROPOSED')`,
			`UPDATE prisoner_import_rows SET decision = 'SUPERSEDED', held_back = false, sealed = NULL, label_sealed = NULL
				WHERE import_id = $1 AND held_back`,
			`UPDATE prisoner_imports SET held_back_rows = 0 WHERE import_id = $1`,
		} {
			if _, err := tx.Exec(ctx, statement, other); err != nil {
				return fmt.Errorf("supersede import %s: %w", other, err)
			}
		}
		if err := s.oweDestruction(ctx, tx, other); err != nil {
			return err
		}
	}
	return nil
}
