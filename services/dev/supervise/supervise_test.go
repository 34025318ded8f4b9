package supervise_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/supervise"
)

func TestAProcessThatIsKilledComesBackAndAStoppedGroupLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := supervise.New(quiet(), time.Now, dir)
	if err := g.Start(supervise.Process{Name: "sleeper", Path: "/bin/sleep", Args: []string{"60"}}); err != nil {
		t.Fatal(err)
	}
	first := pidOf(t, dir, "sleeper", 0)

	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := pidOf(t, dir, "sleeper", first)

	g.Stop()
	if err := syscall.Kill(second, 0); err == nil {
		t.Errorf("process %d still runs after Stop", second)
	}
	if _, err := os.Stat(filepath.Join(dir, "sleeper.pid")); !os.IsNotExist(err) {
		t.Errorf("pid file is left behind: %v", err)
	}
}

func TestAnInheritedSocketIsHandedToTheProcess(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	file, err := lis.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	out := &buffer{}
	g := supervise.New(quiet(), time.Now, t.TempDir())
	if err := g.Start(supervise.Process{
		Name: "reader", Path: "/bin/sh", Args: []string{"-c", `test -S /dev/fd/3 && echo "$MARK"; sleep 60`},
		Env: []string{"MARK=socket is here"}, Files: []*os.File{file}, Output: out,
	}); err != nil {
		t.Fatal(err)
	}
	defer g.Stop()
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(out.String(), "socket is here"); {
		if time.Now().After(deadline) {
			t.Fatalf("the process printed %q", out.String())
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestAMissingProgramIsAnErrorAtOnce(t *testing.T) {
	t.Parallel()
	g := supervise.New(quiet(), time.Now, t.TempDir())
	defer g.Stop()
	if err := g.Start(supervise.Process{Name: "nothing", Path: "/no/such/program"}); err == nil {
		t.Error("starting a missing program succeeded")
	}
}

// pidOf waits for the process's pid file to hold another id than old.
func pidOf(t *testing.T, dir, name string, old int) int {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		b, err := os.ReadFile(filepath.Join(dir, name+".pid"))
		if err != nil {
			continue
		}
		if pid, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil && pid != old {
			return pid
		}
	}
	t.Fatalf("no new process %s", name)
	return 0
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
