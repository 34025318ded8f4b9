package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// readLimits are how many distinct families or prisoners one person may read.
var readLimits = []struct {
	within time.Duration
	most   int
}{{time.Hour, 20}, {24 * time.Hour, 40}, {30 * 24 * time.Hour, 150}}

// hoursCount is how long the hour of a read counts; then the day stays.
const hoursCount = 24 * time.Hour

// recordRead notes that a person reads a family or prisoner, or refuses it where the
// person has read too many. Reads of one person take turns, so that the limit cannot
// be outrun. Reads of lists, which are public, do not count, nor do calls about what waits
// to be confirmed: each is shown once.
func (s *Store) recordRead(ctx context.Context, tx pgx.Tx, person string, subject seal.Subject, purpose string) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('read|' || $1, 0))`, person); err != nil {
		return fmt.Errorf("wait for other reads: %w", err)
	}
	now, digest := s.now(), s.cover(subject, person)
	for _, limit := range readLimits {
		condition, since := `read_at > $2`, now.Add(-limit.within)
		if limit.within > hoursCount {
			condition = `read_on > $2::date`
		}
		var others int
		if err := tx.QueryRow(ctx, `
			SELECT count(DISTINCT subject_digest) FROM access_records
			WHERE person = $1 AND `+condition+` AND subject_digest <> $3 AND purpose NOT IN ('CLASH', 'IMPORT', 'CALL')`, person, since, digest).Scan(&others); err != nil {
			return fmt.Errorf("count reads: %w", err)
		}
		if others >= limit.most {
			f := fault.New(fault.Exhausted, fault.ReasonReadLimit, "Too many people were read; wait, or ask a protection officer.")
			f.RetryAfter = time.Hour
			return f
		}
	}
	return s.noteRead(ctx, tx, person, digest, purpose)
}

func (s *Store) noteRead(ctx context.Context, tx pgx.Tx, person string, digest []byte, purpose string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO access_records (record_id, person, subject_digest, purpose, read_on, read_at)
		VALUES ($1, $2, $3, $4, $5, $6)`,
		resource.NewID(resource.KindAccessRecord), person, digest, purpose, s.today(), s.now())
	if err != nil {
		return fmt.Errorf("record read: %w", err)
	}
	return nil
}

// readDigest stands for a subject in the record of a person's reads. Each reader has
// digests of their own, so that nobody can count who is read by many.
func (s *Store) readDigest(subject seal.Subject, person string) []byte {
	return s.keys.Keyed("access record", []byte(person+"|"+subject.String()))
}

// Unsealed is everything personal about a family.
type Unsealed struct {
	// PrisonerID is whom the family stands behind, Country where it lives.
	PrisonerID, Country string
	// Members, Contacts and Destinations are in full.
	Members      []family.Member
	Contacts     []family.Contact
	Destinations []destination.Destination
}

// Unseal opens a family for its owner or, for three days, the person drawn or who looks at
// it for a plan. The read is on record before anything is opened.
func (s *Store) Unseal(ctx context.Context, person, id, purpose string) (Unsealed, error) {
	keeps, err := s.admit(ctx, person, id, purpose)
	if err != nil {
		return Unsealed{}, err
	}
	u, err := s.openFamily(ctx, id)
	if !keeps { // whoever confirms where it is paid hears that from the family, and does not see it
		for i := range u.Destinations {
			if u.Destinations[i].State == family.Pending {
				u.Destinations[i].Details = destination.Details{}
			}
		}
	}
	return u, err
}

// admit lets the owner of a family and, for some days, the person drawn or who looks at it
// for a plan read it, and notes that they do; keeps says that it is their case.
func (s *Store) admit(ctx context.Context, person, id, purpose string) (keeps bool, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		f, err := s.lockFamily(ctx, tx, family.Scope{Person: person, All: true}, id)
		if err != nil {
			return err
		}
		v, _, err := openVerification(ctx, tx, id)
		if err != nil {
			return err
		}
		if keeps = f.CheckKeeper(person) == nil; !keeps {
			may := func() error { return s.drawn(ctx, tx, id, v) }
			if !v.MayUnseal(person, s.now()) {
				may = func() error { return s.looks(ctx, tx, id, person, purpose) }
			}
			if err := may(); err != nil {
				return err
			}
		}
		if err := f.CheckUnlocked(); err != nil {
			return err
		}
		return s.recordRead(ctx, tx, person, seal.Family(id), purpose)
	})
	return keeps && err == nil, err
}

func (s *Store) openFamily(ctx context.Context, id string) (Unsealed, error) {
	var u Unsealed
	var prisonerSealed, profileSealed []byte
	var entered, version int
	if err := s.db.Pool.QueryRow(ctx, `
		SELECT entry_version, prisoner_sealed, profile_version, profile_sealed FROM families WHERE family_id = $1`, id).
		Scan(&entered, &prisonerSealed, &version, &profileSealed); err != nil {
		return u, fmt.Errorf("read family %s: %w", id, err)
	}
	if err := s.open(ctx, prisonerColumn.At(seal.Family(id), id, entered), prisonerSealed, &u.PrisonerID); err != nil {
		return u, err
	}
	var profile family.Profile
	if err := s.open(ctx, profileColumn.At(seal.Family(id), id, version), profileSealed, &profile); err != nil {
		return u, err
	}
	u.Country = profile.Country
	err := s.openBelongings(ctx, id, &u)
	return u, err
}

func (s *Store) openBelongings(ctx context.Context, id string, u *Unsealed) (err error) {
	if u.Members, err = openAll(ctx, s, id, entered("members", "member_id", memberColumns), scanMember,
		func(m *family.Member) (seal.Place, any) { return entryColumn.At(seal.Family(id), m.ID, m.Version), m }); err != nil {
		return err
	}
	if u.Contacts, err = openAll(ctx, s, id, entered("contacts", "contact_id", contactColumns), scanContact,
		func(c *family.Contact) (seal.Place, any) { return entryColumn.At(seal.Family(id), c.ID, c.Version), c }); err != nil {
		return err
	}
	u.Destinations, err = openAll(ctx, s, id, `SELECT `+destinationColumns+`, sealed FROM destinations b`, scanDestination,
		func(d *destination.Destination) (seal.Place, any) {
			return destinationColumn.At(seal.Family(id), d.ID, 1), &d.Details
		})
	return err
}

// entered selects the columns of a table with the version of its entries that holds.
func entered(table, id, columns string) string {
	return `SELECT ` + columns + `, (SELECT e.sealed FROM entries e WHERE e.entry_id = b.` + id + ` AND e.version = b.version) FROM ` + table + ` b`
}

// openAll reads and opens all rows that belong to a family, the oldest first. From selects
// them, with what is sealed last; part says where that was sealed, and what it is read
// into.
func openAll[T any](ctx context.Context, s *Store, familyID, from string,
	scan func(row pgx.CollectableRow, further ...any) (T, error), part func(*T) (at seal.Place, into any)) ([]T, error) {
	rows, err := s.db.Pool.Query(ctx, from+` WHERE b.family_id = $1 ORDER BY created_on, 1`, familyID)
	if err != nil {
		return nil, fmt.Errorf("read what family %s has: %w", familyID, err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (one T, err error) {
		var sealed []byte
		if one, err = scan(row, &sealed); err != nil {
			return one, err
		}
		at, into := part(&one)
		err = s.open(ctx, at, sealed, into)
		return one, err
	})
	if err != nil {
		return nil, fmt.Errorf("open what family %s has: %w", familyID, err)
	}
	return all, nil
}

// RecordPrisonerRead notes that a person reads what a list says of a prisoner, whom a
// family of theirs stands behind. Another's prisoner is not found.
func (s *Store) RecordPrisonerRead(ctx context.Context, person, id string) error {
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var known bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM prisoners WHERE prisoner_id = $1)`, id).Scan(&known); err != nil {
			return fmt.Errorf("look for prisoner %s: %w", id, err)
		}
		if !known {
			return fault.Missing("prisoner")
		}
		link, err := s.digest(ctx, seal.Prisoner(id), "family", nil)
		if err != nil {
			return err
		}
		var own bool
		if err := tx.QueryRow(ctx, `SELECT EXISTS (
			SELECT FROM families WHERE prisoner_digest = $1 AND (owner = $2 OR deputy = $2))`, link, person).Scan(&own); err != nil {
			return fmt.Errorf("look for families of prisoner %s: %w", id, err)
		}
		if !own {
			return fault.Missing("prisoner")
		}
		return s.recordRead(ctx, tx, person, seal.Prisoner(id), "PRISONER")
	})
}
