package register

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const clashColumns = `
	SELECT c.import_id, i.state, c.clash_number, c.kind, c.row_keys, c.state, c.version, COALESCE(c.decision, ''), c.decided_keys,
		COALESCE(c.prisoner_id, ''), COALESCE(c.proposer, ''), COALESCE(c.resolver, '')
	FROM prisoner_import_clashes c JOIN prisoner_imports i ON i.import_id = c.import_id`

// scanClash reads a row of clashColumns.
func (s *Store) scanClash(row pgx.CollectableRow) (c prisonerimport.Clash, err error) {
	var keys, decided [][]byte
	if err = row.Scan(&c.ImportID, &c.ImportState, &c.Number, &c.Kind, &keys, &c.State, &c.Version, &c.Decision, &decided,
		&c.PrisonerID, &c.Proposer, &c.Resolver); err != nil {
		return c, err
	}
	numbers, err := s.rowCipher(c.ImportID)
	if err != nil {
		return c, err
	}
	if c.Rows, err = numbers.numbers(keys); err != nil {
		return c, err
	}
	c.DecidedRows, err = numbers.numbers(decided)
	return c, err
}

// ImportClashes lists what is held back of an import, or of all, by number.
func (s *Store) ImportClashes(ctx context.Context, id string, p page.Page) ([]prisonerimport.Clash, error) {
	if err := s.isImport(ctx, id); err != nil {
		return nil, err
	}
	return listing.Rows(ctx, s.db.Pool, "clashes of import", s.scanClash, clashColumns, clashList(), p, listing.Under("c.import_id", id))
}

// Clash returns one clash.
func (s *Store) Clash(ctx context.Context, id string, number int) (prisonerimport.Clash, error) {
	return s.clash(ctx, s.db.Pool, id, number, "")
}

// lockClash reads a clash for a decision about it. The import is locked first, as a
// merge does it.
func (s *Store) lockClash(ctx context.Context, tx pgx.Tx, id string, number int) (prisonerimport.Clash, error) {
	if _, err := lockState(ctx, tx, id); err != nil {
		return prisonerimport.Clash{}, fmt.Errorf("lock import %s: %w", id, err)
	}
	return s.clash(ctx, tx, id, number, " FOR UPDATE OF c")
}

func (s *Store) clash(ctx context.Context, q postgres.Querier, id string, number int, lock string) (c prisonerimport.Clash, err error) {
	list, err := postgres.Many(ctx, q, "clash", s.scanClash, clashColumns+` WHERE c.import_id = $1 AND c.clash_number = $2`+lock, id, number)
	switch {
	case err != nil:
		return c, err
	case len(list) == 0:
		return c, fault.Missing("clash")
	}
	return list[0], nil
}

// What people read of lists, as the record of reads calls it.
const (
	purposeClash  = "CLASH"
	purposeImport = "IMPORT"
)

// seenFor is for how many days what somebody has read of a clash counts as seen.
const seenFor = 3

// recordRead notes that a person reads what a list says, before it is opened. Lists are
// public: these reads do not count towards what one person may read of families.
func (s *Store) recordRead(ctx context.Context, person, what, purpose string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := s.now()
		_, err := tx.Exec(ctx, `
			INSERT INTO access_records (record_id, person, subject_digest, purpose, read_on, read_at)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			resource.NewID(resource.KindAccessRecord), person, s.readDigest(person, what), purpose, now.Truncate(day), now)
		if err != nil {
			return fmt.Errorf("record read: %w", err)
		}
		return nil
	})
}

// readDigest is what somebody read, as the record calls it: for each reader otherwise.
func (s *Store) readDigest(person, what string) []byte {
	return s.keys.Keyed("access record", []byte(person+"|"+what))
}

// Seen tells which of some clashes a person has read lately.
func (s *Store) Seen(ctx context.Context, person string, clashes []prisonerimport.Clash) (map[string]bool, error) {
	return s.seen(ctx, s.db.Pool, person, clashes)
}

func (s *Store) seen(ctx context.Context, q postgres.Querier, person string, clashes []prisonerimport.Clash) (map[string]bool, error) {
	names, digests := map[string]string{}, make([][]byte, len(clashes))
	for n, c := range clashes {
		digests[n] = s.readDigest(person, c.Resource())
		names[string(digests[n])] = c.Resource()
	}
	read, err := postgres.Many(ctx, q, "reads of clashes", pgx.RowTo[[]byte], `
		SELECT DISTINCT subject_digest FROM access_records
		WHERE person = $1 AND read_on > $2 AND subject_digest = ANY ($3)`,
		person, s.now().Truncate(day).AddDate(0, 0, -seenFor), digests)
	out := map[string]bool{}
	for _, digest := range read {
		out[names[string(digest)]] = true
	}
	return out, err
}
