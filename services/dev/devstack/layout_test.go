package devstack

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/mtls"
)

// layout is that of a prepared data folder of the test's own.
func layout(t *testing.T) Layout {
	t.Helper()
	l, err := NewLayout(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := l.prepare(); err != nil {
		t.Fatal(err)
	}
	return l
}

// stack is an installation that has opened nothing yet.
func stack(l Layout, o Options) *Stack {
	o.Log, o.Now = slog.New(slog.NewTextHandler(io.Discard, nil)), time.Now
	return &Stack{options: o, layout: l, sockets: map[string]*os.File{}, state: State{Addresses: map[string]string{}}}
}

func (s *Stack) closeSockets() {
	for _, f := range s.sockets {
		f.Close()
	}
}

func TestADataFolderIsUsedByOneInstallation(t *testing.T) {
	t.Parallel()
	l := layout(t)
	first, err := l.lock()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.lock(); err == nil || !strings.Contains(err.Error(), "in use") || !strings.Contains(err.Error(), l.Root()) {
		t.Errorf("a second one: %v", err)
	}
	if other, err := layout(t).lock(); err != nil {
		t.Errorf("in another folder: %v", err)
	} else {
		other.Close()
	}
	first.Close()
	again, err := l.lock()
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	again.Close()
}

// Passwords that came out of an empty seed would be known to everybody.
func TestPasswordsComeFromASeedThatStaysAndIsWhole(t *testing.T) {
	t.Parallel()
	l := layout(t)
	first, err := l.passwordSeed()
	if err != nil || len(first) < 20 {
		t.Fatalf("a seed of %d bytes, %v", len(first), err)
	}
	if again, err := l.passwordSeed(); err != nil || string(again) != string(first) {
		t.Errorf("the second time: %v", err)
	}
	if other, err := layout(t).passwordSeed(); err != nil || string(other) == string(first) {
		t.Errorf("another folder has the same seed: %v", err)
	}
	path := filepath.Join(l.Root(), "secrets", "database-seed")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if seed, err := l.passwordSeed(); err == nil {
		t.Errorf("an empty seed is taken: %q", seed)
	}
}

func TestAServersRolesHavePasswordsOfTheirOwn(t *testing.T) {
	t.Parallel()
	s, err := newServer("postgres://admin:secret@db.example:5433/postgres?sslmode=require", []byte("seed"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := newServer("postgresql://admin@db.example/postgres", []byte("another seed"))
	if err != nil {
		t.Fatal(err)
	}
	got := s.URL("ledger", "books")
	if want := "postgres://ledger:" + s.password("ledger") + "@db.example:5433/books?sslmode=require"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if s.password("ledger") == s.password("families") || s.password("ledger") == other.password("ledger") || len(s.password("ledger")) != 64 {
		t.Error("two roles or two folders share a password")
	}
	for _, bad := range []string{"", "db.example", "mysql://db.example/x", "postgres://[", "host=db user=x"} {
		if _, err := newServer(bad, nil); err == nil || !strings.Contains(err.Error(), "--database-url") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestTheStateIsReadWhileItRuns(t *testing.T) {
	t.Parallel()
	l := layout(t)
	if _, err := ReadState(l); err == nil || !strings.Contains(err.Error(), "solidarity-dev run --data "+l.Root()) {
		t.Errorf("before it runs: %v", err)
	}
	want := State{REST: "http://127.0.0.1:1", Issuer: "http://127.0.0.1:2", DevelopmentIssuer: true, Addresses: map[string]string{"access": "127.0.0.1:3"}}
	if err := want.write(l); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadState(l); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("while it runs: %+v, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(l.Root(), stateFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadState(l); err == nil {
		t.Errorf("half a state is read as %+v", got)
	}
	removeState(l)
	if _, err := ReadState(l); err == nil {
		t.Error("a state is there after it ended")
	}
}

// People are known by the issuer's address, and donors have pages of the fake open.
func TestAddressesStayWithTheFolder(t *testing.T) {
	t.Parallel()
	l := layout(t)
	first := stack(l, Options{Addr: "127.0.0.1:0"})
	if err := first.listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	first.closeSockets()
	// Given that somebody else has taken one of the ports meanwhile,
	taken, err := net.Listen("tcp", first.state.Addresses["stripe"])
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	second := stack(l, Options{Addr: "127.0.0.1:0"})
	if err := second.listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer second.closeSockets()
	kept := 0
	for name, address := range first.state.Addresses {
		if second.state.Addresses[name] == address {
			kept++
		}
	}
	// then all others are the same but the gateway's, which goes where it is told to;
	// another test may have taken one more.
	if kept < len(first.state.Addresses)-3 || second.state.Addresses["stripe"] == first.state.Addresses["stripe"] {
		t.Errorf("%d are kept: %v, %v", kept, first.state.Addresses, second.state.Addresses)
	}
	if second.state.REST != "http://"+second.state.Addresses["gateway"] || len(second.sockets) != 8 {
		t.Errorf("%d sockets, REST at %s", len(second.sockets), second.state.REST)
	}
	third := stack(layout(t), Options{Addr: taken.Addr().String()})
	defer third.closeSockets()
	if err := third.listen(t.Context()); err == nil || !strings.Contains(err.Error(), "--addr") {
		t.Errorf("a port of the gateway that is taken: %v", err)
	}
}

// Every service that another calls has its certificate.
func TestEverybodyWhoCallsHasACertificate(t *testing.T) {
	t.Parallel()
	s := stack(layout(t), Options{})
	if err := s.certificates(t.Context()); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, svc := range services {
		names = append(names, svc.name)
	}
	for _, svc := range services {
		for _, peer := range svc.calls {
			if !slices.Contains(names, peer) || peer == svc.name {
				t.Errorf("%s calls %s", svc.name, peer)
			}
		}
	}
	for _, name := range names {
		id, err := mtls.Load(s.layout.TLS(name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c, err := id.Server().GetCertificate(&tls.ClientHelloInfo{}); err != nil || len(c.Certificate) == 0 {
			t.Errorf("%s has %v, %v", name, c, err)
		}
	}
}

// made is a server on which databases are only noted.
type made struct{ names []string }

func (m *made) EnsureDatabase(_ context.Context, role, database string) error {
	m.names = append(m.names, database)
	if role != database {
		return fmt.Errorf("role %s of %s", role, database)
	}
	return nil
}

func (m *made) URL(role, database string) string { return "postgres://" + role + "@db/" + database }

func TestEachServiceThatStoresHasADatabaseAndTheKeysHaveOne(t *testing.T) {
	t.Parallel()
	m := &made{}
	s := stack(layout(t), Options{})
	s.database = m
	if err := s.ensureDatabases(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"solidarity_access", "solidarity_disbursements", "solidarity_donations", "solidarity_families", "solidarity_keystore", "solidarity_ledger"}
	if slices.Sort(m.names); !slices.Equal(m.names, want) {
		t.Errorf("made %v", m.names)
	}
	env := s.databaseEnv("KEY_STORE", "KEY_STORE_", databaseName(keyStore))
	if !slices.Equal(env, []string{
		"SOLIDARITY_KEY_STORE_URL=postgres://solidarity_keystore@db/solidarity_keystore",
		"SOLIDARITY_KEY_STORE_MIGRATE_URL=postgres://solidarity_keystore_owner@db/solidarity_keystore",
	}) {
		t.Errorf("told %v", env)
	}
}

// Live keys belong to no fake: with a key of one's own nothing of ours is told.
func TestDonationsIsToldOneStripe(t *testing.T) {
	t.Parallel()
	own := strings.Join(stack(layout(t), Options{StripeKey: "sk_test_1", StripeWebhookSecret: "whsec_1"}).stripeEnv(), " ")
	if own != "SOLIDARITY_STRIPE_KEY=sk_test_1 SOLIDARITY_STRIPE_WEBHOOK_SECRETS=whsec_1" {
		t.Errorf("told %s", own)
	}
	fake := stack(layout(t), Options{})
	fake.state.Stripe = "http://127.0.0.1:1"
	if told := strings.Join(fake.stripeEnv(), " "); !strings.Contains(told, "SOLIDARITY_STRIPE_URL=http://127.0.0.1:1") || !strings.Contains(told, "sk_test_") {
		t.Errorf("told %s", told)
	}
}

// What fails to start frees the folder, and is told as stopped only where it was.
func TestAnInstallationThatCannotStartLeavesNothing(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	data := t.TempDir()
	o := stack(Layout{}, Options{Addr: taken.Addr().String(), Data: data}).options
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		ctx     context.Context //nolint:containedctx // a case of the table
		stopped bool
	}{{t.Context(), false}, {stopped, true}} {
		s, err := Start(test.ctx, o)
		if s != nil || err == nil || errors.Is(err, ErrStopped) != test.stopped {
			t.Errorf("started %v, %v", s, err)
		}
	}
	l, err := NewLayout(data)
	if err != nil {
		t.Fatal(err)
	}
	free, err := l.lock()
	if err != nil {
		t.Fatalf("the folder is not free: %v", err)
	}
	free.Close()
}
