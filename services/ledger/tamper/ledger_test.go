// Package tamper changes a ledger's database by hand, as its superuser could, and
// sees whether the verifier finds and names each change over HTTP.
package tamper

import (
	"bytes"
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/mod/sumdb/note"
	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// origin names the log.
const origin = "ledger.test/main"

// ledger is a ledger with a real database and a real server, and who tampers with
// it.
type ledger struct {
	t         *testing.T
	db        *postgres.DB
	store     *store.Store
	super     *pgx.Conn
	now       time.Time
	runner    *publish.Runner
	publisher *publish.Publisher
	memory    store.Memory
	url       string // of the log, over HTTP
	key       note.Verifier
	kept      []byte // checkpoint that the verifier keeps
	published int64  // its size

	tables map[string]*table
	early  map[string][]row // all rows at an earlier time
	paths  map[string]string
}

// found makes the database of a ledger on a cluster, fills it in chapters with a
// published checkpoint behind each but the last, and serves it. leaves may put
// something before what the log is served from.
func found(t *testing.T, cluster *pgcluster.Cluster, name string, leaves func(*ledger) server.Leaves) *ledger {
	t.Helper()
	url, _ := postgrestest.Migrated(t, cluster, name, store.Migrations())
	db, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	l := &ledger{t: t, db: db, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), paths: map[string]string{}}
	if l.super, err = pgx.Connect(t.Context(), cluster.AdminURL(name)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.super.Close(context.WithoutCancel(t.Context())) })
	if l.store, err = store.Open(t.Context(), db, "main"); err != nil {
		t.Fatal(err)
	}
	l.store.WithoutRoles()
	l.begin()
	l.fill()
	l.read()
	l.serve(leaves)
	return l
}

// begin makes the publisher, whose clock the test moves.
func (l *ledger) begin() {
	l.t.Helper()
	seed := func(generation int) []byte { return bytes.Repeat([]byte{byte(generation)}, 32) }
	runner, err := publish.New(publish.Options{
		Store: l.store, Origin: origin, Days: 1, Seed: seed, Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return l.now },
	})
	if err != nil {
		l.t.Fatal(err)
	}
	if err := runner.Begin(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
	l.runner, l.publisher = runner, runner.Publisher()
	signer, err := checkpoint.NewSigner(origin, seed(1))
	if err != nil {
		l.t.Fatal(err)
	}
	if l.key, err = checkpoint.ParseVerifier(signer.VerifierKey()); err != nil {
		l.t.Fatal(err)
	}
}

// fill books the chapters. The rows after the last but one are remembered, to roll
// back to.
func (l *ledger) fill() {
	l.t.Helper()
	for i, chapter := range []func(){l.story, func() { l.gifts(240) }, func() { l.gifts(12) }, func() { l.more() }} {
		chapter()
		l.publish()
		if i == 2 {
			l.read()
			l.early = map[string][]row{}
			for name, t := range l.tables {
				l.early[name] = t.rows
			}
			for name := range outside { // an older copy is one of these tables too
				l.early[name] = l.rows(name)
			}
		}
	}
	l.gifts(9)                      // not published
	l.now = l.now.AddDate(0, 0, -3) // nothing new is published from now on
}

// publish publishes a checkpoint, which the verifier keeps, on a day of its own.
func (l *ledger) publish() {
	l.t.Helper()
	l.now = l.now.AddDate(0, 0, 1)
	l.runner.Round(l.t.Context())
	c, err := l.publisher.Latest(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	l.kept, l.published = c.Note, c.Size
}

// serve shows the log over HTTP, as the gateway does.
func (l *ledger) serve(leaves func(*ledger) server.Leaves) {
	from := server.Leaves(l.store)
	if leaves != nil {
		from = leaves(l)
	}
	bench := rpctest.New(l.t, func(g *grpc.Server) {
		ledgerv1.RegisterLogServiceServer(g, server.NewLog(l.publisher, from))
	})
	auditor := bench.As(identity.Caller{Person: "staff/s_auditor", Roles: []policyv1.Role{policyv1.Role_ROLE_AUDITOR}})
	s := httptest.NewServer(door{ledgerv1.NewLogServiceClient(auditor)})
	l.t.Cleanup(s.Close)
	l.url = s.URL + "/log"
}

// verify verifies the ledger as an auditor with a kept checkpoint would; change
// may take something away from him.
func (l *ledger) verify(change func(*verify.Options)) verify.Report {
	l.t.Helper()
	report, err := l.run(change)
	if err != nil {
		l.t.Fatalf("verify: %v", err)
	}
	return report
}

func (l *ledger) run(change func(*verify.Options)) (verify.Report, error) {
	o := verify.Options{
		Anybody: true,
		Source:  bundle.HTTP{Prefix: l.url, Client: httpClient()}, Keys: []note.Verifier{l.key}, Kept: l.kept, TempDir: l.t.TempDir(),
	}
	if change != nil {
		change(&o)
	}
	return verify.Run(l.t.Context(), o)
}

// right fails the test unless nothing is found.
func (l *ledger) right() {
	l.t.Helper()
	r := l.verify(nil)
	if !r.OK() || !r.Signed || !r.Continued || !r.Compared || r.Size != l.published || r.Checkpoints != 4 {
		l.t.Fatalf("the ledger is not right: %+v", r)
	}
}
