package server_test

import (
	"context"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

// many is how many rows the tests of lists make of everything.
const many = 50

// id makes the n-th id of a kind.
func id(kind string, n int) string { return fmt.Sprintf("%s_%026d", kind, n) }

// fill makes many of everything that can be listed. Rounds, plans, payments, files
// and statements have many of what belongs to them, at the one with the number 1;
// the others have two each.
func (b *bench) fill() {
	b.t.Helper()
	for _, sql := range []string{
		`INSERT INTO allocation_rounds (id, state, currency, step, opened_by, simulated_by, committed_by, snapshot, snapshot_digest, created_at, committed_at)
			SELECT 'r_' || lpad(i::text, 26, '0'), 'COMMITTED', 'EUR', 1000, 'staff/s_1', 'staff/s_1', 'staff/s_2', 'x', sha256('x'), now(), now()
			FROM generate_series(1, $1::int) i`,
		`INSERT INTO round_budgets (round_id, position, fund, minor_units)
			SELECT r.id, i, 'funds/f' || i, 100 * i FROM allocation_rounds r, generate_series(1, $1::int) i WHERE i <= 2 OR r.id LIKE '%01'`,
		`INSERT INTO allocations (round_id, number, aid_request, family, cycle, part, tier, running, weight, cap, minimum, waiting_since,
				eligible_funds, amount, level, reason, outcome)
			SELECT r.id, i, 'families/f_' || i || '/aidRequests/a_1', 'families/f_' || i, 1, 1, i % 3, false, 10, 500, 0, '2026-10',
				'{funds/f1}', 100 * (i % 3), '', 'CAP_REACHED', 'AWARDED'
			FROM allocation_rounds r, generate_series(1, $1::int) i WHERE i <= 2 OR r.id LIKE '%01'`,
		`INSERT INTO allocation_shares (round_id, number, fund, minor_units, award_id)
			SELECT round_id, number, 'funds/f1', amount, 'w_' || lpad((row_number() OVER ())::text, 26, '0') FROM allocations
			WHERE amount > 0 AND $1::int > 0`,
		`INSERT INTO awards (id, state, round_id, fund, currency, minor_units, aid_request, family, cycle, part, filled, created_at, version, mac)
			SELECT s.award_id, 'IN_PAYMENT', s.round_id, s.fund, 'EUR', s.minor_units, s.award_id, s.award_id, 1, 1, true, now(), 1, sha256('x')
			FROM allocation_shares s WHERE $1::int > 0`,
		`INSERT INTO payment_plans (id, state, round_id, rail, sender, currency, digest, created_at)
			SELECT 'p_' || lpad(i::text, 26, '0'), 'ACCEPTED', 'r_' || lpad('1', 26, '0'), 'sepa', 'main', 'EUR', sha256('x'), now()
			FROM generate_series(1, $1::int) i`,
		`INSERT INTO plan_acts (plan_id, kind, person, created_at)
			SELECT p.id, 'UNLOCK', 'staff/s_' || i, now() FROM payment_plans p, generate_series(1, $1::int) i WHERE i <= 2 OR p.id LIKE '%01'`,
		`INSERT INTO payment_files (id, plan_id, state, message_digest, payments, created_at)
			SELECT 'pf_' || lpad(i::text, 26, '0'), 'p_' || lpad('1', 26, '0'), 'COLLECTING', sha256(('M' || i)::bytea), 1, now()
			FROM generate_series(1, $1::int) i`,
		`INSERT INTO file_downloads (file_id, proposed_by, proposed_at, reason, downloaded_by, downloaded_at)
			SELECT f.id, 'staff/s_1', now(), 'BANK_INQUIRY', 'staff/s_2', now()
			FROM payment_files f, generate_series(1, $1::int) i WHERE i <= 2 OR f.id LIKE '%01'`,
		`INSERT INTO payments (id, plan_id, state, family, currency, minor_units, created_at, submit_at, mac)
			SELECT 'y_' || lpad(i::text, 26, '0'), 'p_' || lpad('1', 26, '0'), 'SENT', 'families/f_' || i, 'EUR', 100, now(), date_trunc('day', now(), 'UTC'), sha256('x')
			FROM generate_series(1, $1::int) i`,
		`INSERT INTO payment_shares (payment_id, award_id, minor_units)
			SELECT 'y_' || lpad(payment::text, 26, '0'), award_id, minor_units
			FROM (SELECT award_id, minor_units, (row_number() OVER (ORDER BY award_id) + 1) / 2 AS payment FROM allocation_shares) s
			WHERE payment <= $1::int`,
		`INSERT INTO attempts (payment_id, number, state, bank_digest, claimed_at, ended_at, version, mac)
			SELECT y.id, i, 'FAILED', sha256((y.id || 'E' || i)::bytea), now(), now(), 1, sha256('x')
			FROM payments y, generate_series(1, $1::int) i WHERE i <= 2 OR y.id LIKE '%01'`,
		`INSERT INTO statements (id, sender, bank_id, currency, sha256, content, said, notification, opening, closing, sequence, closed_on, position, imported_by, created_at)
			SELECT 'st_' || lpad(i::text, 26, '0'), 'main', 'S' || i, 'EUR', sha256('x'), sha256(i::text::bytea), '{}', false, 0, 0, 0, '', i,
				'staff/s_1', now()
			FROM generate_series(1, $1::int) i ORDER BY i`,
		`INSERT INTO statement_lines (statement_id, number, credit, minor_units, booked_on, bank_code, return_reason, effect)
			SELECT s.id, i, true, 100, now(), '', '', 'UNMATCHED' FROM statements s, generate_series(1, $1::int) i WHERE i <= 2 OR s.id LIKE '%01'`,
		`INSERT INTO unmatched_lines (id, statement_id, number, reason, created_at)
			SELECT 'ul_' || lpad((row_number() OVER ())::text, 26, '0'), statement_id, number, 'UNKNOWN_ID', now() FROM statement_lines WHERE $1::int > 0`,
	} {
		if _, err := b.db.Pool.Exec(context.Background(), sql, many); err != nil {
			b.t.Fatalf("fill: %v\n%s", err, sql)
		}
	}
}

// TestAPageOfFiftyAsksTheDatabaseAsOftenAsAPageOfOne counts the statements behind
// each list of the contract, and looks at what belongs to the rows.
func TestAPageOfFiftyAsksTheDatabaseAsOftenAsAPageOfOne(t *testing.T) {
	t.Parallel()
	db, trips := postgrestest.Counted(t, postgrestest.New(t, store.Migrations()))
	b := newBenchOver(t, db)
	b.fill()
	by := b.treasurer("reader")
	ctx := context.Background()
	for name, list := range map[string]func(size int32) (proto.Message, int, error){
		"rounds": func(size int32) (proto.Message, int, error) {
			r, err := by.rounds.ListAllocationRounds(ctx, &disbursementsv1.ListAllocationRoundsRequest{PageSize: size})
			return r, len(r.GetAllocationRounds()), err
		},
		"allocations": func(size int32) (proto.Message, int, error) {
			r, err := by.rounds.ListAllocations(ctx, &disbursementsv1.ListAllocationsRequest{Parent: "allocationRounds/" + id("r", 1), PageSize: size})
			return r, len(r.GetAllocations()), err
		},
		"awards": func(size int32) (proto.Message, int, error) {
			r, err := by.awards.ListAwards(ctx, &disbursementsv1.ListAwardsRequest{PageSize: size})
			return r, len(r.GetAwards()), err
		},
		"plans": func(size int32) (proto.Message, int, error) {
			r, err := by.plans.ListPaymentPlans(ctx, &disbursementsv1.ListPaymentPlansRequest{PageSize: size})
			return r, len(r.GetPaymentPlans()), err
		},
		"files": func(size int32) (proto.Message, int, error) {
			r, err := by.files.ListPaymentFiles(ctx, &disbursementsv1.ListPaymentFilesRequest{Parent: "paymentPlans/" + id("p", 1), PageSize: size})
			return r, len(r.GetPaymentFiles()), err
		},
		"payments": func(size int32) (proto.Message, int, error) {
			r, err := by.payments.ListPayments(ctx, &disbursementsv1.ListPaymentsRequest{PageSize: size})
			return r, len(r.GetPayments()), err
		},
		"statements": func(size int32) (proto.Message, int, error) {
			r, err := by.books.ListStatements(ctx, &disbursementsv1.ListStatementsRequest{PageSize: size})
			return r, len(r.GetStatements()), err
		},
		"unmatched lines": func(size int32) (proto.Message, int, error) {
			r, err := by.books.ListUnmatchedLines(ctx, &disbursementsv1.ListUnmatchedLinesRequest{PageSize: size})
			return r, len(r.GetUnmatchedLines()), err
		},
	} {
		cost := func(size int32) int64 {
			return trips.During(func() {
				if _, n, err := list(size); err != nil || n != int(size) {
					t.Errorf("%s: %d of %d rows, %v", name, n, size, err)
				}
			})
		}
		if one, fifty := cost(1), cost(many); one != fifty {
			t.Errorf("%s: %d statements for one row, %d for %d", name, one, fifty, many)
		}
	}
}

// TestEachRowOfAListHasWhatBelongsToIt compares each list with the single reads.
func TestEachRowOfAListHasWhatBelongsToIt(t *testing.T) {
	t.Parallel()
	b := newBenchWith(t, postgrestest.New(t, store.Migrations()), lax)
	b.fill()
	by, ctx := b.treasurer("reader"), context.Background()
	rounds := must[*disbursementsv1.ListAllocationRoundsResponse](t, "rounds")(by.rounds.ListAllocationRounds(ctx, &disbursementsv1.ListAllocationRoundsRequest{}))
	for _, r := range rounds.GetAllocationRounds() {
		one, err := by.rounds.GetAllocationRound(ctx, &disbursementsv1.GetAllocationRoundRequest{Name: r.GetName()})
		if err != nil || !proto.Equal(one, r) || len(r.GetBudgets()) < 2 || len(r.GetSummary().GetTiers()) < 2 {
			t.Errorf("round of a list: %v\nalone: %v, %v", r, one, err)
		}
	}
	plans := must[*disbursementsv1.ListPaymentPlansResponse](t, "plans")(by.plans.ListPaymentPlans(ctx, &disbursementsv1.ListPaymentPlansRequest{}))
	for _, p := range plans.GetPaymentPlans() {
		one, err := by.plans.GetPaymentPlan(ctx, &disbursementsv1.GetPaymentPlanRequest{Name: p.GetName()})
		if err != nil || !proto.Equal(one, p) || len(p.GetActs()) < 2 {
			t.Errorf("plan of a list: %v\nalone: %v, %v", p, one, err)
		}
	}
	payments := must[*disbursementsv1.ListPaymentsResponse](t, "payments")(by.payments.ListPayments(ctx, &disbursementsv1.ListPaymentsRequest{}))
	for _, y := range payments.GetPayments() {
		one, err := by.payments.GetPayment(ctx, &disbursementsv1.GetPaymentRequest{Name: y.GetName()})
		if err != nil || !proto.Equal(one, y) || len(y.GetShares()) != 2 {
			t.Errorf("payment of a list: %v\nalone: %v, %v", y, one, err)
		}
	}
	files := must[*disbursementsv1.ListPaymentFilesResponse](t, "files")(by.files.ListPaymentFiles(ctx,
		&disbursementsv1.ListPaymentFilesRequest{Parent: "paymentPlans/" + id("p", 1)}))
	for _, f := range files.GetPaymentFiles() {
		want := 2
		if f.GetName() == "paymentPlans/"+id("p", 1)+"/files/"+id("pf", 1) {
			want = many
		}
		if len(f.GetDownloads()) != want {
			t.Errorf("file %s has %d downloads, want %d", f.GetName(), len(f.GetDownloads()), want)
		}
	}
	statements := must[*disbursementsv1.ListStatementsResponse](t, "statements")(by.books.ListStatements(ctx, &disbursementsv1.ListStatementsRequest{}))
	for _, st := range statements.GetStatements() {
		one, err := by.books.GetStatement(ctx, &disbursementsv1.GetStatementRequest{Name: st.GetName()})
		if err != nil || !proto.Equal(one, st) || st.GetUnmatchedCount() < 2 {
			t.Errorf("statement of a list: %v\nalone: %v, %v", st, one, err)
		}
	}
}
