package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/devstack"
)

// Ctrl-C in a terminal reaches everything that runs in it.
func TestRunThatIsInterruptedWhileItStartsSaysSoAndNothingElse(t *testing.T) {
	t.Parallel()
	data := dataFolder(t)
	layout, err := devstack.NewLayout(data)
	if err != nil {
		t.Fatal(err)
	}
	process := func(name string) string { return filepath.Join(layout.Run(), name+".pid") }
	for _, moment := range []struct {
		name string
		file string // its appearance is the moment
		wait time.Duration
	}{
		{"at its beginning", layout.Logs(), 0},
		{"while the database is made", filepath.Join(layout.Postgres(), "data.unfinished", "base"), 0},
		{"while the database starts", filepath.Join(layout.Postgres(), "data", "postmaster.pid"), 0},
		{"before the first service", process("oidc"), 0},
		{"among the services", process("families"), 0},
		{"while all services migrate", process("gateway"), 0},
		{"a little later", process("gateway"), 300 * time.Millisecond},
	} {
		out, code := interrupt(t, data, moment.file, moment.wait)
		if code != 0 || strings.TrimSpace(out) != "Stopped while starting." {
			t.Errorf("%s: exit code %d, prints %q", moment.name, code, out)
		}
		if left, err := filepath.Glob(process("*")); err != nil || len(left) > 0 {
			t.Errorf("%s: still running: %q, %v", moment.name, left, err)
		}
	}
	log, err := os.ReadFile(layout.Logs())
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"level":"WARN"`) || strings.HasPrefix(line, "solidarity-dev:") {
			t.Errorf("logged %s", line)
		}
	}
	// What was broken off stands in nobody's way.
	start(t, data).stop()
}

// interrupt starts an installation and presses Ctrl-C some time after a file has
// appeared that was not there before. It returns what was printed.
func interrupt(t *testing.T, data, file string, wait time.Duration) (printed string, code int) {
	t.Helper()
	before, _ := os.Stat(file) // no matter why there is none
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, "run", "--addr", "127.0.0.1:0", "--data", data)
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // as a shell does for a job
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Millisecond) {
		if now, err := os.Stat(file); err == nil && (before == nil || !os.SameFile(before, now) || now.ModTime().After(before.ModTime())) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s did not appear", file)
		}
	}
	time.Sleep(wait)
	if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the exit code tells
	return out.String(), cmd.ProcessState.ExitCode()
}
