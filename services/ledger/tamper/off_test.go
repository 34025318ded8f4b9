package tamper

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// bytesAlone gives leaves out as their bytes are, without a look at the tables.
type bytesAlone struct {
	*store.Store
	ask func(ctx context.Context, sequence int64) ([]byte, error)
}

// Leaves gives the bytes.
func (b bytesAlone) Leaves(ctx context.Context, first int64, count int, fn func(leaf []byte) error) error {
	for sequence := first; sequence < first+int64(count); sequence++ {
		raw, err := b.ask(ctx, sequence)
		if err != nil {
			return err
		}
		if err := fn(raw); err != nil {
			return err
		}
	}
	return nil
}

// tablesAlone hides from the verifier what a server shows beside its leaves.
type tablesAlone struct{ bundle.Source }

// unchecked shows a server's tables but not what it says of them itself.
type unchecked struct{ bundle.HTTP }

// Books drops the server's own findings.
func (u unchecked) Books(ctx context.Context, size int64, fn func(tables.Record) error) error {
	return u.HTTP.Books(ctx, size, func(r tables.Record) error {
		if r.Wrong != "" {
			return nil
		}
		return fn(r)
	})
}

// With a protection off, the edits that it is for must not be found: no edit above
// is found by accident, and no protection is there for nothing.
func TestWithoutItsProtectionAnEditIsNotFound(t *testing.T) {
	t.Parallel()
	cluster := postgrestest.Cluster(t, false)
	hidden := func(o *verify.Options) { o.Source = tablesAlone{o.Source} }
	for name, c := range map[string]struct {
		leaves func(*ledger) server.Leaves
		off    func(*verify.Options)
		edits  func(*ledger, *rand.Rand) []*edit
	}{
		"leaves as the tables have them": {
			leaves: func(l *ledger) server.Leaves { return bytesAlone{l.store, l.bytes} },
			edits: func(l *ledger, r *rand.Rand) []*edit {
				return l.edits(r, 4, l.booked, "transactions.source", "transactions.occurred_on", "transactions.kind", "entries.amount",
					"entries.side", "entries.balance", "entries.account", "entries.currency", "entries.number",
					"decisions.kind", "decisions.resource", "decisions.person", "decisions.day", "periods.proposer", "periods.review", "periods.size", "leaves.reference")
			},
		},
		"tables compared": {off: hidden, edits: func(l *ledger, r *rand.Rand) []*edit {
			return l.edits(r, 4, nil, "balances.debits", "balances.credits", "balances.limited", "day_totals.debits", "day_totals.kind",
				"day_totals.booking_date", "pool_totals.credits", "head.root", "head.accounts", "head.open_from", "head.name")
		}},
		"checkpoints compared": {off: hidden, edits: func(l *ledger, r *rand.Rand) []*edit {
			older := func(r row) bool { return r.text("size") != strconv.FormatInt(l.published, 10) }
			return append(l.edits(r, 4, older, "checkpoints.note", "checkpoints.root", "checkpoints.previous"),
				l.attempt(r, insert, "checkpoints", column{}))
		}},
		"the server's own look at its rows": {
			off: func(o *verify.Options) { o.Source = unchecked{o.Source.(bundle.HTTP)} },
			edits: func(l *ledger, r *rand.Rand) []*edit {
				edits := l.edits(r, 4, nil, "head.root", "head.accounts", "pool_totals.debits", "accounts.pool")
				return append(edits, l.attempt(r, insert, "tiles", column{}), l.attempt(r, insert, "head", column{}))
			},
		},
		"a kept checkpoint": {
			off:   func(o *verify.Options) { o.Kept = nil },
			edits: func(l *ledger, _ *rand.Rand) []*edit { return []*edit{l.rollBack()} },
		},
		"keys": {
			off: func(o *verify.Options) { o.Keys = nil },
			edits: func(l *ledger, _ *rand.Rand) (edits []*edit) {
				for _, r := range l.tables["checkpoints"].rows {
					if r.text("size") == strconv.FormatInt(l.published, 10) {
						continue // the ledger itself does not take it for its newest
					}
					f := r.fields()
					digits := r.text("note")
					f["note"] = raw(`\x` + forge(digits[2:]))
					edits = append(edits, &edit{what: "forge " + brief(r), table: "checkpoints", remove: map[string][]row{"checkpoints": {r}}, add: map[string][]row{"checkpoints": {rowOf(f)}}})
				}
				return edits
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := found(t, cluster, database(name), c.leaves)
			l.right()
			edits := c.edits(l, rand.New(rand.NewPCG(1, 1)))
			for _, e := range edits {
				if e != nil {
					l.overlooked(e, c.off)
				}
			}
			if len(edits) == 0 {
				t.Error("no edit was possible")
			}
			l.right()
		})
	}
}

// database makes a name of a database.
func database(name string) string {
	return "tamper_" + strconv.FormatUint(uint64(len(name)), 10) + "_" + name[:1]
}

// bytes reads the bytes of a leaf.
func (l *ledger) bytes(ctx context.Context, sequence int64) ([]byte, error) {
	var raw []byte
	err := l.db.Pool.QueryRow(ctx, `SELECT bytes FROM leaves WHERE ledger_id = 1 AND sequence = $1`, sequence).Scan(&raw)
	return raw, err
}

// booked reports whether a row belongs to a leaf that is published.
func (l *ledger) booked(r row) bool {
	sequence, err := strconv.ParseInt(r.text("sequence"), 10, 64)
	return err == nil && sequence < l.published
}

// edits draws n updates of each column, of rows that are wanted.
func (l *ledger) edits(r *rand.Rand, n int, want func(row) bool, columns ...string) []*edit {
	var edits []*edit
	for name, t := range l.tables {
		all := t.rows
		if want != nil {
			t.rows = slices.DeleteFunc(slices.Clone(all), func(r row) bool { return !want(r) })
		}
		for _, c := range t.columns {
			for range n {
				if slices.Contains(columns, name+"."+c.name) {
					edits = append(edits, l.attempt(r, update, name, c))
				}
			}
		}
		t.rows = all
	}
	return edits
}

// overlooked fails the test if the edit is found though its protection is off, or
// is not found though it is on.
func (l *ledger) overlooked(e *edit, off func(*verify.Options)) {
	l.t.Helper()
	if !l.change(e.remove, e.add) {
		l.t.Fatalf("cannot %s", e.what)
	}
	report, err := l.run(off)
	if !l.change(e.add, e.remove) {
		l.t.Fatalf("cannot undo: %s", e.what)
	}
	if err != nil || !report.OK() {
		l.t.Errorf("found without the protection: %s: %v, %v", e.what, report.Findings, err)
	}
}

// forge changes a byte of the last signature of a note in hexadecimal digits, so
// that it stays a note.
func forge(digits string) string {
	at := len(digits) - 2*20
	other := "41" // A
	if digits[at:at+2] == other {
		other = "42"
	}
	return digits[:at] + other + digits[at+2:]
}
