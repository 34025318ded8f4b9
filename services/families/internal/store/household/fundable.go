package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/listing"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// sealedFundable is a fundable cycle with what its coarse facts are made from.
type sealedFundable struct {
	aidrequest.Fundable
	cycles         []cycleRow
	profileVersion int
	profile        []byte
	entryVersion   int
	prisoner       []byte
}

// Fundable lists the cycles that can be given money now, by resource name, and between
// them, so that pages are whole, those that were not decided as they stand.
func (s *Store) Fundable(ctx context.Context, p page.Page) ([]aidrequest.Fundable, error) {
	now := s.now()
	sealed, err := listing.Rows(ctx, s.db.Pool, "fundable requests", scanFundable, `
		SELECT r.aid_request_id, r.family_id, r.category, r.urgency, r.amount, r.minimum, r.currency,
			r.cycles, r.version, r.asked_version, r.submitter, r.case_owner, r.decider, r.decided_on, `+cycleArrays+`,
			f.profile_version, f.profile_sealed, f.entry_version, f.prisoner_sealed
		FROM aid_requests r
		JOIN families f ON f.family_id = r.family_id
		`+cyclesOfRequest, fundableList(), p, fundableOn(day(now)))
	if err != nil {
		return nil, err
	}
	if err := s.markUndecided(ctx, sealed); err != nil {
		return nil, err
	}
	return s.openFundable(ctx, sealed, now.Year())
}

// fundableOn is the condition of requests r whose next cycle can be given money on a day.
func fundableOn(day time.Time) listing.Condition {
	return listing.Where(`r.state = 'APPROVED'
		AND EXISTS (SELECT FROM families f WHERE f.family_id = r.family_id AND f.state IN ('VERIFIED', 'REVERIFY_DUE')
			AND f.locked_by IS NULL AND f.held_for = '{}' AND (f.state = 'VERIFIED' OR NOT `+overdue("%[1]s")+`))
		AND (SELECT n.due FROM aid_request_cycles n WHERE n.aid_request_id = r.aid_request_id AND n.state = 'APPROVED'
			ORDER BY n.cycle LIMIT 1) <= %[1]s
		AND EXISTS (SELECT FROM consents c WHERE c.family_id = r.family_id AND `+consentInForce("%[1]s")+`)`, day)
}

// markUndecided marks, with an alarm, what was not decided as it stands.
func (s *Store) markUndecided(ctx context.Context, sealed []sealedFundable) error {
	keys, requests := make([]aidrequest.Key, len(sealed)), make([]aidrequest.Request, len(sealed))
	for i, f := range sealed {
		keys[i], requests[i] = aidrequest.Key{FamilyID: f.Request.FamilyID, RequestID: f.Request.ID}, f.Request
	}
	grounds, err := s.cycleGrounds(ctx, s.db.Pool, keys, requests)
	if err != nil {
		return err
	}
	bad, err := s.unproven(ctx, grounds)
	if err != nil {
		return err
	}
	for i, f := range sealed {
		if rows := bad[i]; rows != nil {
			s.alarm(ctx, append(rows, "aid_requests "+f.Request.ID))
			sealed[i].Undecided = true
			continue
		}
		sealed[i].Undecided = s.ownAll(ctx, f.cycles) != nil // the log names the cycle
	}
	return nil
}

func scanFundable(row pgx.CollectableRow) (sealedFundable, error) {
	var f sealedFundable
	r := &f.Request
	var cycles cycleArray
	err := row.Scan(&r.ID, &r.FamilyID, &r.Category, &r.Urgency, &r.Amount.MinorUnits, &r.Minimum, &r.Amount.Currency,
		&r.Cycles, &r.Version, &r.Asked, &r.Submitter, &r.Owner, &r.Decider,
		&f.ApprovedAt, &cycles.numbers, &cycles.states, &cycles.parts, &cycles.due, &cycles.rounds, &cycles.versions, &cycles.macs,
		&f.profileVersion, &f.profile, &f.entryVersion, &f.prisoner)
	f.cycles = cycles.rows(r.ID)
	f.Cycle, f.Running = next(f.cycles)
	return f, err
}

// openFundable makes the coarse facts of what was decided; nothing else of what is opened
// stays.
func (s *Store) openFundable(ctx context.Context, sealed []sealedFundable, year int) ([]aidrequest.Fundable, error) {
	list, prisoners := make([]aidrequest.Fundable, len(sealed)), make([]string, len(sealed))
	subjects := make([]seal.Subject, len(sealed))
	for i, f := range sealed {
		subjects[i] = seal.Family(f.Request.FamilyID)
	}
	if err := s.keys.Preload(ctx, subjects); err != nil {
		return nil, fmt.Errorf("fetch keys of families: %w", err)
	}
	for i, f := range sealed {
		list[i] = f.Fundable
		if f.Undecided {
			continue
		}
		id := f.Request.FamilyID
		var profile family.Profile
		if err := s.open(ctx, profileColumn.At(seal.Family(id), id, f.profileVersion), f.profile, &profile); err != nil {
			return nil, fmt.Errorf("open profile of family %s: %w", id, err)
		}
		if err := s.open(ctx, prisonerColumn.At(seal.Family(id), id, f.entryVersion), f.prisoner, &prisoners[i]); err != nil {
			return nil, fmt.Errorf("open prisoner of family %s: %w", id, err)
		}
		list[i].Family = profile.Attributes(year)
	}
	statuses, err := s.prisonerStatuses(ctx, prisoners)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].PrisonerStatus = statuses[prisoners[i]]
	}
	return list, nil
}

func (s *Store) prisonerStatuses(ctx context.Context, ids []string) (map[string]string, error) {
	rows, err := s.db.Pool.Query(ctx, `
		SELECT prisoner_id, status FROM prisoners WHERE prisoner_id = ANY ($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("read statuses of prisoners: %w", err)
	}
	statuses := map[string]string{}
	var id, status string
	_, err = pgx.ForEachRow(rows, []any{&id, &status}, func() error {
		statuses[id] = status
		return nil
	})
	return statuses, err
}
