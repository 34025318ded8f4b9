package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// calledRow is what the MAC of a call covers: nobody has called by SQL.
func calledRow(familyID string, of subject, person string, at time.Time) *rowmac.Row {
	return rowmac.NewRow("calls", of.id, at.Unix()).Text(familyID).Text(person).Number(int64(of.version))
}

// subject is what a person calls a family about: one version of something that waits to be
// confirmed.
type subject struct {
	// what names it where there is none: "destination".
	what, id string
	version  int
	second   family.Second
}

// Call is over which channels somebody calls a family.
type Call struct {
	// Contact is the one that waits to be confirmed, where it is called about one.
	Contact family.Contact
	// Known are the channels over which the family may be called, with all that is sealed.
	Known []family.Contact
	// Until is how long the person can confirm what they heard.
	Until time.Time
}

// CallDestination shows a person, once, over which channels they ask a family where it is
// paid. It is a read, on record before anything is shown.
func (s *Store) CallDestination(ctx context.Context, person, familyID, id string) (Call, error) {
	return s.call(ctx, person, familyID, "destination", func(ctx context.Context, tx pgx.Tx) (subject, Call, error) {
		d, err := oneDestination(ctx, tx, familyID, id, ` FOR UPDATE`)
		if err != nil {
			return subject{}, Call{}, err
		}
		known, all, err := s.channels(ctx, tx, familyID)
		if err != nil {
			return subject{}, Call{}, err
		}
		open := family.Callable(known, all)
		if len(open) == 0 {
			return subject{}, Call{}, family.NoChannel()
		}
		return ofDestination(d.ID, d.Version, d.State, d.Enterer), Call{Known: open}, nil
	})
}

func ofDestination(id string, version int, state, enterer string) subject {
	return subject{what: "destination", id: id, version: version, second: family.Second{State: state, Enterer: enterer}}
}

// CallContact shows a person, once, a channel over which they try to reach a family, and
// those known before, over which they tell of it.
func (s *Store) CallContact(ctx context.Context, person, familyID, id string) (Call, error) {
	return s.call(ctx, person, familyID, "contact", func(ctx context.Context, tx pgx.Tx) (subject, Call, error) {
		c, err := contact(ctx, tx, familyID, id, ` FOR UPDATE`)
		if err != nil {
			return subject{}, Call{}, err
		}
		if err := s.openEntry(ctx, tx, familyID, id, c.Version, &c); err != nil {
			return subject{}, Call{}, err
		}
		known, _, err := s.channels(ctx, tx, familyID)
		return ofContact(c), Call{Contact: c, Known: family.Callable(known, nil)}, err
	})
}

func ofContact(c family.Contact) subject {
	return subject{what: "contact", id: c.ID, version: c.Version, second: c.Second}
}

func (s *Store) call(ctx context.Context, person, familyID, what string, about func(ctx context.Context, tx pgx.Tx) (subject, Call, error)) (made Call, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		f, err := s.lockFamily(ctx, tx, family.Scope{Person: person, All: true}, familyID)
		if fault.OfKind(err, fault.NotFound) {
			return fault.Missing(what)
		}
		if err != nil {
			return err
		}
		of, found, err := about(ctx, tx)
		if err != nil {
			return err
		}
		if err := s.mayCall(ctx, tx, f, of, person); err != nil {
			return err
		}
		made = found
		made.Until, err = s.noteCall(ctx, tx, familyID, of, person)
		return err
	})
	if err != nil {
		return Call{}, err
	}
	return made, nil
}

// mayCall refuses who may not confirm something in the case of a locked family, or has
// called it about that.
func (s *Store) mayCall(ctx context.Context, tx pgx.Tx, f family.Family, of subject, person string) error {
	if err := of.second.CheckConfirm(of.what, person); err != nil {
		return err
	}
	insiders, err := s.insiders(ctx, tx, f.ID)
	if err != nil {
		return err
	}
	if err := insiders[f.ID].MayConfirm(person); err != nil {
		return err
	}
	if err := f.CheckUnlocked(); err != nil {
		return err
	}
	calls, err := s.calls(ctx, tx, person, f.ID)
	if err != nil {
		return err
	}
	return calls.MayCall(of.id, of.version)
}

func (s *Store) noteCall(ctx context.Context, tx pgx.Tx, familyID string, of subject, person string) (until time.Time, err error) {
	at := s.now().Truncate(time.Second)
	_, err = tx.Exec(ctx, `
		INSERT INTO calls (subject_id, person, family_id, version, called_at, mac) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (subject_id, person) DO UPDATE SET version = EXCLUDED.version, called_at = EXCLUDED.called_at, mac = EXCLUDED.mac`,
		of.id, person, familyID, of.version, at, s.rows.Sign(calledRow(familyID, of, person, at)))
	if err != nil {
		return time.Time{}, fmt.Errorf("note call about %s: %w", of.id, err)
	}
	return at.Add(family.CallTime), s.noteRead(ctx, tx, person, s.cover(seal.Family(familyID), person), family.PurposeCall)
}

// Calls returns what a person has called some families about not long ago.
func (s *Store) Calls(ctx context.Context, person string, familyIDs ...string) (family.Calls, error) {
	return s.calls(ctx, s.db.Pool, person, familyIDs...)
}

func (s *Store) calls(ctx context.Context, q postgres.Querier, person string, familyIDs ...string) (family.Calls, error) {
	type called struct {
		ID      string
		Version int
	}
	rows, err := postgres.Many(ctx, q, "calls", pgx.RowToStructByPos[called], `
		SELECT subject_id, version FROM calls WHERE person = $1 AND family_id = ANY ($2) AND called_at > $3`,
		person, familyIDs, s.now().Add(-family.CallTime))
	all := family.Calls{}
	for _, c := range rows {
		all[c.ID] = c.Version
	}
	return all, err
}

// called refuses who has not called a family about something as it stands, and whose call
// another hand has written.
func (s *Store) called(ctx context.Context, tx pgx.Tx, familyID string, of subject, person string) error {
	if s.hearsay {
		return nil
	}
	calls, err := s.calls(ctx, tx, person, familyID)
	if err != nil {
		return err
	}
	if err := calls.CheckCalled(of.id, of.version); err != nil {
		return err
	}
	var at time.Time
	var mac []byte
	if err := tx.QueryRow(ctx, `SELECT called_at, mac FROM calls WHERE subject_id = $1 AND person = $2`, of.id, person).Scan(&at, &mac); err != nil {
		return fmt.Errorf("read call about %s: %w", of.id, err)
	}
	return s.rows.Check(ctx, calledRow(familyID, of, person, at), mac)
}

// channels opens the channels of a family: those that somebody confirmed, as they were
// then, and all as they stand.
func (s *Store) channels(ctx context.Context, q postgres.Querier, familyID string) (known, entered []family.Contact, err error) {
	contacts, err := postgres.Many(ctx, q, "channels", plain(scanContact), `SELECT `+contactColumns+` FROM contacts
		WHERE family_id = $1 ORDER BY created_on, contact_id`, familyID)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range contacts {
		if err := s.openEntry(ctx, q, familyID, c.ID, c.Version, &c); err != nil {
			return nil, nil, err
		}
		entered = append(entered, c)
		if c.Known == 0 {
			continue
		}
		was := family.Contact{ID: c.ID, Version: c.Known, Known: c.Known, CreatedAt: c.CreatedAt}
		if err := s.openEntry(ctx, q, familyID, c.ID, c.Known, &was); err != nil {
			return nil, nil, err
		}
		known = append(known, was)
	}
	return known, entered, nil
}
