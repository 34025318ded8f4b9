package pgcluster_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
)

// folder returns a new folder that PostgreSQL's user can reach.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "solidarity-pgcluster-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// template is where an initialised cluster is kept, as the other tests' is.
func template() string {
	return filepath.Join(os.TempDir(), "solidarity-template-"+strconv.Itoa(os.Getuid()))
}

func start(t *testing.T, dir string) *pgcluster.Cluster {
	t.Helper()
	c, err := pgcluster.Start(context.Background(), pgcluster.Options{Dir: dir, Template: template()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func ask[T any](t *testing.T, url, question string) T {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var answer T
	if err := conn.QueryRow(context.Background(), question).Scan(&answer); err != nil {
		t.Fatalf("%s: %v", question, err)
	}
	return answer
}

func TestAClusterFindsItsDataAgain(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	c := start(t, dir)
	for range 2 { // it may be repeated
		if err := c.EnsureDatabase(context.Background(), "svc", "books"); err != nil {
			t.Fatal(err)
		}
	}
	ask[int](t, c.URL("svc", "books"), `WITH made AS (SELECT lo_from_bytea(4711, 'x')) SELECT count(*) FROM made`)
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	again := start(t, dir)
	if got := ask[string](t, again.URL("svc", "books"), `SELECT encode(lo_get(4711), 'escape')`); got != "x" {
		t.Errorf("found %q after a restart, want x", got)
	}
}

func TestAKilledServerStartsAgain(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	c := start(t, dir)
	if err := syscall.Kill(c.PID(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("nobody is told that the server has died")
	}
	if err := c.Stop(); err != nil {
		t.Errorf("stop after its death: %v", err)
	}
	begun := time.Now()
	ask[int](t, start(t, dir).AdminURL("postgres"), `SELECT 1`)
	t.Logf("serving again after %v", time.Since(begun))
}

func TestAFolderInUseIsRefusedInOneSentence(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	start(t, dir)
	_, err := pgcluster.Start(context.Background(), pgcluster.Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("second start: %v", err)
	}
}

func TestALongFolderNameDoesNotMatter(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), strings.Repeat("long/", 30))
	ask[int](t, start(t, dir).AdminURL("postgres"), `SELECT 1`)
}

func TestNobodyElseGetsIn(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	c := start(t, dir)
	ctx := context.Background()
	// There is no port,
	if port := ask[string](t, c.AdminURL("postgres"), `SELECT current_setting('listen_addresses')`); port != "" {
		t.Errorf("listens on %q", port)
	}
	// the folders are closed to others,
	for _, path := range []string{dir, filepath.Join(dir, "data"), filepath.Join(dir, "socket")} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v; want no right of others", path, info.Mode(), err)
		}
	}
	// and a service's role cannot enter another service's database.
	for _, name := range []string{"one", "two"} {
		if err := c.EnsureDatabase(ctx, name, name); err != nil {
			t.Fatal(err)
		}
	}
	if conn, err := pgx.Connect(ctx, c.URL("one", "two")); err == nil {
		conn.Close(ctx)
		t.Error("one service may connect to the other's database")
	}
}

func TestParametersAndRowsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	const mark = "MARKED-77A0"
	var log bytes.Buffer
	c, err := pgcluster.Start(context.Background(), pgcluster.Options{
		Dir: folder(t), Template: template(), Log: &log, Settings: []string{"log_min_duration_statement=0"},
	})
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(context.Background(), c.AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`CREATE TABLE t (x text UNIQUE)`, `SELECT 1`} {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second one is a duplicate, whose DETAIL would quote it
		_, _ = conn.Exec(context.Background(), `INSERT INTO t (x) VALUES ($1)`, mark)
	}
	conn.Close(context.Background())
	if err := c.Stop(); err != nil { // after it the log is complete
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "INSERT INTO t") || strings.Contains(log.String(), mark) {
		t.Errorf("the log holds the mark, or no statement at all:\n%s", log.String())
	}
}

// childFolder tells a copy of this test to start a server there and hang.
const childFolder = "SOLIDARITY_PGCLUSTER_CHILD"

func TestTheServerEndsWithItsProcessEvenByKill(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(childFolder); dir != "" {
		c, err := pgcluster.Start(context.Background(), pgcluster.Options{Dir: dir, Template: template()})
		if err != nil {
			t.Fatal(err)
		}
		pid := []byte(strconv.Itoa(c.PID()))
		if err := os.WriteFile(filepath.Join(dir, "ready"), pid, 0o600); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	// Given a process that runs a server,
	dir := folder(t)
	child := exec.Command(os.Args[0], "-test.run=^TestTheServerEndsWithItsProcessEvenByKill$")
	child.Env = append(os.Environ(), childFolder+"="+dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	pid := waitForPID(t, filepath.Join(dir, "ready"))
	// when it is killed,
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	// then the old server goes by itself, and the folder can be started again.
	if runtime.GOOS == "linux" { // elsewhere the next start sees to it
		waitForEnd(t, pid)
	}
	ask[int](t, start(t, dir).AdminURL("postgres"), `SELECT 1`)
}

func waitForEnd(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil || strings.Contains(string(state), ") Z ") { // gone, or nobody's to collect
			return
		}
	}
	t.Fatalf("the old server %d still runs", pid)
}

func waitForPID(t *testing.T, path string) int {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if content, err := os.ReadFile(path); err == nil {
			if pid, err := strconv.Atoi(string(content)); err == nil {
				return pid
			}
		}
	}
	t.Fatal("the child process does not start a server")
	return 0
}

func TestAFolderThatPostgreSQLCannotReachIsNamed(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root starts PostgreSQL as another user")
	}
	closed := t.TempDir() // its parent is closed to everybody else
	_, err := pgcluster.Start(context.Background(), pgcluster.Options{Dir: filepath.Join(closed, "data")})
	if err == nil || !strings.Contains(err.Error(), "cannot reach") {
		t.Errorf("start: %v, want a sentence about the folder", err)
	}
}

func TestAnInterruptedInitialisationIsDoneAgain(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	if err := os.MkdirAll(filepath.Join(dir, "data.unfinished", "base"), fs.ModePerm); err != nil {
		t.Fatal(err)
	}
	c, err := pgcluster.Start(context.Background(), pgcluster.Options{Dir: dir, Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	ask[int](t, c.AdminURL("postgres"), `SELECT 1`)
	if err := c.Stop(); err != nil {
		t.Error(err)
	}
}
