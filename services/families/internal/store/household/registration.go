package household

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/confirmation"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// registered is what was said of a family as a whole, in plain text.
type registered struct {
	prisoner string
	rule     confirmation.Rule
}

// registration opens what was said of a family.
func (s *Store) registration(ctx context.Context, q postgres.Querier, id string) (r registered, err error) {
	var version int
	var prisoner, rule []byte
	if err = q.QueryRow(ctx, `SELECT entry_version, prisoner_sealed, rule_sealed FROM families WHERE family_id = $1`, id).
		Scan(&version, &prisoner, &rule); err != nil {
		return r, fmt.Errorf("read family %s: %w", id, err)
	}
	b, err := s.openBytes(ctx, ruleColumn.At(seal.Family(id), id, version), rule)
	if err != nil {
		return r, err
	}
	r.rule = confirmation.RuleOf(b)
	return r, s.open(ctx, prisonerColumn.At(seal.Family(id), id, version), prisoner, &r.prisoner)
}

// ChangeFamily changes what was said of a family as a whole, as shall says. With another
// country it is due to be verified again; another prisoner it takes only before.
func (s *Store) ChangeFamily(ctx context.Context, scope family.Scope, id, reason string, shall func(f family.Family, now Registration) (Registration, error)) (family.Family, error) {
	return s.onFamily(ctx, scope, id, func(ctx context.Context, tx pgx.Tx, f *family.Family) error {
		said, err := s.registration(ctx, tx, id)
		if err != nil {
			return err
		}
		was := Registration{Owner: f.Owner, PrisonerID: said.prisoner, Rule: said.rule}
		if err := s.openCountry(ctx, tx, id, &was.Country); err != nil {
			return err
		}
		r, err := shall(*f, was)
		if err == nil {
			err = family.CheckOpen(f.State)
		}
		if err == nil {
			err = s.resettle(ctx, tx, f, was, r)
		}
		if err != nil {
			return err
		}
		return s.reenter(ctx, tx, f, reason, scope.Person, r)
	})
}

// resettle does what another prisoner or country asks for.
func (s *Store) resettle(ctx context.Context, tx pgx.Tx, f *family.Family, was, r Registration) error {
	if r.PrisonerID == was.PrisonerID && r.Country == was.Country {
		return nil
	}
	if err := family.CheckUnseen(f.State); err != nil {
		return err
	}
	if r.PrisonerID != was.PrisonerID {
		if err := family.CheckPrisoner(f.State); err != nil {
			return err
		}
		if err := checkPrisoner(ctx, tx, r.PrisonerID); err != nil {
			return err
		}
	}
	if r.Country == was.Country {
		return nil
	}
	if err := s.changeProfile(ctx, tx, f.ID, func(p *family.Profile) { p.Country = r.Country }); err != nil {
		return err
	}
	if f.State == family.Verified {
		f.State, f.UpdatedAt = family.ReverifyDue, s.today()
	}
	return s.makeDue(ctx, tx, f.ID)
}

// reenter seals what is said of a family now, as its next version.
func (s *Store) reenter(ctx context.Context, tx pgx.Tx, f *family.Family, reason, writer string, r Registration) error {
	f.Entered++
	sealed, err := s.sealRegistration(ctx, f.ID, f.Entered, r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE families SET entry_version = $2, prisoner_digest = $3, prisoner_sealed = $4, rule_sealed = $5
		WHERE family_id = $1`, f.ID, f.Entered, sealed.link, sealed.prisoner, sealed.rule)
	if err != nil {
		return fmt.Errorf("change family %s: %w", f.ID, err)
	}
	return s.enter(ctx, tx, entry{family: f.ID, id: f.ID, version: f.Entered, writer: writer, reason: reason, content: r})
}

// openCountry opens where a family lives.
func (s *Store) openCountry(ctx context.Context, q postgres.Querier, id string, country *string) error {
	var version int
	var sealed []byte
	if err := q.QueryRow(ctx, `SELECT profile_version, profile_sealed FROM families WHERE family_id = $1`, id).Scan(&version, &sealed); err != nil {
		return fmt.Errorf("read profile of family %s: %w", id, err)
	}
	var p family.Profile
	err := s.open(ctx, profileColumn.At(seal.Family(id), id, version), sealed, &p)
	*country = p.Country
	return err
}
