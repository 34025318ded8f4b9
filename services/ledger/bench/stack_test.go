// Package bench measures the ledger on the program as shipped: a process of its
// own, mutual TLS, policies and logs as in production, and a PostgreSQL that
// syncs. Each figure is a ratio against baselines of the same run.
package bench

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/pgcluster"
	"github.com/solidarity-fund/solidarity/services/internal/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// database is the database, and its role, that the ledger process uses.
const database = "ledger"

// stack is a PostgreSQL and a ledger process.
type stack struct {
	cluster *pgcluster.Cluster
	addr    string
	client  *tls.Config
}

// figure prints one result.
func figure(name string, value float64, unit string) {
	fmt.Printf("figure %s %.2f %s\n", name, value, unit)
}

// start builds the program and runs one ledger with a fresh database.
func start(b *testing.B) *stack {
	b.Helper()
	s := &stack{cluster: postgrestest.Cluster(b, true, "shared_buffers=512MB", "max_wal_size=4GB")}
	if err := s.cluster.EnsureDatabase(context.Background(), database, database); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	program := filepath.Join(dir, "solidarity")
	if out, err := exec.Command("go", "build", "-o", program, "../../cmd/solidarity").CombinedOutput(); err != nil {
		b.Fatalf("build program: %v\n%s", err, out)
	}
	authority, err := mtls.OpenAuthority(filepath.Join(dir, "authority"), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	for _, service := range []string{"ledger", "donations"} {
		if err := authority.Issue(filepath.Join(dir, service), service); err != nil {
			b.Fatal(err)
		}
	}
	caller, err := mtls.Load(filepath.Join(dir, "donations"))
	if err != nil {
		b.Fatal(err)
	}
	s.client = caller.Client("ledger")
	s.addr = s.run(b, program, dir)
	return s
}

// run starts the ledger process and returns its address.
func (s *stack) run(b *testing.B, program, dir string) string {
	b.Helper()
	secret := filepath.Join(dir, "secret.json")
	if err := seal.CreateMaster(secret); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(program, "ledger", "--listen=127.0.0.1:0", "--tls-dir="+filepath.Join(dir, "ledger"),
		"--secret-file="+secret, "--oidc-issuer=http://127.0.0.1:1", "--access-addr=127.0.0.1:1")
	cmd.Env = append(os.Environ(), "SOLIDARITY_DATABASE_URL="+s.cluster.URL(database, database),
		"SOLIDARITY_MIGRATE_URL="+s.cluster.OwnerURL(database, database))
	log, err := cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait() // its exit code does not matter any more
	})
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(log)
		for lines.Scan() { // the log is read to its end, as a log collector does
			var line struct{ Msg, Address string }
			switch text := lines.Text(); {
			case !strings.Contains(text, `"level":"INFO"`):
				b.Log(text)
			case strings.Contains(text, `"serving"`) && json.Unmarshal(lines.Bytes(), &line) == nil:
				address <- line.Address
			}
		}
		close(address)
	}()
	select {
	case a, ok := <-address:
		if ok {
			return a
		}
	case <-time.After(time.Minute):
	}
	b.Fatal("the ledger did not start")
	return ""
}

// connect opens n connections as a service.
func (s *stack) connect(b *testing.B, n int) []ledgerv1.PostingServiceClient {
	b.Helper()
	clients := make([]ledgerv1.PostingServiceClient, n)
	for i := range clients {
		var conn *grpc.ClientConn
		conn, err := rpc.Dial(s.addr, s.client)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		clients[i] = ledgerv1.NewPostingServiceClient(conn)
	}
	return clients
}
