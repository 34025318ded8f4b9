package register

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// decision is what will be written once a clash is resolved.
type decision struct {
	clash    prisonerimport.Clash
	list     []byte
	now      time.Time
	outcomes []outcome
}

// outcome is what becomes of one row.
type outcome struct {
	row heldRow
	// prisonerID is whom the row is about, empty for nobody.
	prisonerID string
	// resealed are the facts under the prisoner's key, of version; nil where the row says
	// nothing of them.
	resealed []byte
	version  int
	// source is what the prisoner's id in the list is called from now on; retire what that
	// of the holder is called, from whom the row takes it.
	source, retire []byte
}

// target is a prisoner whom rows are decided to be about.
type target struct {
	ID      string `db:"prisoner_id"`
	Source  []byte `db:"source_digest"`
	Version int
	// Listed is true where another row of the file is about the prisoner already.
	Listed bool
}

// prepareDecision works out what becomes of the rows of a proposal, and seals it. It
// changes nothing.
func (s *Store) prepareDecision(ctx context.Context, c prisonerimport.Clash) (d decision, err error) {
	d = decision{clash: c, now: s.now()}
	if c.Take(prisonerimport.Resolve) != nil { // who resolves it is told so, unless it is a replay
		return d, nil //nolint:nilerr // the refusal is told by who resolves
	}
	numbers, err := s.rowCipher(c.ImportID)
	if err != nil {
		return d, err
	}
	keys := make([][]byte, len(c.DecidedRows))
	for n, row := range c.DecidedRows {
		keys[n] = numbers.key(row)
	}
	if err := s.db.Pool.QueryRow(ctx, `SELECT list_digest FROM prisoner_imports WHERE import_id = $1`, c.ImportID).Scan(&d.list); err != nil {
		return d, fmt.Errorf("read import %s: %w", c.ImportID, err)
	}
	rows, err := s.heldRows(ctx, s.db.Pool, c.ImportID, keys)
	if err != nil || len(rows) == 0 {
		return d, err
	}
	switch c.Decision {
	case prisonerimport.SamePerson:
		err = s.onePerson(ctx, &d, rows)
	case prisonerimport.AnotherPerson:
		err = s.ownPersons(ctx, &d, rows)
	default:
		for _, r := range rows {
			d.outcomes = append(d.outcomes, outcome{row: r})
		}
	}
	return d, err
}

// onePerson: all rows are about one prisoner, of whom the first says something unless
// another row of the file does.
func (s *Store) onePerson(ctx context.Context, d *decision, rows []heldRow) error {
	first := outcome{row: rows[0], prisonerID: d.clash.PrisonerID}
	if first.prisonerID == "" {
		first.prisonerID = rows[0].HolderID
	}
	var err error
	if first.prisonerID == "" {
		err = s.fresh(ctx, d, &first)
	} else {
		err = s.known(ctx, d, &first)
	}
	if err != nil {
		return err
	}
	d.outcomes = append(d.outcomes, first)
	for _, r := range rows[1:] {
		d.outcomes = append(d.outcomes, outcome{row: r, prisonerID: first.prisonerID})
	}
	return nil
}

// known lets a row change a prisoner who is there. The prisoner bears the row's id from
// now on, unless that is somebody else's.
func (s *Store) known(ctx context.Context, d *decision, o *outcome) error {
	t, err := s.target(ctx, d.clash.ImportID, o.prisonerID)
	if err != nil || t.Listed {
		return err
	}
	o.version, o.source = t.Version+1, t.Source
	if o.row.HolderID == "" {
		o.source = o.row.Source
	}
	return s.sealOutcome(ctx, d, o)
}

// ownPersons: each row is a person of its own. The id is taken from whom it belonged to,
// unless a row of the file is still about them.
func (s *Store) ownPersons(ctx context.Context, d *decision, rows []heldRow) error {
	taken := map[string]bool{}
	for _, r := range rows {
		o := outcome{row: r}
		if r.HolderID != "" {
			holder, err := s.target(ctx, d.clash.ImportID, r.HolderID)
			if err != nil {
				return err
			}
			taken[string(r.Source)] = taken[string(r.Source)] || holder.Listed
			if !taken[string(r.Source)] {
				if o.retire, err = s.sourceDigest(ctx, d.list, "retired|"+r.HolderID); err != nil {
					return err
				}
			}
		}
		if err := s.fresh(ctx, d, &o); err != nil {
			return err
		}
		if taken[string(r.Source)] {
			o.source = r.Claim
		}
		taken[string(r.Source)] = true
		d.outcomes = append(d.outcomes, o)
	}
	return nil
}

// fresh makes a row a prisoner of its own.
func (s *Store) fresh(ctx context.Context, d *decision, o *outcome) error {
	o.prisonerID, o.version, o.source = resource.NewID(resource.KindPrisoner), 1, o.row.Source
	if err := s.keys.CreateMany(ctx, []seal.Subject{seal.Prisoner(o.prisonerID)}); err != nil {
		return fmt.Errorf("make key of prisoner: %w", err)
	}
	return s.sealOutcome(ctx, d, o)
}

// sealOutcome seals a row's facts under the prisoner's key.
func (s *Store) sealOutcome(ctx context.Context, d *decision, o *outcome) (err error) {
	value := arrived
	if d.clash.ImportState == prisonerimport.Merged {
		value = keptBack
	}
	o.resealed, err = s.reseal(ctx, rowPlace(d.clash.ImportID, o.row.Number, value), recordPlace(o.prisonerID, o.version), o.row.Sealed)
	return err
}

func (s *Store) target(ctx context.Context, importID, prisonerID string) (target, error) {
	return postgres.One(ctx, s.db.Pool, "prisoner", pgx.RowToStructByName[target], `
		SELECT p.prisoner_id, p.source_digest, p.version,
			EXISTS (SELECT FROM prisoner_import_rows r WHERE r.import_id = $1 AND r.source_digest = p.source_digest AND NOT r.held_back AND r.decision IS NULL)
			OR EXISTS (SELECT FROM prisoner_import_rows r WHERE r.import_id = $1 AND r.decision IS NOT NULL AND r.prisoner_id = p.prisoner_id) AS listed
		FROM prisoners p WHERE p.prisoner_id = $2`, importID, prisonerID)
}
