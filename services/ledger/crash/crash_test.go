package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/dev/ledgerprocess"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/audittest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

func TestNothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	program := ledgerprocess.Build(t)
	for _, test := range []struct {
		name        string
		kills, many int // usually, and in long tests
		kill        func(*run)
	}{
		{"when the ledger is killed", 3, 200, (*run).killLedger},
		{"when PostgreSQL is killed", 3, 50, (*run).killDatabase},
	} {
		t.Run(test.name, func(t *testing.T) { // one after the other: each wants the whole machine
			r := begin(t, program, false)
			kills := test.kills
			if os.Getenv("SOLIDARITY_LONG") != "" {
				kills = test.many
			}
			for range kills {
				test.kill(r)
			}
			for _, wrong := range r.end() {
				t.Error(wrong)
			}
			r.books()
			r.figures(test.name)
		})
	}
}

// The test above must be able to see losses: from a PostgreSQL that confirms
// commits which exist in memory only, and to callers who are told too early.
func TestWithoutProtectionLossesAreSeen(t *testing.T) {
	t.Parallel()
	program := ledgerprocess.Build(t)
	t.Run("commits in memory only", func(t *testing.T) {
		r := begin(t, program, false, "synchronous_commit=off", "wal_writer_delay=10s", "wal_writer_flush_after=1GB", "wal_buffers=256MB")
		r.checkpoint() // else the tables themselves are lost
		for range 3 {
			r.killDatabase()
		}
		if !slices.ContainsFunc(r.end(), lost) {
			t.Error("nothing was lost")
		}
	})
	t.Run("answers before the commit", func(t *testing.T) {
		r := begin(t, program, true)
		for range 6 {
			r.killLedger()
		}
		if !slices.ContainsFunc(r.end(), lost) {
			t.Error("nothing was lost")
		}
	})
}

func lost(wrong string) bool { return strings.HasPrefix(wrong, "lost: ") }

// run is a stack under load.
type run struct {
	t     *testing.T
	stack *ledgerprocess.Stack
	load  *load
	kills int
	back  []time.Duration // from each kill until somebody was served
}

func begin(t *testing.T, program string, hasty bool, settings ...string) *run {
	t.Helper()
	return under(t, ledgerprocess.Start(t, program, settings...), hasty)
}

// under puts a stack under load.
func under(t *testing.T, s *ledgerprocess.Stack, hasty bool) *run {
	t.Helper()
	l := &load{
		client: ledgerv1.NewPostingServiceClient(s.Dial("donations")), rules: ledgerv1.NewPostingServiceClient(s.Dial("families")),
		day:  time.Now().UTC().Format(time.DateOnly),
		told: &journal{}, stop: make(chan struct{}), hasty: hasty,
	}
	l.start()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the ledger's last lines:\n%s", s.LastLines())
		}
	})
	return &run{t: t, stack: s, load: l}
}

// killLedger kills the ledger somewhere in its work; each fourth time somewhere
// in its start.
func (r *run) killLedger() {
	r.t.Helper()
	r.kills++
	if r.kills%4 == 0 {
		pause(time.Second)
		r.stack.Kill()
		r.stack.Launch()
	}
	r.progress()
	pause(500 * time.Millisecond)
	r.stack.Kill()
	killed := time.Now()
	r.stack.Launch()
	r.served(killed)
}

// killDatabase kills PostgreSQL somewhere in its work.
func (r *run) killDatabase() {
	r.t.Helper()
	r.kills++
	r.progress()
	pause(500 * time.Millisecond)
	r.stack.KillDatabase()
	killed := time.Now()
	r.stack.StartDatabase()
	r.served(killed)
}

// checkpoint makes what there is outlive PostgreSQL whatever its settings.
func (r *run) checkpoint() {
	r.t.Helper()
	conn, err := pgx.Connect(r.t.Context(), r.stack.Cluster().AdminURL("postgres"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close(r.t.Context())
	if _, err := conn.Exec(r.t.Context(), `CHECKPOINT`); err != nil {
		r.t.Fatal(err)
	}
}

func pause(longest time.Duration) { time.Sleep(rand.N(longest)) }

// progress waits until callers have been answered again.
func (r *run) progress() {
	r.t.Helper()
	want := r.load.told.count() + callers
	for deadline := time.Now().Add(time.Minute); r.load.told.count() < want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatal("callers get no answers")
		}
	}
}

// served waits for a new gift to be booked.
func (r *run) served(since time.Time) {
	r.t.Helper()
	c := &caller{load: r.load}
	for !c.post(&ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{newGift(r.load.day)}}) {
		if time.Since(since) > time.Minute {
			r.t.Fatal("the ledger does not serve again")
		}
	}
	r.back = append(r.back, time.Since(since))
}

// end stops the load and returns what is wrong with what is stored.
func (r *run) end() []string {
	r.t.Helper()
	r.load.end()
	rows, err := r.stack.OpenDatabase().Pool.Query(r.t.Context(), `SELECT reference, sequence, bytes FROM leaves ORDER BY sequence`)
	if err != nil {
		r.t.Fatal(err)
	}
	var stored []leaf
	var l leaf
	var bytes []byte
	if _, err := pgx.ForEachRow(rows, []any{&l.reference, &l.sequence, &bytes}, func() error {
		l.hash = merkle.LeafHash(bytes)
		stored = append(stored, l)
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	return r.load.told.compare(stored)
}

// books checks that tree, leaves and rows agree and that everything sums to zero.
func (r *run) books() {
	r.t.Helper()
	db := r.stack.OpenDatabase()
	s, err := store.Open(r.t.Context(), db, "main")
	if err != nil {
		r.t.Fatal(err)
	}
	report, err := audittest.Audit(r.t.Context(), s)
	if err != nil || !report.OK() {
		r.t.Errorf("verify: %v, %v", report.Findings, err)
	}
	for what, query := range sums {
		if !holds(r.t.Context(), r.t, db, query) {
			r.t.Errorf("%s: it does not", what)
		}
	}
}

// sums are what must hold between the tables beside the leaves.
var sums = map[string]string{
	"debits equal credits": `SELECT SUM(debits) = SUM(credits) FROM balances`,
	"balances are the sums of entries": `
		SELECT COUNT(*) = 0 FROM balances b FULL JOIN (
			SELECT account, SUM(amount) FILTER (WHERE side = 1) AS debits, SUM(amount) FILTER (WHERE side = 2) AS credits
			FROM entries GROUP BY account
		) e USING (account)
		WHERE (b.debits, b.credits) IS DISTINCT FROM (COALESCE(e.debits, 0), COALESCE(e.credits, 0))`,
	"totals by day are the balances": `
		SELECT COUNT(*) = 0 FROM balances b FULL JOIN (
			SELECT account, SUM(debits - credits) AS net FROM day_totals GROUP BY account
		) d USING (account) WHERE b.debits - b.credits IS DISTINCT FROM d.net`,
	"each leaf has its row": `
		SELECT (SELECT COUNT(*) FROM leaves) = (SELECT COUNT(*) FROM transactions) + (SELECT COUNT(*) FROM decisions)
			AND (SELECT COUNT(*) FROM leaves) = (SELECT size FROM head)`,
}

func holds(ctx context.Context, t *testing.T, db *postgres.DB, query string) bool {
	t.Helper()
	var ok bool
	if err := db.Pool.QueryRow(ctx, query).Scan(&ok); err != nil {
		t.Fatal(err)
	}
	return ok
}

// figures prints how long callers had to wait.
func (r *run) figures(name string) {
	slices.Sort(r.back)
	fmt.Printf("crash test, %s %d times: %d acknowledged, serving again after %.2f s (median), %.2f s (longest)\n",
		name, r.kills, r.load.told.count(), r.back[len(r.back)/2].Seconds(), r.back[len(r.back)-1].Seconds())
}
