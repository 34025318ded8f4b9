package household_test

import (
	"testing"
	"time"
)

// stateOf is how the destination of the desk's family stands, and who confirmed it.
func (d *desk) stateOf(destination string) (state, confirmer string) {
	d.t.Helper()
	d.must(d.db.Pool.QueryRow(d.t.Context(), `SELECT state, COALESCE(confirmer, '') FROM destinations WHERE destination_id = $1`, destination).
		Scan(&state, &confirmer))
	return state, confirmer
}

func TestWhatAFrozenPersonDidAboutADestinationIsVoidFor72Hours(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		frozen           string
		later            time.Duration
		lenient          bool
		state, confirmer string
	}{
		"who entered it":                 {frozen: owner, state: "VOID", confirmer: verifier},
		"who confirmed it":               {frozen: verifier, state: "PENDING"},
		"somebody else":                  {frozen: drawn, state: "CONFIRMED", confirmer: verifier},
		"who entered it, a week ago":     {frozen: owner, later: 7 * 24 * time.Hour, state: "CONFIRMED", confirmer: verifier},
		"with the protection off":        {frozen: owner, lenient: true, state: "CONFIRMED", confirmer: verifier},
		"confirmed, with protection off": {frozen: verifier, lenient: true, state: "CONFIRMED", confirmer: verifier},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t).payable()
			d.ahead = c.later
			if c.lenient {
				d.store.Lenient()
			}
			for range 2 { // once is as much as twice
				_, err := d.store.HoldFrozen(d.t.Context(), c.frozen)
				d.must(err)
			}
			if state, confirmer := d.stateOf(d.destination); state != c.state || confirmer != c.confirmer {
				t.Errorf("%s, confirmed by %q", state, confirmer)
			}
		})
	}
}

// TestAVoidedDestinationThatSQLBringsBackPaysNobody has the leaf of the voiding stand in
// the ledger.
func TestAVoidedDestinationThatSQLBringsBackPaysNobody(t *testing.T) {
	t.Parallel()
	for _, lenient := range []bool{false, true} {
		d := newDesk(t).payable()
		if lenient {
			d.store.Lenient()
		}
		_, err := d.store.HoldFrozen(t.Context(), verifier)
		d.must(err)
		d.owed()
		d.hasRound(d.request)
		_, err = d.store.Look(d.as("staff/s_other"), "staff/s_other", d.family)
		d.must(err)
		if !lenient {
			d.statement(`UPDATE destinations SET state = 'CONFIRMED', version = version - 1, confirmer = $2, confirmed_on = current_date, usable_at = now() - interval '1 hour'
				WHERE destination_id = $1`, d.destination, verifier)
		}
		if err := d.released(d.family, d.request); (err == nil) != lenient {
			t.Errorf("lenient %t: %v", lenient, err)
		}
	}
}
