package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	bankstatement "github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// importer is who imports what imports takes in.
const importer = "staff/s_importer"

// imports takes in statements of the account "main" that follow each other, each
// with its day, "" for none, and its closing balance.
func (b *bench) imports(closings ...any) {
	b.t.Helper()
	keep := store.New(b.db, dutytest.Queue(b.t), b.rows, b.clock.now)
	opening := int64(1000)
	for i := 0; i < len(closings); i += 2 {
		day, closing := closings[i].(string), int64(closings[i+1].(int))
		line := bankstatement.Line{Credit: closing > opening, Minor: max(closing-opening, opening-closing, 1), BookedOn: "2026-11-01", BatchCount: -1}
		if _, err := keep.ImportStatements(context.Background(), importer, make([]byte, 32), []bankstatement.Statement{{
			Sender: "main", BankID: "S" + day + string(rune('a'+i)), Currency: "EUR", Opening: opening, Closing: closing, ClosedOn: day,
			Lines: []bankstatement.Line{line},
		}}); err != nil {
			b.t.Fatalf("import statement of %s: %v", day, err)
		}
		opening = closing
	}
}

func (b *bench) series(day string) (*disbursementsv1.ListStatementSeriesResponse, error) {
	ledger := disbursementsv1.NewReconciliationServiceClient(b.rpc.As(identity.Caller{Service: "ledger"}))
	return ledger.ListStatementSeries(context.Background(), &disbursementsv1.ListStatementSeriesRequest{Day: day})
}

func TestTheLedgerIsToldHowFarStatementsReach(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if resp, err := b.series("2026-11-30"); err != nil || len(resp.GetSeries()) != 0 {
		t.Errorf("without statements: %v, %v", resp, err)
	}
	b.imports("2026-11-02", 1100, "", 1200, "2026-11-28", 900, "2026-11-28", 950, "2026-12-01", 1000)
	for day, want := range map[string]*disbursementsv1.StatementSeries{
		"2026-11-01": {ClosingBalance: postingtest.Money(0), Unbroken: true, ReachesDay: true},
		"2026-11-02": {ClosingBalance: postingtest.Money(1100), ClosedOn: "2026-11-02", Unbroken: true, ReachesDay: true},
		"2026-11-28": {ClosingBalance: postingtest.Money(950), ClosedOn: "2026-11-28", Unbroken: true, ReachesDay: true},
		"2026-11-30": {ClosingBalance: postingtest.Money(950), ClosedOn: "2026-11-28", Unbroken: true, ReachesDay: true},
		"2026-12-01": {ClosingBalance: postingtest.Money(1000), ClosedOn: "2026-12-01", Unbroken: true, ReachesDay: true},
		"2026-12-02": {ClosingBalance: postingtest.Money(1000), ClosedOn: "2026-12-01", Unbroken: true},
	} {
		want.Account = "asset:bank:main"
		resp, err := b.series(day)
		if err != nil {
			t.Fatal(err)
		}
		if want.GetClosedOn() != "" {
			want.ImportedBy, want.StatementSha256 = importer, make([]byte, 32)
		}
		ids := protocmp.IgnoreFields(want, "statement")
		if diff := cmp.Diff([]*disbursementsv1.StatementSeries{want}, resp.GetSeries(), protocmp.Transform(), ids); diff != "" {
			t.Errorf("%s (-want +got):\n%s", day, diff)
		}
		b.isClosing(resp.GetSeries()[0], want)
	}
}

// isClosing checks that a series names the statement whose closing balance it has.
func (b *bench) isClosing(got, want *disbursementsv1.StatementSeries) {
	b.t.Helper()
	var name string
	err := b.db.Pool.QueryRow(context.Background(), `
		SELECT 'statements/' || COALESCE(MAX(id), '') FROM statements WHERE closed_on = $1 AND closing = $2`,
		want.GetClosedOn(), want.GetClosingBalance().GetMinorUnits()).Scan(&name)
	if name = strings.TrimSuffix(name, "statements/"); err != nil || got.GetStatement() != name {
		b.t.Errorf("closed on %s by %q, want %q: %v", want.GetClosedOn(), got.GetStatement(), name, err)
	}
}

func TestABreakInTheStatementsIsSeenFromItsDayOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.imports("2026-11-02", 1100, "2026-11-28", 900, "2026-12-01", 1000)
	if _, err := b.db.Pool.Exec(context.Background(), `UPDATE statements SET opening = 1101 WHERE closed_on = '2026-11-28'`); err != nil {
		t.Fatal(err)
	}
	for day, unbroken := range map[string]bool{"2026-11-02": true, "2026-11-03": false, "2026-11-30": false, "2026-12-05": false} {
		resp, err := b.series(day)
		if err != nil || resp.GetSeries()[0].GetUnbroken() != unbroken {
			t.Errorf("%s: %v, %v", day, resp, err)
		}
	}
}

func TestOnlyTheLedgerAsksForStatementSeriesAndForADay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, day := range []string{"", "30.11.2026", "2026-11-31"} {
		_, err := b.series(day)
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != "day" {
			t.Errorf("%q: %v", day, err)
		}
	}
	gateway := disbursementsv1.NewReconciliationServiceClient(b.rpc.As(identity.Caller{Service: "gateway"}))
	if _, err := gateway.ListStatementSeries(context.Background(), &disbursementsv1.ListStatementSeriesRequest{Day: "2026-11-30"}); !fault.OfKind(err, fault.PermissionDenied) && !fault.OfKind(err, fault.Unauthenticated) {
		t.Errorf("through the gateway: %v", err)
	}
}
