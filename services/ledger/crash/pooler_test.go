package crash

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/ledgerprocess"
	"github.com/solidarity-fund/solidarity/services/dev/pgroles"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
)

// pooler runs pgbouncer with the settings of deploy/pgbouncer, but without TLS and
// passwords, before a server's socket. It returns the port.
func pooler(t *testing.T, socket, mode string) string {
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
	settings := strings.NewReplacer("host=127.0.0.1 port=5432", "host="+socket, "listen_port = 6432", "listen_port = "+port,
		"pool_mode = transaction", "pool_mode = "+mode).Replace(strings.Join(lines, ""))
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
	cmd := exec.CommandContext(t.Context(), "runuser", "-u", "postgres", "--", "pgbouncer", file)
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
	return port
}

// Postings go through the pooler, jobs and migrations past it.
func TestTheLedgerWorksBehindPgbouncer(t *testing.T) {
	if os.Getenv("SOLIDARITY_CLUSTER") == "" {
		t.Skip("run by `make test-cluster`")
	}
	program := ledgerprocess.Build(t)
	for _, mode := range []string{"cache_describe", "describe_exec"} {
		t.Run(mode, func(t *testing.T) {
			cluster := postgrestest.Cluster(t, true)
			if err := cluster.EnsureDatabase(t.Context(), "ledger", "ledger"); err != nil {
				t.Fatal(err)
			}
			direct, err := url.Parse(cluster.URL("ledger", "ledger"))
			if err != nil {
				t.Fatal(err)
			}
			port := pooler(t, direct.Query().Get("host"), "transaction")
			pooled := "postgres://ledger@127.0.0.1:" + port + "/ledger?sslmode=disable&default_query_exec_mode=" + mode
			r := under(t, ledgerprocess.StartOn(t, program, pooled, cluster.URL(pgroles.Owner("ledger"), "ledger"), "--jobs-url="+direct.String()), false)
			r.progress()
			time.Sleep(5 * time.Second)
			r.progress()
			for _, wrong := range r.end() {
				t.Error(wrong)
			}
			r.books()
			fmt.Printf("behind pgbouncer with %s: %d acknowledged\n", mode, r.load.told.count())
		})
	}
}
