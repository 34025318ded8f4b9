package crash

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/ledgerprocess"
)

// repository is where a stanza is backed up to, with the settings of deploy/pgbackrest but
// for the folders of the test.
type repository struct {
	t       *testing.T
	dir     string
	stanza  string
	data    string // the data folder of the server
	account *syscall.Credential
}

func newRepository(t *testing.T, stanza string) *repository {
	t.Helper()
	if _, err := exec.LookPath("pgbackrest"); err != nil {
		t.Fatal("pgbackrest is not installed: run `make tools`")
	}
	dir, err := os.MkdirTemp("", "solidarity-backup-") // where PostgreSQL's user can go
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return &repository{t: t, dir: dir, stanza: stanza}
}

// settings have the server archive into the repository once it has been begun.
func (r *repository) settings() []string {
	return []string{"archive_mode=on", "archive_command=" + r.pusher() + " %p"}
}

// pusher is what the server archives by; pgBackRest wants to see its own name in it.
func (r *repository) pusher() string { return filepath.Join(r.dir, "pgbackrest-push") }

// begin makes the repository of a server that runs.
func (r *repository) begin(s *ledgerprocess.Stack) {
	r.t.Helper()
	r.data = filepath.Join(s.Cluster().Dir(), "data")
	info, err := os.Stat(r.data)
	if err != nil {
		r.t.Fatal(err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		r.account = &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}
		if err := os.Chown(r.dir, int(stat.Uid), int(stat.Gid)); err != nil {
			r.t.Fatal(err)
		}
	}
	push := "#!/bin/sh\nexec env"
	for _, line := range r.environment(s) {
		push += " '" + line + "'"
	}
	push += " pgbackrest --stanza=" + r.stanza + " archive-push \"$PWD/$1\"\n"
	if err := os.WriteFile(r.pusher(), []byte(push), 0o755); err != nil {
		r.t.Fatal(err)
	}
	r.backrest(s, "stanza-create")
}

// environment says what of deploy/pgbackrest/pgbackrest.conf is elsewhere here.
func (r *repository) environment(s *ledgerprocess.Stack) []string {
	r.t.Helper()
	config, err := filepath.Abs("../../../deploy/pgbackrest/pgbackrest.conf")
	if err != nil {
		r.t.Fatal(err)
	}
	text, err := os.ReadFile(config)
	if err != nil {
		r.t.Fatal(err)
	}
	copied := filepath.Join(r.dir, "pgbackrest.conf") // the source may lie where that user cannot go
	if err := os.WriteFile(copied, text, 0o644); err != nil {
		r.t.Fatal(err)
	}
	admin, err := pgx.ParseConfig(s.Cluster().AdminURL("postgres"))
	if err != nil {
		r.t.Fatal(err)
	}
	return []string{
		"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "PGUSER=" + admin.User,
		"PGBACKREST_CONFIG=" + copied, "PGBACKREST_PG1_PATH=" + r.data, "PGBACKREST_PG1_PORT=5432", "PGBACKREST_PG1_USER=" + admin.User,
		"PGBACKREST_PG1_SOCKET_PATH=" + admin.Host, "PGBACKREST_REPO1_PATH=" + filepath.Join(r.dir, "repository"),
		"PGBACKREST_REPO1_CIPHER_PASS=of-the-test", "PGBACKREST_LOCK_PATH=" + filepath.Join(r.dir, "lock"),
	}
}

func (r *repository) backrest(s *ledgerprocess.Stack, args ...string) string {
	r.t.Helper()
	return r.must(s, "pgbackrest", append([]string{"--stanza=" + r.stanza}, args...)...)
}

// must runs a program as PostgreSQL's user.
func (r *repository) must(s *ledgerprocess.Stack, program string, args ...string) string {
	r.t.Helper()
	out, err := r.run(s, program, args...)
	if err != nil {
		r.t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	return out
}

func (r *repository) run(s *ledgerprocess.Stack, program string, args ...string) (string, error) {
	r.t.Helper()
	cmd := exec.CommandContext(r.t.Context(), program, args...)
	cmd.Dir, cmd.Env = r.dir, r.environment(s)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: r.account}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// archived waits until all WAL that there is has left the machine.
func (r *repository) archived(s *ledgerprocess.Stack) {
	r.t.Helper()
	conn, err := pgx.Connect(r.t.Context(), s.Cluster().AdminURL("postgres"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Close(r.t.Context())
	var last string
	if err := conn.QueryRow(r.t.Context(), `SELECT pg_walfile_name(pg_switch_wal())`).Scan(&last); err != nil {
		r.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		var done bool
		if err := conn.QueryRow(r.t.Context(), `SELECT COALESCE(last_archived_wal >= $1, false) FROM pg_stat_archiver`, last).Scan(&done); err != nil {
			r.t.Fatal(err)
		}
		if done {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatal("the WAL is not archived")
		}
	}
}

// restore brings the server's folder back with the script of deploy/, as onto a new
// machine: nothing is left of the old one.
func (r *repository) restore(s *ledgerprocess.Stack, options ...string) string {
	r.t.Helper()
	script, err := os.ReadFile("../../../deploy/pgbackrest/restore")
	if err != nil {
		r.t.Fatal(err)
	}
	copied := filepath.Join(r.dir, "restore")
	if err := os.WriteFile(copied, script, 0o755); err != nil {
		r.t.Fatal(err)
	}
	s.KillDatabase()
	if out, err := r.run(s, copied, r.stanza, r.data); err == nil || !strings.Contains(out, "is not empty") {
		r.t.Errorf("over what is there: %v: %s", err, out)
	}
	if err := os.RemoveAll(r.data); err != nil {
		r.t.Fatal(err)
	}
	out := r.must(s, copied, append([]string{r.stanza, r.data}, options...)...)
	s.StartDatabase()
	return out
}

// The whole way: a backup under load, further postings, a machine that is gone. From base
// backup and WAL everything that was acknowledged comes back; from the backup alone it
// does not, and that is seen.
func TestARestoreBringsBackAllThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	program := ledgerprocess.Build(t)
	for _, test := range []struct { // one after the other: each wants the whole machine
		name    string
		options []string
		loses   bool
	}{
		{"from backup and WAL", nil, false},
		{"from the backup alone", []string{"--type=immediate", "--target-action=promote"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			repo := newRepository(t, "main")
			r := begin(t, program, false, repo.settings()...)
			repo.begin(r.stack)
			r.progress()
			repo.backrest(r.stack, "--type=full", "backup")
			r.progress()
			r.load.end()
			repo.archived(r.stack)
			told := repo.restore(r.stack, test.options...)
			if !strings.Contains(told, "  ledger, ") || !strings.Contains(told, "LEDGER_BEHIND") {
				t.Errorf("the script says %s", told)
			}
			wrong := r.end()
			if test.loses != slices.ContainsFunc(wrong, lost) || !test.loses && len(wrong) > 0 {
				t.Errorf("%d are lost or wrong: %q", len(wrong), wrong[:min(3, len(wrong))])
			}
			r.books()
			fmt.Printf("restored %s: %d acknowledged, %d of them lost\n", test.name, r.load.told.count(), len(wrong))
		})
	}
}

// Of the key store no copy may be older than seven days: with a backup each day, the
// seventh ends the first, and the WAL that only that one needs.
func TestTheKeyStoreKeepsSixBackups(t *testing.T) {
	t.Parallel()
	repo := newRepository(t, "keys")
	s := ledgerprocess.Start(t, ledgerprocess.Build(t), repo.settings()...)
	repo.begin(s)
	labels := func() []string {
		names, err := filepath.Glob(filepath.Join(repo.dir, "repository", "backup", "keys", "2*F"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	repo.backrest(s, "--type=full", "backup")
	first := labels()
	for range 6 {
		repo.backrest(s, "--type=full", "backup")
	}
	if kept := labels(); len(first) != 1 || len(kept) != 6 || slices.Contains(kept, first[0]) {
		t.Errorf("after %v there are %v", first, kept)
	}
	info := repo.backrest(s, "info")
	start := strings.Index(info, "wal archive min/max")
	if start < 0 || strings.Contains(info[start:start+80], "000000010000000000000001/") {
		t.Errorf("WAL of before the oldest backup is kept: %s", info)
	}
}
