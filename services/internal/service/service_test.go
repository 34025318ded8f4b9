package service_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

func TestAServiceOpensEverythingThatItNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	s := w.open(t.Context(), w.options())
	defer s.Close()

	// Its own database is migrated, and reached as the role that owns nothing.
	var owner bool
	if err := s.DB.Pool.QueryRow(t.Context(), `
		SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = 'things'::regclass`).Scan(&owner); err != nil || owner {
		t.Errorf("the table of its migrations: owned %t, %v", owner, err)
	}
	// What it seals can be opened again, with keys of the key store.
	if err := s.Keys.Create(t.Context(), seal.Family("f_1")); err != nil {
		t.Fatal(err)
	}
	place := seal.Column{Table: "things", Name: "id", Subject: seal.OfFamily}.At(seal.Family("f_1"), "1", 1)
	sealed, err := s.Keys.Seal(t.Context(), place, []byte("word"))
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := s.Keys.Open(t.Context(), place, sealed); err != nil || string(opened) != "word" {
		t.Errorf("opened %q, %v", opened, err)
	}
	// Its secrets stand under its name, for ever.
	master, err := seal.LoadMaster(w.settings.SecretFile, false)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(s.Secret("page"), master.Derive("access/page")) {
		t.Error("the secret of its pages is another than before")
	}
}

func TestAllThatIsWrongWithTheSettingsIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.settings.SecretFile = filepath.Join(w.dir, "lost.json")
	w.settings.TLSDir = filepath.Join(w.dir, "nowhere")
	w.settings.OIDCIssuer = "http://issuer.example"
	w.settings.DatabaseURL = "postgres://nobody@127.0.0.1:1/none" // is not even tried
	err := w.fail(w.options())
	for _, want := range []string{"lost.json is not there", "certificate authority", "must use https"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: says nothing about %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%q has several lines", err)
	}
}

func TestAMissingSecretStopsAServiceAndIsNotMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.settings.SecretFile = filepath.Join(w.dir, "lost.json")
	if err := w.fail(w.options()); !strings.Contains(err.Error(), "bring it back from its copy") {
		t.Error(err)
	}
	if _, err := seal.LoadMaster(w.settings.SecretFile, false); err == nil {
		t.Error("a new secret was made: nothing opens that was sealed under the old one")
	}
	// In development it is made, on the loopback only.
	w.settings.Development = true
	s := w.open(t.Context(), w.options())
	s.Close()
}

// Only the owner of the tables may change them, and a replica need not be given the
// owner's password.
func TestADatabaseThatLacksAMigrationIsRefusedByWhoMayNotApplyIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, first())
	o := w.options()
	o.Migrations = second()
	owner := w.settings.MigrateURL
	w.settings.MigrateURL = ""
	err := w.fail(o)
	if !strings.Contains(err.Error(), "the database lacks migrations of this version") || !strings.Contains(err.Error(), "--migrate-url") {
		t.Errorf("error: %v", err)
	}
	// When a job has done it with it, the service needs it no more.
	w.settings.MigrateURL, w.settings.MigrateOnly = owner, true
	if err := w.fail(o); !errors.Is(err, service.ErrMigrated) {
		t.Errorf("the job: %v", err)
	}
	w.settings.MigrateURL, w.settings.MigrateOnly = "", false
	w.open(t.Context(), o).Close()
}

// While a new version is rolled out, old replicas start on its schema, and leave the
// new ones their rights.
func TestADatabaseThatANewerVersionHasMigratedIsOpened(t *testing.T) {
	t.Parallel()
	w := newWorld(t, second())
	s := w.open(t.Context(), w.options())
	defer s.Close()
	if _, err := s.DB.Pool.Exec(t.Context(), `INSERT INTO things (id) SELECT 'x' FROM colours`); err != nil {
		t.Errorf("the new version's tables, after the old one has started as their owner: %v", err)
	}
}

func TestOpeningEndsWithItsContextAndLeavesNothingOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := service.Open(ctx, service.Host{Log: discard()}, w.settings, w.options())
	if s != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("opened %v, %v", s, err)
	}
}

func TestAPeerIsOnlyWhoHasItsCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := people{asked: make(chan struct{}, 9), hold: make(chan struct{})}
	close(p.hold)
	address, stop := w.serve(service.Server{Register: p.register})
	defer stop()

	// Given a service that takes access for the ledger, and for itself
	w.settings.TLSDir = w.authority.Folder("families")
	o := w.options()
	o.Name, o.Peers = "families", service.Addresses{"access": address, "ledger": address}
	s := w.open(t.Context(), o)
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	ask := func(peer string) error {
		_, err := accessv1.NewAccessServiceClient(s.Peer(peer)).ResolveCaller(ctx, &accessv1.ResolveCallerRequest{Issuer: "i", Subject: "s"})
		return err
	}
	if err := ask("access"); err != nil {
		t.Errorf("access: %v", err)
	}
	if err := ask("donations"); err == nil || !strings.Contains(err.Error(), "nothing is known of a service donations") {
		t.Errorf("a peer without an address: %v", err)
	}
	if err := ask("ledger"); !fault.OfKind(err, fault.Timeout) && !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("access that poses as the ledger: %v", err)
	}
	if len(p.asked) != 1 {
		t.Errorf("access was asked %d times", len(p.asked))
	}
}
