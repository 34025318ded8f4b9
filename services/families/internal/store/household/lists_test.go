package household_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf/leaftest"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// many families and requests, most of them of one owner, verified and closed; a few of
// another owner, of other states, and drawn by lot.
const many = `
	INSERT INTO families (family_id, owner, state, version, prisoner_digest, prisoner_sealed, profile_version, profile_sealed, rule_sealed, created_on, updated_on)
	SELECT 'f_' || lpad(n::text, 8, '0'), CASE WHEN n % 10000 = 0 THEN 'staff/small' ELSE 'staff/big' END,
		CASE WHEN n % 5000 = 0 THEN 'SUBMITTED' WHEN n % 5000 = 1 THEN 'IN_REVIEW' ELSE 'VERIFIED' END, 1,
		decode(repeat('00', 32), 'hex'), '', 1, '', '', now(), now()
	FROM generate_series(1, 50000) n;
	INSERT INTO verifications (verification_id, family_id, case_owner, proposer, confirmer, outcome, decider, proposed_version, drawn_at, decided_on)
	SELECT 'v_' || family_id, family_id, owner, owner, 'staff/drawn',
		CASE state WHEN 'IN_REVIEW' THEN 'PROPOSED' ELSE 'CONFIRMED' END,
		CASE state WHEN 'IN_REVIEW' THEN NULL ELSE 'staff/drawn' END, 1, now(), CASE state WHEN 'IN_REVIEW' THEN NULL ELSE now() END
	FROM families WHERE state <> 'SUBMITTED';
	INSERT INTO consents (consent_id, family_id, purpose, given_on, expires_on, recorder, created_on)
	SELECT 'n_' || family_id, family_id, 'AID', '2020-01-01', '2120-01-01', owner, now() FROM families;
	INSERT INTO destinations (destination_id, family_id, form, sealed, state, enterer, confirmer, created_on, usable_at)
	SELECT 'de_' || family_id, family_id, 'BANK_ACCOUNT', '', CASE WHEN right(family_id, 4) = '0000' THEN 'PENDING' ELSE 'CONFIRMED' END, owner,
		CASE WHEN right(family_id, 4) = '0000' THEN NULL ELSE 'staff/x' END, now(), CASE WHEN right(family_id, 4) = '0000' THEN NULL ELSE now() END
	FROM families;
	INSERT INTO aid_requests (aid_request_id, family_id, category, urgency, amount, minimum, currency, cycles, state, case_owner, submitter, decider, created_on, decided_on)
	SELECT 'a_' || family_id, family_id, 'FOOD', 'NORMAL', 100, 0, 'EUR', 1,
		CASE WHEN right(family_id, 4) = '0000' THEN 'SUBMITTED' WHEN right(family_id, 3) = '777' THEN 'APPROVED' ELSE 'CLOSED' END,
		owner, owner, CASE WHEN right(family_id, 4) = '0000' THEN NULL ELSE 'staff/x' END, now(), now()
	FROM families;
	INSERT INTO aid_request_cycles (aid_request_id, cycle, state, part, due, round, version, mac)
	SELECT aid_request_id, 1, CASE state WHEN 'APPROVED' THEN 'APPROVED' ELSE 'PAID' END, 1, '2020-01-01',
		CASE state WHEN 'APPROVED' THEN NULL ELSE 'allocationRounds/r_1' END, 1, sha256('')
	FROM aid_requests WHERE state <> 'SUBMITTED';`

// A page costs the same among 50,000 families as among few: nothing is searched for.
func TestAPageOfAListLooksAtItsOwnRowsOnly(t *testing.T) {
	t.Parallel()
	db := postgrestest.New(t, store.Migrations())
	owner := postgrestest.Owner(t, db)
	if _, err := owner.Pool.Exec(t.Context(), many); err != nil {
		t.Fatal(err)
	}
	const size = 10
	today := time.Now().UTC().Truncate(24 * time.Hour)
	first, later := page.Page{Size: size}, page.Page{Size: size, After: page.At(today, "f_00030000")}
	laterRequest := page.Page{Size: size, After: page.At(today, "a_f_00029999")}
	old := page.Page{Size: size, Filter: `create_time < timestamp("2020-01-01T00:00:00Z")`}
	small, big, drawn, all := family.Scope{Person: "staff/small"}, family.Scope{Person: "staff/big"}, family.Scope{Person: "staff/drawn"}, family.Scope{Person: "staff/x", All: true}
	watched, rows := postgrestest.Watched(t, db)
	const none = `SELECT 'no statistics'`
	for _, statistics := range []string{none, `ANALYZE`} {
		if _, err := owner.Pool.Exec(t.Context(), statistics); err != nil {
			t.Fatal(err)
		}
		s := household.New(household.Options{Policies: leaftest.Printed{}, DB: watched, Keys: sealtest.New(t), Queue: dutytest.Queue(t), Now: time.Now, Rows: rowmac.New([]byte("secret"), slog.New(slog.DiscardHandler)),
			Ledger: &leaftest.Ledger{}, Log: slog.New(slog.DiscardHandler)})
		check := func(what string, want int, list func(ctx context.Context) (int, error)) {
			t.Helper()
			var found int
			var err error
			looked := rows.During(func() { found, err = list(t.Context()) })
			if err != nil || found != want {
				t.Errorf("%s: %d rows, %v; want %d", what, found, err, want)
			}
			if looked > 40*(size+1) {
				t.Errorf("%s (statistics: %s): %d rows are looked at for a page of %d", what, statistics, looked, size)
			}
		}
		families := func(scope family.Scope, state family.State, p page.Page, want int) {
			t.Helper()
			check(fmt.Sprintf("families of %s in %q after %v", scope.Person, state, p.After), want, func(ctx context.Context) (int, error) {
				if state != "" {
					p.Filter = fmt.Sprintf("state = %q", state)
				}
				found, err := s.Families(ctx, scope, p)
				return len(found), err
			})
		}
		families(small, "", first, 5)
		families(small, family.Submitted, first, 5)
		families(small, family.Verified, first, 0)
		families(small, "", later, 2)
		families(big, "", first, size+1)
		families(big, "", later, size+1)
		families(big, family.Submitted, first, 5)
		families(big, family.InReview, first, size)
		families(big, family.Verified, later, size+1)
		families(big, family.Closed, first, 0)
		families(drawn, "", first, size)
		families(drawn, family.InReview, later, 4)
		families(drawn, family.Verified, first, 0)

		requests := func(scope family.Scope, familyID string, state aidrequest.State, p page.Page, want int) {
			t.Helper()
			check(fmt.Sprintf("requests of %s of %q in %q after %v", scope.Person, familyID, state, p.After), want, func(ctx context.Context) (int, error) {
				if state != "" {
					p.Filter = fmt.Sprintf("state = %q", state)
				}
				found, err := s.AidRequests(ctx, scope, familyID, p)
				return len(found), err
			})
		}
		requests(all, resource.Any, "", first, size+1)
		requests(all, resource.Any, aidrequest.Submitted, first, 5)
		requests(all, resource.Any, aidrequest.Submitted, laterRequest, 3)
		requests(all, resource.Any, aidrequest.Closed, laterRequest, size+1)
		requests(all, "f_00000777", aidrequest.Approved, first, 1)
		requests(small, resource.Any, "", first, 5)
		requests(big, resource.Any, "", laterRequest, size+1)
		requests(big, "f_00000001", "", first, 1)
		requests(drawn, resource.Any, "", first, size)
		requests(drawn, resource.Any, aidrequest.Submitted, first, 0)
		// What is sealed in these families is nothing that opens; what is looked at counts.
		if looked := rows.During(func() { _, _ = s.Fundable(t.Context(), first) }); looked == 0 || looked > 40*(size+1) {
			t.Errorf("fundable requests (statistics: %s): %d rows are looked at for a page of %d", statistics, looked, size)
		}
		requests(small, resource.Any, aidrequest.Submitted, first, 5)
		requests(small, resource.Any, aidrequest.Closed, first, 0)
		requests(big, resource.Any, aidrequest.Approved, first, size+1)
		requests(big, resource.Any, aidrequest.Submitted, first, 0)
		families(small, "", old, 0)
		families(all, "", old, 0)

		destinations := func(scope family.Scope, filter string, want int) {
			t.Helper()
			check(fmt.Sprintf("destinations of %s where %s", scope.Person, filter), want, func(ctx context.Context) (int, error) {
				found, err := s.Destinations(ctx, scope, resource.Any, page.Page{Size: size, Filter: filter})
				return len(found), err
			})
		}
		destinations(all, ``, size+1)
		destinations(all, `state = "PENDING"`, 5)
		destinations(small, `state = "PENDING"`, 5)
		destinations(small, `state != "PENDING"`, 0)
		destinations(big, `state = "PENDING"`, 0)
		destinations(big, `state = "CONFIRMED" OR state = "REPLACED"`, size+1)
		destinations(drawn, `state = "CONFIRMED"`, size)
	}
}
