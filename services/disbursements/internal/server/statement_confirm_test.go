package server_test

import (
	"context"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// names checks that a refusal names one field.
func names(t testing.TB, field string, err error) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Kind != fault.Invalid || len(f.Violations) != 1 || f.Violations[0].Field != field || f.Violations[0].Reason == "" {
		t.Errorf("%s: %v", field, err)
	}
}

func (b *bench) confirmedBy(who, name string) error {
	_, err := b.treasurer(who).books.ConfirmStatement(context.Background(), &disbursementsv1.ConfirmStatementRequest{Name: name})
	return err
}

// confirmStatement has a second person confirm a statement.
func (b *bench) confirmStatement(who string, st *disbursementsv1.Statement) {
	b.t.Helper()
	if err := b.confirmedBy(who, st.GetName()); err != nil {
		b.t.Fatalf("confirm: %v", err)
	}
}

// TestTheSecondPersonOfAStatementDidNotFetchItsFile tries everybody.
func TestTheSecondPersonOfAStatementDidNotFetchItsFile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.settle(plan)
	st := b.statements()[0]
	refused(t, "who imported it", b.confirmedBy("importer", st.GetName()), "SAME_PERSON")
	refused(t, "who fetched the file", b.confirmedBy("fetcher", st.GetName()), "SAME_PERSON")
	refused(t, "nobody's", b.confirmedBy("other", "statements/st_00000000000000000000000000"), "NOT_FOUND")
	b.confirmStatement("other", st)
	refused(t, "twice", b.confirmedBy("third", st.GetName()), "ILLEGAL_STATE")
	if st := b.statements(`state = "CONFIRMED"`); len(st) != 1 || st[0].GetConfirmedBy() != "staff/s_other" || st[0].GetImportedBy() != "staff/s_importer" {
		t.Errorf("confirmed: %v", st)
	}
}

// TestAFetcherConfirmsWhereNobodyElseIsThere three days later.
func TestAFetcherConfirmsWhereNobodyElseIsThere(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.settle(b.released(1))
	st := b.statements()[0]
	b.clock.move(2 * 24 * time.Hour)
	refused(t, "after two days", b.confirmedBy("fetcher", st.GetName()), "SAME_PERSON")
	b.clock.move(2 * 24 * time.Hour)
	b.confirmStatement("fetcher", st)
}
