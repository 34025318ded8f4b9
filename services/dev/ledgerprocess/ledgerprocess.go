// Package ledgerprocess runs the ledger as it is shipped, for tests and benchmarks: a
// process of its own, mutual TLS, policies and logs as in production, the roles of
// production, and a PostgreSQL that syncs. Both can be killed and started again.
package ledgerprocess

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
	"github.com/solidarity-fund/solidarity/services/dev/pgroles"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/tlstest"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// database is the database, and its role, that the ledger uses.
const database = "ledger"

// Stack is a PostgreSQL and a ledger process. Its methods are called by one
// goroutine.
type Stack struct {
	t         testing.TB
	program   string
	dir       string
	settings  []string
	authority *tlstest.Authority
	listener  *os.File // kept open, so that a ledger that restarts refuses nobody
	addr      string
	url       string             // of the database, for its role
	owner     string             // and for the owner
	flags     []string           // further ones of the ledger
	cluster   *pgcluster.Cluster // nil where the database is somebody else's
	ledger    *process
}

// Build compiles the program and returns its path.
func Build(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "solidarity")
	build := exec.Command("go", "build", "-o", program, "github.com/solidarity-fund/solidarity/services/cmd/solidarity")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return program
}

// Start runs the program's ledger with an empty database on a PostgreSQL with the
// given further settings. All ends with the test.
func Start(t testing.TB, program string, settings ...string) *Stack {
	t.Helper()
	s := &Stack{t: t, program: program, dir: t.TempDir(), settings: settings, authority: tlstest.New(t)}
	s.cluster = postgrestest.Cluster(t, true, settings...)
	if err := s.cluster.EnsureDatabase(t.Context(), database, database); err != nil {
		t.Fatal(err)
	}
	s.url, s.owner = s.cluster.URL(database, database), s.cluster.URL(pgroles.Owner(database), database)
	s.serve()
	return s
}

// StartOn runs the program's ledger on an empty database that somebody else runs, by the
// addresses for its role and for its owner, with further flags. The ledger ends with the
// test.
func StartOn(t testing.TB, program, url, owner string, flags ...string) *Stack {
	t.Helper()
	s := &Stack{t: t, program: program, dir: t.TempDir(), authority: tlstest.New(t), url: url, owner: owner, flags: flags}
	s.serve()
	return s
}

// serve starts the ledger for the first time.
func (s *Stack) serve() {
	s.t.Helper()
	if err := seal.CreateMaster(s.secret()); err != nil {
		s.t.Fatal(err)
	}
	s.listen()
	s.t.Cleanup(func() {
		if s.ledger != nil {
			s.ledger.stop()
		}
	})
	s.Launch()
	s.ledger.awaitServing(s.t)
}

func (s *Stack) listen() {
	s.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	defer listener.Close() // the file keeps the socket
	s.addr = listener.Addr().String()
	if s.listener, err = listener.(*net.TCPListener).File(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { s.listener.Close() })
}

// Launch starts the ledger's process and does not wait for it.
func (s *Stack) Launch() {
	s.t.Helper()
	cmd := exec.Command(s.program, "ledger", "--listen=fd:3", "--tls-dir="+s.authority.Folder("ledger"),
		"--secret-file="+s.secret(), "--oidc-issuer=http://127.0.0.1:1",
		"--access-addr=127.0.0.1:1", "--donations-addr=127.0.0.1:1", "--disbursements-addr=127.0.0.1:1", "--log-origin=ledger.example/main")
	cmd.Args = append(cmd.Args, s.flags...)
	cmd.Env = append(os.Environ(), "SOLIDARITY_DATABASE_URL="+s.url, "SOLIDARITY_MIGRATE_URL="+s.owner)
	cmd.ExtraFiles = []*os.File{s.listener}
	var err error
	if s.ledger, err = launch(s.t, cmd); err != nil {
		s.t.Fatalf("start the ledger: %v", err)
	}
}

// Kill ends the ledger's process at once, wherever it is; Launch starts another.
func (s *Stack) Kill() {
	s.t.Helper()
	if s.ledger.ended() {
		s.t.Fatal("the ledger has ended by itself")
	}
	s.ledger.kill()
}

// KillDatabase ends PostgreSQL at once, sessions and all, and leaves it down;
// StartDatabase recovers it.
func (s *Stack) KillDatabase() {
	s.t.Helper()
	if err := s.cluster.Kill(); err != nil {
		s.t.Fatal(err)
	}
}

// StartDatabase starts PostgreSQL again on the data folder of the one that was
// killed, and returns when it answers.
func (s *Stack) StartDatabase() {
	s.t.Helper()
	if err := s.cluster.Stop(); err != nil {
		s.t.Fatal(err)
	}
	s.cluster = postgrestest.Restart(s.t, s.cluster.Dir(), true, s.settings...)
}

// LastLines are the last lines of the ledger's log, one of each message that is
// not of routine.
func (s *Stack) LastLines() string { return s.ledger.last() }

// Cluster is the PostgreSQL that runs now.
func (s *Stack) Cluster() *pgcluster.Cluster { return s.cluster }

// Dial connects to the ledger as a service such as "donations".
func (s *Stack) Dial(service string) *grpc.ClientConn {
	s.t.Helper()
	return s.authority.Dial(s.addr, service, "ledger")
}

// OpenDatabase opens the database as the ledger's role.
func (s *Stack) OpenDatabase() *postgres.DB {
	s.t.Helper()
	db, err := postgres.Open(s.t.Context(), s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(db.Close)
	return db
}

func (s *Stack) secret() string { return filepath.Join(s.dir, "secret.json") }
