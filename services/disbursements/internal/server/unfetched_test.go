package server_test

import (
	"strings"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

// TestAFileThatNobodyFetchesIsWithdrawnByARule moves the clock to the day before, and to
// the day.
func TestAFileThatNobodyFetchesIsWithdrawnByARule(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		proposed int // the day on which its download is proposed, none below zero
		days     int
	}{
		"nobody proposed to fetch it":  {-1, 8},
		"proposed on its day":          {0, 8},
		"proposed later, and left so":  {5, 13},
		"proposed on the last day":     {7, 15},
		"fetched: it is never drawn":   {-2, 40},
		"over a stopped rail, as well": {-3, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// given a complete file
			b := newBench(t)
			plan := b.released(2)
			b.drain()
			file := b.files(plan)[0].GetName()
			day := b.clock.now().UTC().Truncate(24 * time.Hour)
			to := func(n int) { b.clock.move(day.AddDate(0, 0, n).Add(time.Minute).Sub(b.clock.now())) }
			switch {
			case test.proposed == -2:
				b.download(file)
			case test.proposed == -3:
				must[*disbursementsv1.Rail](t, "stop")(b.treasurer("a").rails.StopRail(t.Context(), &disbursementsv1.StopRailRequest{Name: "rails/sepa"}))
			case test.proposed >= 0:
				to(test.proposed)
				if err := b.propose(file, firstHandover); err != nil {
					t.Fatal(err)
				}
			}
			// when its days pass
			if at, want := b.ahead(store.DutyWithdraw), day.AddDate(0, 0, test.days); test.proposed != -2 && !at.Equal(want) {
				t.Errorf("a moved clock stops at %v, want %v", at, want)
			}
			to(test.days - 1)
			b.drain()
			before := b.files(plan)[0].GetState()
			to(test.days)
			b.drain()
			// then it is gone, its money is back, and its payments can be tried again
			after := b.files(plan)[0]
			if test.proposed == -2 {
				if after.GetState() != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_SEALED || b.ledger.Sum("transit:sepa") == 0 {
					t.Errorf("a fetched file is %v", after)
				}
				return
			}
			if before != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_SEALED || after.GetState() != disbursementsv1.PaymentFileState_PAYMENT_FILE_STATE_WITHDRAWN {
				t.Errorf("it was %v, and is %v", before, after.GetState())
			}
			if b.ledger.Sum("transit:sepa") != 0 || b.ledger.Sum("award:") != 20_000 {
				t.Errorf("balances %v", b.ledger.Balances())
			}
			for _, y := range b.payments(plan) {
				if y.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_FAILED || y.GetFailureReason() != "WITHDRAWN" {
					t.Errorf("payment %v", y)
				}
			}
		})
	}
}

// What SQL makes look as if nobody had fetched it is not withdrawn: it would be paid a
// second time.
func TestTheRuleWithdrawsNothingThatHasLeft(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	b.download(b.files(plan)[0].GetName())
	b.alter(plan, `DELETE FROM file_downloads WHERE $1 <> ''`)
	b.clock.move(30 * 24 * time.Hour)
	for _, d := range b.duties {
		if d.Kind == store.DutyWithdraw {
			ids := must[[]string](t, "look for files")(d.Owed(t.Context(), b.clock.now(), "", 10))
			if len(ids) != 1 {
				t.Fatalf("%d files are due", len(ids))
			}
			refused(t, "withdraw by a rule", d.Do(t.Context(), ids[0]), "PAYMENT_LEFT")
		}
	}
}

// Neither is it where SQL puts back the attempts as well, with the MACs that they had.
func TestTheRuleWithdrawsNothingThatTheLedgerKnowsFetched(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	var version int64
	var mac []byte
	if err := b.db.Pool.QueryRow(t.Context(), `SELECT version, mac FROM attempts`).Scan(&version, &mac); err != nil {
		t.Fatal(err)
	}
	b.download(b.files(plan)[0].GetName())
	b.alter(plan, `DELETE FROM file_downloads WHERE $1 <> ''`, `UPDATE payments SET state = 'SUBMITTED' WHERE plan_id = $1`)
	if _, err := b.db.Pool.Exec(t.Context(), `UPDATE attempts SET state = 'CLAIMED', version = $1, mac = $2`, version, mac); err != nil {
		t.Fatal(err)
	}
	b.clock.move(30 * 24 * time.Hour)
	log := b.logged()
	refused(t, "withdraw by a rule", b.worker.Withdraw(t.Context(), b.files(plan)[0].GetName()[strings.LastIndex(b.files(plan)[0].GetName(), "/")+1:]), "PAYMENT_LEFT")
	if b.ledger.Sum("award:") != 0 || !strings.Contains(log.String(), "alarm=true") {
		t.Errorf("balances %v, log %s", b.ledger.Balances(), log)
	}
}
