package publish_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/witness"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

const origin = "example.org/log"

// seed makes the secrets of the log's keys.
func seed(generation int) []byte {
	s := sha256.Sum256(fmt.Appendf(nil, "key %d", generation))
	return s[:]
}

// key returns the public half of a generation.
func key(t testing.TB, generation int) note.Verifier {
	t.Helper()
	s, err := checkpoint.NewSigner(origin, seed(generation))
	if err != nil {
		t.Fatal(err)
	}
	v, err := checkpoint.ParseVerifier(s.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// outside is what remembers the log: a witness behind HTTP and the path of a file.
type outside struct {
	policy checkpoint.Policy
	key    note.Verifier
	file   string
	down   atomic.Bool
	before atomic.Pointer[func()] // is called once, before the next request is answered
}

// remember starts a witness that knows some generations of the log's key.
func remember(t *testing.T, generations ...int) *outside {
	t.Helper()
	o := &outside{file: filepath.Join(t.TempDir(), "checkpoint")}
	cosigner, err := checkpoint.NewCosigner("witness.test", seed(0), func() time.Time { return time.Unix(1800000000, 0) })
	if err != nil {
		t.Fatal(err)
	}
	var keys []note.Verifier
	for _, g := range generations {
		keys = append(keys, key(t, g))
	}
	w, err := witness.New(cosigner, filepath.Join(t.TempDir(), "witness.json"), keys...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if hook := o.before.Swap(nil); hook != nil {
			(*hook)()
		}
		if o.down.Load() {
			http.Error(rw, "gone", http.StatusBadGateway)
			return
		}
		w.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	if o.key, err = checkpoint.ParseCosignatureVerifier(cosigner.VerifierKey()); err != nil {
		t.Fatal(err)
	}
	o.policy, err = checkpoint.ParsePolicy(fmt.Appendf(nil, "witness one %s %s\nquorum one\n", cosigner.VerifierKey(), server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// witnessed are the options of a ledger that asks the witness.
func (o *outside) witnessed() publish.Options { return publish.Options{Policy: &o.policy} }

// filed are the options of a ledger that keeps the file.
func (o *outside) filed() publish.Options { return publish.Options{File: o.file} }

// both are the options of a ledger that asks the witness and keeps the file.
func (o *outside) both() publish.Options { return publish.Options{Policy: &o.policy, File: o.file} }

// ledger is one replica.
type ledger struct {
	t      *testing.T
	store  *store.Store
	db     *postgres.DB
	runner *publish.Runner
	commit publish.Guarded
	now    time.Time
}

// start starts a replica on a database, up to and with Begin.
func start(t *testing.T, db *postgres.DB, o publish.Options) *ledger {
	t.Helper()
	l := &ledger{t: t, db: db, now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}
	now := func() time.Time { return l.now }
	var err error
	if l.store, err = store.Open(t.Context(), db, "main"); err != nil {
		t.Fatal(err)
	}
	l.store.WithoutRoles()
	o.Store, o.Origin, o.Log, o.Now = l.store, origin, slog.New(slog.DiscardHandler), now
	if o.Seed == nil {
		o.Seed = seed
	}
	if l.runner, err = publish.New(o); err != nil {
		t.Fatal(err)
	}
	if err := l.runner.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	committer := store.NewCommitter(l.store, slog.New(slog.DiscardHandler), now)
	t.Cleanup(committer.Stop)
	l.commit = l.runner.Gate().Guard(committer)
	return l
}

func database(t *testing.T) *postgres.DB { return postgrestest.New(t, store.Migrations()) }

// post books a gift.
func (l *ledger) post(reference string) error {
	l.t.Helper()
	d := booktest.Gift(reference, 100)
	d.OccurredOn = leaf.DayOf(l.now)
	u, err := book.NewUnit(nil, []book.Draft{d}, d.OccurredOn)
	if err != nil {
		l.t.Fatal(err)
	}
	_, err = l.commit.Commit(l.t.Context(), u)
	return err
}

// grow books gifts, which must not be refused, and makes a round.
func (l *ledger) grow(references ...string) {
	l.t.Helper()
	for _, r := range references {
		if err := l.post(r); err != nil {
			l.t.Fatalf("post %s: %v", r, err)
		}
	}
	l.runner.Round(l.t.Context())
}

// published returns the newest published checkpoint.
func (l *ledger) published() checkpoint.Published {
	l.t.Helper()
	c, there, err := l.store.LatestCheckpoint(l.t.Context())
	if err != nil || !there {
		l.t.Fatalf("no checkpoint: %v", err)
	}
	c.Note = l.runner.Publisher().Signed(c) // as it is served
	return c
}

// publishedSize returns the size of the newest row of the checkpoints.
func (l *ledger) publishedSize() int64 {
	l.t.Helper()
	c, _, err := l.store.LatestCheckpoint(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	return c.Size
}

// size returns the number of leaves.
func (l *ledger) size() int64 {
	l.t.Helper()
	n, err := l.store.Size(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	return n
}

// signedBy reports whether each of the keys, and no other of the candidates, has
// signed.
func signedBy(signed []byte, candidates []note.Verifier, keys ...note.Verifier) error {
	for _, v := range candidates {
		_, has := checkpoint.Line(signed, v)
		want := slices.ContainsFunc(keys, func(k note.Verifier) bool { return k.KeyHash() == v.KeyHash() })
		if has != want {
			return fmt.Errorf("signed by %s %08x: %t, want %t in\n%s", v.Name(), v.KeyHash(), has, want, signed)
		}
	}
	return nil
}

// backup returns a copy of a database as it is now.
func backup(t *testing.T, db *postgres.DB) *postgres.DB {
	t.Helper()
	copied := database(t)
	ctx := context.Background()
	for _, table := range tables(t, db) {
		var rows bytes.Buffer
		err := db.Pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
			_, err := c.Conn().PgConn().CopyTo(ctx, &rows, "COPY "+table+" TO STDOUT")
			return err
		})
		if err != nil {
			t.Fatalf("back up %s: %v", table, err)
		}
		err = copied.Pool.AcquireFunc(ctx, func(c *pgxpool.Conn) error {
			_, err := c.Conn().PgConn().CopyFrom(ctx, &rows, "COPY "+table+" FROM STDIN")
			return err
		})
		if err != nil {
			t.Fatalf("restore %s: %v", table, err)
		}
	}
	return copied
}

// tables are the ledger's, those first that others refer to.
func tables(t *testing.T, db *postgres.DB) []string {
	t.Helper()
	rows, err := db.Pool.Query(context.Background(), `
		SELECT table_name FROM information_schema.columns
		WHERE table_schema = 'public' AND column_name = 'ledger_id'
		ORDER BY table_name NOT IN ('accounts', 'transactions', 'checkpoints'), table_name`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func ownerOf(t *testing.T, db *postgres.DB) *postgres.DB { return postgrestest.Owner(t, db) }
