package tamper

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// long reports whether there is time for all of it.
func long() bool { return os.Getenv("SOLIDARITY_LONG") != "" }

// Each column of each table is changed and exchanged between rows, and rows are
// deleted and added; each edit alone must be found, and named.
func TestEachEditOfEachColumnIsFoundAndNamed(t *testing.T) {
	t.Parallel()
	l := found(t, postgrestest.Cluster(t, false), "tamper_columns", nil)
	l.right()
	seed := uint64(20261124)
	r := rand.New(rand.NewPCG(seed, 0))
	n := 0
	for _, table := range l.names() {
		for _, kind := range []string{remove, insert, insert} {
			n += l.tamper(seed, l.attempt(r, kind, table, column{}))
		}
		for _, c := range l.tables[table].columns {
			for _, kind := range []string{update, update, swap} {
				n += l.tamper(seed, l.attempt(r, kind, table, c))
			}
		}
	}
	n += l.tamper(seed, l.rollBack()) + l.tamper(seed, l.cutOff(5)) + l.tamper(seed, l.cutOff(20))
	l.right()
	t.Logf("%d edits", n)
	if n < 150 {
		t.Errorf("only %d edits were possible", n)
	}
}

func TestAThousandRandomEditsAreFoundAndNamed(t *testing.T) {
	if !long() {
		t.Skip("takes minutes; SOLIDARITY_LONG=1 runs it")
	}
	t.Parallel()
	cluster := postgrestest.Cluster(t, false)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			l := found(t, cluster, fmt.Sprint("tamper_", seed), nil)
			l.right()
			r := rand.New(rand.NewPCG(seed, 1))
			for n := 0; n < 250; {
				n += l.tamper(seed, l.random(r))
			}
			l.right()
		})
	}
}

// asOf shows a server as it was when an older checkpoint was its newest.
type asOf struct {
	bundle.HTTP
	note []byte
}

// Checkpoint returns the older one.
func (a asOf) Checkpoint(context.Context) ([]byte, error) { return a.note, nil }

// Much is booked while somebody verifies: new accounts, reversals of what stood
// there, the close of a period. What came after his checkpoint is taken off.
func TestALedgerAtWorkIsRightAsOfEachPublishedCheckpoint(t *testing.T) {
	t.Parallel()
	l := found(t, postgrestest.Cluster(t, false), "tamper_work", nil)
	checkpoints, err := l.store.Checkpoints(t.Context(), -1, 10)
	if err != nil || len(checkpoints) != 4 {
		t.Fatal(checkpoints, err)
	}
	for _, c := range checkpoints {
		r := l.verify(func(o *verify.Options) { o.Source, o.Kept = asOf{o.Source.(bundle.HTTP), c.Note}, nil })
		if !r.OK() || !r.Compared || r.Size != c.Size || r.Checkpoints != 4 {
			t.Errorf("as of %d: %+v", c.Size, r)
		}
	}
}

// random draws any edit.
func (l *ledger) random(r *rand.Rand) *edit {
	names := l.names()
	table := names[r.IntN(len(names))]
	columns := l.tables[table].columns
	kinds := []string{update, update, update, update, swap, swap, remove, insert, cutOff, rolledBack}
	kind := kinds[r.IntN(len(kinds))]
	if (kind == rolledBack || kind == cutOff) && r.IntN(5) > 0 {
		kind = update
	}
	return l.attempt(r, kind, table, columns[r.IntN(len(columns))])
}

// attempt draws until an edit changes something and the constraints allow it, and
// leaves it done. It is nil where there is none.
func (l *ledger) attempt(r *rand.Rand, kind, table string, c column) *edit {
	l.t.Helper()
	if unseen[table+"."+c.name] != "" && (kind == update || kind == swap) {
		return nil
	}
	for range attempts {
		if e := l.draw(r, kind, table, c); e != nil && l.change(e.remove, e.add) {
			l.change(e.add, e.remove)
			return e
		}
	}
	return nil
}

// tamper does an edit, verifies, undoes it, and returns how many edits that were.
func (l *ledger) tamper(seed uint64, e *edit) int {
	l.t.Helper()
	if e == nil {
		return 0
	}
	if !l.change(e.remove, e.add) {
		l.t.Fatalf("seed %d: cannot %s", seed, e.what)
	}
	report, err := l.run(nil)
	if !l.change(e.add, e.remove) {
		l.t.Fatalf("seed %d: cannot undo: %s", seed, e.what)
	}
	switch {
	case err != nil:
		l.t.Errorf("seed %d: %s: the verifier gives up: %v", seed, e.what, err)
	case report.OK():
		l.t.Errorf("seed %d: not found: %s", seed, e.what)
	case !l.named(e, report):
		l.t.Errorf("seed %d: not named: %s:\n%v", seed, e.what, report.Findings)
	}
	return 1
}
