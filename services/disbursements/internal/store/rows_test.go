package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// TestAnAttemptThatAnotherHandChangedIsUsedForNothing changes each thing that an
// attempt's MAC covers.
func TestAnAttemptThatAnotherHandChangedIsUsedForNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, sql := range map[string]string{
		"state":       `UPDATE attempts SET state = 'UNKNOWN' WHERE payment_id = $1`,
		"failed":      `UPDATE attempts SET state = 'FAILED', ended_at = now() WHERE payment_id = $1`,
		"not handed":  `UPDATE attempts SET handed_at = NULL WHERE payment_id = $1`,
		"debited":     `UPDATE attempts SET debited = true WHERE payment_id = $1`,
		"credited":    `UPDATE attempts SET credited = true WHERE payment_id = $1`,
		"failure":     `UPDATE attempts SET failure = 'RAIL_REFUSED' WHERE payment_id = $1`,
		"bank's id":   `UPDATE attempts SET bank_digest = sha256('E1') WHERE payment_id = $1`,
		"file":        `UPDATE attempts SET file_id = NULL WHERE payment_id = $1`,
		"another day": `UPDATE attempts SET claimed_at = claimed_at - interval '2 days' WHERE payment_id = $1`,
		"version":     `UPDATE attempts SET version = version + 1 WHERE payment_id = $1`,
		"amount":      `UPDATE payments SET minor_units = minor_units + 1 WHERE id = $1`,
		"its MAC":     `UPDATE attempts SET mac = sha256('x') WHERE payment_id = $1`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			_, payments := d.released(1)
			a := d.sent(payments[0])
			d.exec(sql, payments[0])
			if name != "bank's id" { // then no line is about it
				d.done("take in a statement", d.take((&bank{}).says(paid(a))))
				if got := d.effects(); len(got) != 1 || got[0] != "UNMATCHED ROW_CHANGED" {
					t.Errorf("its line: %v", got)
				}
			}
			d.refused("note failed", d.store.NoteFailed(ctx, a, "RAIL_REFUSED", true), rowmac.Changed)
			if name != "file" {
				d.refused("complete file", errOf(d.store.CompleteFile(ctx, a.FileID)), rowmac.Changed)
				d.refused("fetch file", errOf(d.store.Leaving(ctx, a.PlanID, a.FileID)), rowmac.Changed)
			}
			d.exec(`UPDATE payments SET state = 'FAILED' WHERE id = $1`, payments[0])
			d.refused("retry", d.store.RetryPayment(ctx, payments[0]), rowmac.Changed)
			d.exec(`UPDATE payments SET state = 'SUBMITTED' WHERE id = $1`, payments[0])
			d.refused("claim", errOf(d.store.Claim(ctx, payments[0])), rowmac.Changed)
			if !strings.Contains(d.log.String(), "table=attempts row=payments/"+payments[0]+"/attempts/1") {
				t.Errorf("log: %s", d.log)
			}
		})
	}
}

// TestASwitchThatAnotherHandChangedCanBeStoppedButNotResumed repairs it by two people.
func TestASwitchThatAnotherHandChangedCanBeStoppedButNotResumed(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(1)
	d.done("stop", d.store.StopRail(ctx, "sepa", "staff/s_1"))
	d.exec(`UPDATE rails SET stopped_by = 'staff/s_other' WHERE id = 'sepa'`)
	d.refused("resume what one stopped oneself", d.store.ResumeRail(ctx, "sepa", "staff/s_1"), rowmac.Changed)
	d.refused("claim", errOf(d.store.Claim(ctx, payments[0])), rowmac.Changed)
	d.done("stop again", d.store.StopRail(ctx, "sepa", "staff/s_2"))
	d.refused("claim", errOf(d.store.Claim(ctx, payments[0])), "RAIL_STOPPED")
	d.refused("resume", d.store.ResumeRail(ctx, "sepa", "staff/s_2"), "SAME_PERSON")
	d.done("resume", d.store.ResumeRail(ctx, "sepa", "staff/s_1"))
	d.claim(payments[0])
}
