package store_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// over has the store know the latest versions of rows by heads.
func (d *desk) over(heads rowmac.Heads) {
	d.rows = rowmac.New([]byte("secret of the rows"), slog.New(slog.NewTextHandler(d.log, nil))).Over(heads)
	d.store = store.New(d.db, dutytest.Queue(d.t), d.rows, func() time.Time { return d.clock })
}

// keyStore is a key store that keeps heads.
func keyStore(t *testing.T) *seal.Heads {
	t.Helper()
	return seal.NewHeads(postgrestest.New(t, seal.KeyStoreMigrations()))
}

// TestAnOlderRowOfASwitchLetsNothingRun puts back, with its own MAC, the row that a rail or
// a sender had before it was stopped.
func TestAnOlderRowOfASwitchLetsNothingRun(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, test := range map[string]struct {
		table, row   string
		stop, resume func(d *desk, person string) error
	}{
		"a rail": {"rails", "sepa",
			func(d *desk, p string) error { return d.store.StopRail(ctx, "sepa", p) },
			func(d *desk, p string) error { return d.store.ResumeRail(ctx, "sepa", p) }},
		"a sender": {"senders", "sepa/senders/main",
			func(d *desk, p string) error { return d.store.StopSender(ctx, "sepa", "main", p) },
			func(d *desk, p string) error { return d.store.ResumeSender(ctx, "sepa", "main", p) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, off := range []bool{false, true} {
				d := newDesk(t)
				if !off {
					d.over(keyStore(t))
				}
				_, payments := d.released(1)
				const where = ` WHERE CASE WHEN to_jsonb(g) ? 'rail' THEN to_jsonb(g) ->> 'rail' ELSE id END = 'sepa'`
				running := read[[]byte](d, `SELECT mac FROM `+test.table+` g`+where)
				putBack := func() {
					d.exec(`UPDATE `+test.table+` g SET stopped_by = NULL, stopped_at = NULL, version = 1, mac = $1`+where, running)
				}
				d.done("stop", test.stop(d, "staff/s_1"))
				putBack()
				_, err := d.store.Claim(ctx, payments[0])
				if off {
					d.done("without the protection", err)
					continue
				}
				d.refused("claim", err, rowmac.Changed)
				d.alarmed("claim", test.table, test.row)
				d.refused("resume", test.resume(d, "staff/s_2"), rowmac.Changed)
				// It is stopped once more, which makes it the service's own, and resumed by another.
				d.done("stop again", test.stop(d, "staff/s_1"))
				d.refused("resume by who stopped it", test.resume(d, "staff/s_1"), "SAME_PERSON")
				d.done("resume", test.resume(d, "staff/s_2"))
				putBack()
				d.refused("claim by the first row", errOf(d.store.Claim(ctx, payments[0])), rowmac.Changed)
			}
		})
	}
}

// silent are heads that do not answer.
type silent struct{}

func (silent) Raise(context.Context, [][]byte, []int64) ([]int64, error) {
	return nil, errors.New("silent")
}

// With the key store down everything can still be stopped, and nothing goes out.
func TestWithTheKeyStoreDownASwitchStops(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(1)
	d.over(silent{})
	d.done("stop", d.store.StopRail(ctx, "sepa", "staff/s_1"))
	if r, err := d.store.Rail(ctx, "sepa"); err != nil || r.StoppedBy != "staff/s_1" {
		t.Errorf("rail %+v, %v", r, err)
	}
	if _, err := d.store.Claim(ctx, payments[0]); err == nil {
		t.Error("claimed over a rail of which nobody knows the latest row")
	}
}

// A rail that was seen once, and by which no plan pays, is not forgotten with its row.
func TestASwitchThatWasSeenComesBackStoppedAndTheOperatorIsTold(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, off := range []bool{false, true} {
		d := newDesk(t)
		if !off {
			d.over(keyStore(t))
		}
		d.done("stop", d.store.StopRail(ctx, "other", "staff/s_1"))
		if _, err := postgrestest.Owner(t, d.db).Pool.Exec(ctx, `DELETE FROM rails WHERE id = 'other'`); err != nil {
			t.Fatal(err)
		}
		d.done("add", d.store.AddRail(ctx, "other"))
		r, err := d.store.Rail(ctx, "other")
		if off {
			if err != nil || r.StoppedBy != "" {
				t.Errorf("without the protection: %+v, %v", r, err)
			}
			continue
		}
		if err != nil || r.StoppedBy != "nobody" {
			t.Errorf("rail %+v, %v", r, err)
		}
		d.alarmed("add", "rails", "other")
		d.done("resume", d.store.ResumeRail(ctx, "other", "staff/s_1"))
	}
}
