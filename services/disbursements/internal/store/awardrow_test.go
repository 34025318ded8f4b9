package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// alarmed fails the test unless the log names a row of a table.
func (d *desk) alarmed(what, table, row string) {
	d.t.Helper()
	if log := d.log.String(); !strings.Contains(log, "alarm=true") || !strings.Contains(log, "table="+table+" row="+row) {
		d.t.Errorf("%s: no alarm about %s %s:\n%s", what, table, row, log)
	}
}

// uses are what is done with an award ($1), and must not be where another hand has
// changed it: given is what comes before the change.
var uses = map[string]struct {
	given func(d *desk, round string)
	use   func(d *desk, round, award string) error
}{
	"put into a plan": {nil, func(d *desk, round, _ string) error {
		return errOf(d.store.CreatePlan(context.Background(), store.NewPlan{
			RoundID: round, Rail: "sepa", Sender: "main", Person: "staff/s_maker", Currencies: []string{"EUR"},
		}))
	}},
	"cancelled": {nil, func(d *desk, _, award string) error { return d.store.CancelAward(context.Background(), award) }},
	"given back": {func(d *desk, round string) {
		d.done("cancel", d.store.CancelAward(context.Background(), read[string](d, `SELECT id FROM awards WHERE round_id = $1`, round)))
	}, func(d *desk, _, award string) error { return errOf(d.store.Cancelled(context.Background(), award)) }},
	"booked": {nil, func(d *desk, round, _ string) error {
		return errOf(d.store.AwardsOfRound(context.Background(), round, "", 10))
	}},
	"counted by the next round": {nil, func(d *desk, _, award string) error {
		a, err := d.store.Award(context.Background(), award)
		d.done("read award", err)
		return errOf(d.store.LiveAwards(context.Background(), []store.RequestCycle{{AidRequest: a.AidRequest, Cycle: a.Cycle}}))
	}},
	"paid": {func(d *desk, round string) { d.planned(round) }, func(d *desk, _, award string) error {
		return errOf(d.store.AwardedTo(context.Background(), read[string](d, `SELECT payment_id FROM payment_shares WHERE award_id = $1`, award)))
	}},
}

// changes are what SQL does to an award, each thing that its MAC covers.
var changes = map[string]string{
	"fund":    `UPDATE awards SET fund = 'funds/winter' WHERE id = $1`,
	"amount":  `UPDATE awards SET minor_units = minor_units + 1 WHERE id = $1`,
	"family":  `UPDATE awards SET family = family || '_accomplice' WHERE id = $1`,
	"part":    `UPDATE awards SET part = part + 1 WHERE id = $1`,
	"filled":  `UPDATE awards SET filled = NOT filled WHERE id = $1`,
	"version": `UPDATE awards SET version = version + 1 WHERE id = $1`,
	"its MAC": `UPDATE awards SET mac = sha256('x') WHERE id = $1`,
}

// awarded is a desk with one award, and what comes before a use of it.
func awarded(t *testing.T, off bool, given func(d *desk, round string)) (d *desk, round, award string) {
	t.Helper()
	d = newDesk(t)
	if off {
		d.unchecked()
	}
	round = d.committed(allocation(1, 10_000))
	if given != nil {
		given(d, round)
	}
	return d, round, read[string](d, `SELECT id FROM awards WHERE round_id = $1`, round)
}

func TestAnAwardThatAnotherHandChangedIsUsedForNothing(t *testing.T) {
	t.Parallel()
	for what, use := range uses {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			d, round, award := awarded(t, false, use.given)
			before := read[string](d, `SELECT to_jsonb(a)::text FROM awards a WHERE id = $1`, award)
			for change, sql := range changes {
				d.exec(sql, award)
				d.refused(change, use.use(d, round, award), rowmac.Changed)
				d.alarmed(change, "awards", award)
				d.log.Reset()
				d.exec(`UPDATE awards a SET fund = b.fund, minor_units = b.minor_units, family = b.family, part = b.part, filled = b.filled,
					version = b.version, mac = b.mac FROM jsonb_populate_record(NULL::awards, $2::jsonb) b WHERE a.id = $1`, award, before)
			}
			d.done("as it was", use.use(d, round, award))
			// The test must be able to see the defect.
			d, round, award = awarded(t, true, use.given)
			d.exec(changes["amount"], award)
			d.done("without the protection", use.use(d, round, award))
		})
	}
}

// An award that SQL cancelled could be given once more.
func TestAnAwardThatAnotherHandCancelledStillCounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	round := d.committed(allocation(1, 10_000))
	award := read[string](d, `SELECT id FROM awards WHERE round_id = $1`, round)
	d.exec(`UPDATE awards SET state = 'CANCELLED', cancelled_at = date_trunc('day', now(), 'UTC'), returned_at = now() WHERE id = $1`, award)
	cycle := []store.RequestCycle{{AidRequest: "families/f_1/aidRequests/a_1", Cycle: 1}}
	d.refused("count", errOf(d.store.LiveAwards(t.Context(), cycle)), rowmac.Changed)
	d.unchecked()
	if held, err := d.store.LiveAwards(t.Context(), cycle); err != nil || len(held) != 0 {
		t.Errorf("without the protection: %v, %v", held, err)
	}
}

// TestAPaymentThatAnotherHandChangedIsSignedAndPaidByNobody changes each thing that the
// MAC of a payment covers, before its plan is locked and after it is released.
func TestAPaymentThatAnotherHandChangedIsSignedAndPaidByNobody(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for what, sql := range map[string]string{
		"family":         `UPDATE payments SET family = family || '_accomplice' WHERE id = $1`,
		"amount":         `UPDATE payments SET minor_units = minor_units + 1 WHERE id = $1`,
		"currency":       `UPDATE payments SET currency = 'PLN' WHERE id = $1`,
		"a share":        `UPDATE payment_shares SET minor_units = minor_units - 1 WHERE payment_id = $1`,
		"a share gone":   `DELETE FROM payment_shares WHERE payment_id = $1`,
		"a second share": `INSERT INTO payment_shares SELECT $1, award_id, minor_units, false FROM payment_shares WHERE payment_id <> $1`,
		"its MAC":        `UPDATE payments SET mac = sha256('x') WHERE id = $1`,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for _, off := range []bool{false, true} {
				d, drafting := newDesk(t), newDesk(t)
				if off {
					d.unchecked()
					drafting.unchecked()
				}
				draft := drafting.inState(plan.Draft)
				first := drafting.payments(draft)[0]
				drafting.exec(sql, first)
				_, released := d.released(2)
				d.exec(sql, released[0])
				signing := errOf(drafting.store.PrepareLock(ctx, draft, "staff/s_maker", store.Found{Accounts: accounts}))
				claiming := errOf(d.store.Claim(ctx, released[0]))
				if off {
					d.done("sign without the protection", signing)
					d.done("claim without the protection", claiming)
					continue
				}
				drafting.refused("sign", signing, rowmac.Changed)
				drafting.alarmed("sign", "payments", first)
				d.refused("claim", claiming, rowmac.Changed)
				d.alarmed("claim", "payments", released[0])
				d.refused("read", errOf(d.store.Payment(ctx, released[0])), rowmac.Changed)
			}
		})
	}
}

// What the bank says about a payment is noted, whatever somebody did to its award.
func TestAChangedAwardHoldsUpNoStatement(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	_, payments := d.released(1)
	a := d.sent(payments[0])
	award := read[string](d, `SELECT award_id FROM payment_shares WHERE payment_id = $1`, payments[0])
	d.exec(`UPDATE awards SET minor_units = 1 WHERE id = $1`, award)
	d.done("take in a statement", d.take((&bank{}).says(paid(a))))
	if y, err := d.store.Payment(t.Context(), payments[0]); err != nil || y.State != payment.Settled {
		t.Errorf("payment %v, %v", y.State, err)
	}
	d.alarmed("settle", "awards", award)
	if state := read[string](d, `SELECT state FROM awards WHERE id = $1`, award); state != "IN_PAYMENT" {
		t.Errorf("the award is %s", state)
	}
}
