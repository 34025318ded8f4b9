package deploytest

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
)

func writeFile(path, text string) error { return os.WriteFile(path, []byte(text), 0o644) }

// own gives a file to the user whom PostgreSQL runs as.
func own(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(who.Uid) // a number, on every system with that user
	gid, _ := strconv.Atoi(who.Gid)
	if err := os.Chown(path, uid, gid); err != nil {
		t.Fatal(err)
	}
}

// server starts a PostgreSQL as compose does: with its pg_hba.conf, but for the local
// connections of the test itself, and the prepared certificate. It listens at the
// address that it returns.
func server(t *testing.T, folder string) (*pgcluster.Cluster, string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("needs an address of its own")
	}
	dir, err := os.MkdirTemp("", "solidarity-deploy-") // which PostgreSQL's user can reach
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"pg_hba.conf": "local all solidarity trust\n" + read(t, root("deploy", "compose", "pg_hba.conf")),
		"cert.pem":    read(t, filepath.Join(folder, "database", "postgres", "cert.pem")),
		"key.pem":     read(t, filepath.Join(folder, "database", "postgres", "key.pem")),
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		own(t, path)
	}
	// The port is PostgreSQL's, so the address is one that nobody else listens at.
	address := fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
	cluster, err := pgcluster.Start(t.Context(), pgcluster.Options{Dir: filepath.Join(dir, "data"), Settings: []string{
		"listen_addresses=" + address, "hba_file=" + dir + "/pg_hba.conf",
		"ssl=on", "ssl_cert_file=" + dir + "/cert.pem", "ssl_key_file=" + dir + "/key.pem",
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	return cluster, address
}

// asks opens an address as a container would: by the server's name, at this machine.
func asks(t *testing.T, address, host, folder string, change func(url.Values)) (string, error) {
	t.Helper()
	u, err := url.Parse(strings.Replace(address, "/run/solidarity/database", filepath.Join(folder, "database"), 1))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("hostaddr", host)
	change(q)
	u.RawQuery = q.Encode()
	out, err := exec.CommandContext(t.Context(), "psql", u.String(), "-AtXc", "SELECT current_user").CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func TestTheDatabasesOfComposeTakeThePreparedPasswordsOverTLSAlone(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "prepared")
	prepare(t, folder)
	cluster, host := server(t, folder)
	for _, script := range []string{root("deploy", "postgresql", "roles.sql"), filepath.Join(folder, "database", "postgres.sql"), filepath.Join(folder, "database", "keystore.sql")} {
		if out, err := exec.CommandContext(t.Context(), "psql", cluster.AdminURL("postgres"), "-q", "-v", "ON_ERROR_STOP=1", "-f", script).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", script, err, out)
		}
	}
	same := func(url.Values) {}
	for _, service := range []string{"access", "ledger", "families", "donations", "disbursements"} {
		owner := environment(t, filepath.Join(folder, "settings", service+"-owner.env"))["SOLIDARITY_MIGRATE_URL"]
		own := environment(t, filepath.Join(folder, "settings", service+".env"))["SOLIDARITY_DATABASE_URL"]
		for want, address := range map[string]string{"solidarity_" + service: own, "solidarity_" + service + "_owner": owner} {
			if got, err := asks(t, address, host, folder, same); err != nil || got != want {
				t.Errorf("%s: %v: %s", want, err, got)
			}
		}
	}
	// Neither without TLS, nor to a server of another name, nor with another's password.
	address := environment(t, filepath.Join(folder, "settings", "ledger.env"))["SOLIDARITY_DATABASE_URL"]
	if out, err := asks(t, address, host, folder, func(q url.Values) { q.Set("sslmode", "disable") }); err == nil || !strings.Contains(out, "no encryption") {
		t.Errorf("without TLS: %v: %s", err, out)
	}
	if out, err := asks(t, strings.Replace(address, "@postgres/", "@keystore/", 1), host, folder, same); err == nil || !strings.Contains(out, "does not match") {
		t.Errorf("to a server of another name: %v: %s", err, out)
	}
	if out, err := asks(t, strings.Replace(address, "solidarity_ledger:", "solidarity_families:", 1), host, folder, same); err == nil || !strings.Contains(out, "password") {
		t.Errorf("with another's password: %v: %s", err, out)
	}
}
