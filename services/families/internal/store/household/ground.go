package household

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// standing is how a family stands, and the verification that this rests on; its owner is
// whose case it was then.
type standing struct {
	ID, Owner         string
	State             family.State
	Version           int
	Link              []byte
	Verification      string
	Check             string
	Proposer          string
	Confirmer         string
	Proposed, Decided int
	ConsentID         string
	ConsentVersion    int
	Purpose           string
	Given, Expires    time.Time
	Recorder          string
}

// standingRow is what is decided where a family comes into a state. That a verification
// is due again is no decision, but time: it stands as it was verified.
func standingRow(f family.Family, link []byte, verification string) row {
	state := f.State
	if state == family.ReverifyDue {
		state = family.Verified
	}
	return row{
		family: f.ID, table: "families", id: f.ID, version: f.Version, decided: true,
		says: []string{string(state), hex.EncodeToString(link), verification},
	}
}

// reviewRow is what is proposed where a family comes into review.
func reviewRow(f family.Family, link []byte, verification string) row {
	r := standingRow(f, link, verification)
	r.decided = false
	return r
}

func consentRow(familyID string, c family.Consent) row {
	return row{family: familyID, table: "consents", id: c.ID, version: c.Version, says: []string{
		c.Purpose, c.GivenOn.Format(time.DateOnly), c.ExpiresOn.Format(time.DateOnly),
	}}
}

// requestRow is what is asked for, and what is approved.
func requestRow(r aidrequest.Request, version int, state aidrequest.State) row {
	return row{
		family: r.FamilyID, table: "aid_requests", id: r.ID, version: version, decided: state != aidrequest.Submitted,
		says: []string{
			string(state), r.Category, r.Urgency, strconv.FormatInt(r.Amount.MinorUnits, 10), strconv.FormatInt(r.Minimum, 10),
			r.Amount.Currency, strconv.Itoa(r.Cycles),
		},
	}
}

// destinationRow is where a family is paid; the account stands in it as an HMAC.
func (s *Store) destinationRow(ctx context.Context, familyID string, d destination.Destination, details destination.Details) (row, error) {
	account, err := s.accountDigest(ctx, familyID, details)
	r := row{
		family: familyID, table: "destinations", id: d.ID, version: d.Version, decided: d.State != family.Pending || d.Version > 1,
		says: []string{d.State, string(d.Form), hex.EncodeToString(account)},
	}
	if !d.UsableAt.IsZero() {
		r.says = append(r.says, d.UsableAt.UTC().Format(time.DateOnly))
	}
	return r, err
}

// ground makes what must stand in the ledger about a row.
func (s *Store) ground(ctx context.Context, r row, by string, notBy ...string) (leaf.Ground, error) {
	l, err := s.leaf(ctx, r)
	if errors.Is(err, seal.ErrNoKey) {
		// A family that nobody has registered: nothing stands in the ledger about it, and
		// it must not stop the others.
		l, err = leaf.Leaf{Reference: reference.FamilyDecision(hex.EncodeToString(s.keys.Keyed("row without key", []byte(r.String()))))}, nil
	}
	return leaf.Ground{Of: r.String(), Leaf: l, By: by, NotBy: notBy}, err
}

// latest makes what must stand there about the latest version of a row: its leaf, and
// none of the next version.
func (s *Store) latest(ctx context.Context, r row, by string, notBy ...string) ([]leaf.Ground, error) {
	now, err := s.ground(ctx, r, by, notBy...)
	if err != nil {
		return nil, err
	}
	then, err := s.ground(ctx, r.next(), "")
	then.Absent = true
	return []leaf.Ground{now, then}, err
}

// familyGrounds returns, for each family, what its standing and its consent rest on;
// nothing for one that was never verified or does not consent.
func (s *Store) familyGrounds(ctx context.Context, q postgres.Querier, ids []string) (map[string][]leaf.Ground, error) {
	rows, err := postgres.Many(ctx, q, "standing of families", pgx.RowToStructByPos[standing], `
		SELECT f.family_id, v.case_owner, f.state, f.version, f.prisoner_digest,
			v.verification_id, COALESCE(v.independent_check, ''), v.proposer, v.confirmer, v.proposed_version, v.decided_version,
			c.consent_id, c.version, c.purpose, c.given_on, c.expires_on, c.recorder
		FROM families f
		JOIN LATERAL (
			SELECT * FROM verifications WHERE family_id = f.family_id ORDER BY proposed_version DESC LIMIT 1) v
			ON v.decided_version IS NOT NULL
		JOIN LATERAL (
			SELECT * FROM consents c WHERE c.family_id = f.family_id AND `+consentInForce("$2")+`
			ORDER BY c.expires_on DESC, c.consent_id LIMIT 1) c ON true
		WHERE f.family_id = ANY ($1)`, ids, day(s.now()))
	if err != nil {
		return nil, err
	}
	all := map[string][]leaf.Ground{}
	for _, st := range rows {
		if all[st.ID], err = s.standingGrounds(ctx, st); err != nil {
			return nil, fmt.Errorf("make leaves of family %s: %w", st.ID, err)
		}
	}
	return all, nil
}

// standingGrounds are that the family was proposed by one person, verified by the
// person drawn, and stands as it was decided last, and that the consent stands.
func (s *Store) standingGrounds(ctx context.Context, st standing) ([]leaf.Ground, error) {
	f := family.Family{ID: st.ID, State: family.InReview, Version: st.Proposed}
	proposed, err := s.ground(ctx, reviewRow(f, st.Link, st.Verification), st.Proposer)
	if err != nil {
		return nil, err
	}
	basis := verified{id: st.Verification, check: st.Check}.basis()
	f.State, f.Version = family.Verified, st.Decided
	verified, err := s.ground(ctx, standingRow(f, st.Link, basis), st.Confirmer, st.Proposer, st.Owner)
	if err != nil {
		return nil, err
	}
	f.State, f.Version = st.State, st.Version
	now, err := s.latest(ctx, standingRow(f, st.Link, basis), "", st.Proposer, st.Owner)
	if err != nil {
		return nil, err
	}
	consent := family.Consent{ID: st.ConsentID, Version: st.ConsentVersion, Purpose: st.Purpose, GivenOn: st.Given, ExpiresOn: st.Expires}
	agreed, err := s.latest(ctx, consentRow(st.ID, consent), st.Recorder)
	return slices.Concat([]leaf.Ground{proposed, verified}, now, agreed), err
}

// approvedRequests reads requests that somebody has decided.
func approvedRequests(ctx context.Context, q postgres.Querier, keys []aidrequest.Key) ([]aidrequest.Request, error) {
	_, ids, _ := columns(keys)
	return postgres.Many(ctx, q, "approved requests", scanRequest, `
		SELECT `+requestColumns+` FROM aid_requests r
		WHERE r.aid_request_id = ANY ($1) AND r.decider IS NOT NULL`, ids)
}

// requestGrounds returns, for each approved request, that one person asked for it and
// another approved it as it stands, and that it has not been withdrawn since.
func (s *Store) requestGrounds(ctx context.Context, requests []aidrequest.Request) (map[string][]leaf.Ground, error) {
	all := map[string][]leaf.Ground{}
	for _, r := range requests {
		asked, err := s.ground(ctx, requestRow(r, r.Asked, aidrequest.Submitted), r.Submitter)
		if err != nil {
			return nil, fmt.Errorf("make leaves of request %s: %w", r.ID, err)
		}
		approved, err := s.latest(ctx, requestRow(r, r.Version, aidrequest.Approved), r.Decider, r.Submitter, r.Owner)
		if err != nil {
			return nil, fmt.Errorf("make leaves of request %s: %w", r.ID, err)
		}
		all[r.ID] = append(approved, asked)
	}
	return all, nil
}

// cycleGrounds returns what each of some cycles rests on: its request, one of those
// given, and its family.
func (s *Store) cycleGrounds(ctx context.Context, q postgres.Querier, keys []aidrequest.Key, requests []aidrequest.Request) ([][]leaf.Ground, error) {
	families, _, _ := columns(keys)
	subjects := make([]seal.Subject, len(keys))
	for i, k := range keys {
		subjects[i] = seal.Family(k.FamilyID)
	}
	if err := s.keys.Preload(ctx, subjects); err != nil {
		return nil, fmt.Errorf("fetch keys of families: %w", err)
	}
	ofFamily, err := s.familyGrounds(ctx, q, families)
	if err != nil {
		return nil, err
	}
	ofRequest, err := s.requestGrounds(ctx, requests)
	if err != nil {
		return nil, err
	}
	all := make([][]leaf.Ground, len(keys))
	for i, k := range keys {
		if f, r := ofFamily[k.FamilyID], ofRequest[k.RequestID]; f != nil && r != nil {
			all[i] = slices.Concat(f, r)
		}
	}
	return all, nil
}

// destinationGrounds are that one person entered an account and another confirmed it
// as it stands, and that it has not been replaced since.
func (s *Store) destinationGrounds(ctx context.Context, familyID string, d destination.Destination, details destination.Details) ([]leaf.Ground, error) {
	confirmed, err := s.destinationRow(ctx, familyID, d, details)
	if err != nil {
		return nil, err
	}
	d.State, d.Version, d.UsableAt = family.Pending, 1, time.Time{}
	entered, err := s.destinationRow(ctx, familyID, d, details)
	if err != nil {
		return nil, err
	}
	first, err := s.ground(ctx, entered, d.Enterer)
	if err != nil {
		return nil, err
	}
	latest, err := s.latest(ctx, confirmed, d.Confirmer, d.Enterer)
	return append(latest, first), err
}

// unproven asks the ledger for what each of some effects rests on, and returns those
// that do not hold, with the rows that are to blame. What rests on nothing does not
// hold.
func (s *Store) unproven(ctx context.Context, effects [][]leaf.Ground) (map[int][]string, error) {
	bad, all := map[int][]string{}, []leaf.Ground{}
	var effect []int
	for i, grounds := range effects {
		if len(grounds) == 0 {
			bad[i] = []string{"nothing"}
		}
		for _, g := range grounds {
			all, effect = append(all, g), append(effect, i)
		}
	}
	if s.trusting {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	missing, err := leaf.Missing(ctx, s.ledger, all)
	if err != nil {
		return nil, err
	}
	for n := range missing {
		bad[effect[n]] = append(bad[effect[n]], all[n].Of)
	}
	return bad, nil
}

// askTime bounds the question for leaves, of which there may be many pages.
const askTime = 20 * time.Second

// alarm tells the operator which rows money must not rest on.
func (s *Store) alarm(ctx context.Context, rows []string) {
	slices.Sort(rows)
	s.log.ErrorContext(ctx, "a row was not decided as it stands: nothing is paid", "rows", slices.Compact(rows), "alarm", true)
}

// sameGrounds reports whether an effect still rests on what the ledger was asked for.
func sameGrounds(a, b []leaf.Ground) bool {
	return slices.EqualFunc(a, b, func(x, y leaf.Ground) bool {
		return x.Leaf == y.Leaf && x.By == y.By && x.Absent == y.Absent && slices.Equal(x.NotBy, y.NotBy)
	})
}
