package crash

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/ledgerprocess"
	"github.com/solidarity-fund/solidarity/services/dev/pgroles"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
)

// pooler runs pgbouncer with the settings of deploy/pgbouncer, but without TLS and
// passwords, before a server's socket. It returns the port.
func pooler(t *testing.T, socket string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "solidarity-pooler-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(lis.Addr().String()) // a real address
	if err := lis.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../../deploy/pgbouncer/pgbouncer.ini")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if name, _, _ := strings.Cut(line, " "); !strings.Contains(name, "_tls_") && !strings.HasPrefix(name, "auth_") {
			lines = append(lines, line)
		}
	}
	settings := strings.NewReplacer("host=127.0.0.1 port=5432", "host="+socket, "listen_port = 6432", "listen_port = "+port).Replace(strings.Join(lines, ""))
	file := filepath.Join(dir, "pgbouncer.ini")
	settings += "auth_type = trust\nauth_file = " + filepath.Join(dir, "users") + "\nunix_socket_dir =\n"
	for path, text := range map[string]string{file: settings, filepath.Join(dir, "users"): "\"ledger\" \"\"\n"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("pgbouncer", file)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: accountOf(t, socket)}
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(out.String()[max(0, out.Len()-3000):])
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
			return port
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// accountOf is the user whom a file belongs to: pgbouncer does not run as root.
func accountOf(t *testing.T, path string) *syscall.Credential {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Fatalf("nobody knows whose %s is", path)
	}
	return &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}
}

// Postings go through the pooler, jobs and migrations past it.
func TestTheLedgerWorksBehindPgbouncer(t *testing.T) {
	if os.Getenv("SOLIDARITY_CLUSTER") == "" {
		t.Skip("run by `make test-cluster`")
	}
	cluster := postgrestest.Cluster(t, true)
	if err := cluster.EnsureDatabase(t.Context(), "ledger", "ledger"); err != nil {
		t.Fatal(err)
	}
	direct, err := url.Parse(cluster.URL("ledger", "ledger"))
	if err != nil {
		t.Fatal(err)
	}
	pooled := "postgres://ledger@127.0.0.1:" + pooler(t, direct.Query().Get("host")) + "/ledger?sslmode=disable"
	// Without the mode a statement of one connection is in the way of another's.
	var failed error
	for range 2 {
		conn, err := pgx.Connect(t.Context(), pooled)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		var n int
		if err := conn.QueryRow(t.Context(), `SELECT $1::int`, 1).Scan(&n); err != nil {
			failed = err
		}
	}
	if failed == nil {
		t.Error("prepared statements work behind the pooler, too")
	}
	pooled += "&default_query_exec_mode=cache_describe"
	stack := ledgerprocess.StartOn(t, ledgerprocess.Build(t), pooled, cluster.URL(pgroles.Owner("ledger"), "ledger"), "--jobs-url="+direct.String())
	r := under(t, stack, false)
	r.progress()
	time.Sleep(5 * time.Second)
	r.progress()
	for _, wrong := range r.end() {
		t.Error(wrong)
	}
	r.books()
	fmt.Printf("behind pgbouncer: %d acknowledged\n", r.load.told.count())
}
