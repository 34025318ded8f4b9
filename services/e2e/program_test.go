// Package e2e tests the real program: its own processes, a real PostgreSQL,
// mutual TLS, driven over REST as its users would.
package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/devstack"
)

// program and released are the paths of the built solidarity-dev and solidarity,
// set by TestMain before any test.
var program, released string

func TestMain(m *testing.M) {
	os.Exit(withPrograms(m))
}

// withPrograms builds the programs and runs the tests.
func withPrograms(m *testing.M) int {
	dir, err := os.MkdirTemp("", "solidarity-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program, released = filepath.Join(dir, "solidarity-dev"), filepath.Join(dir, "solidarity")
	build := exec.Command("go", "build", "-o", dir, "../cmd/...")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build programs: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// installation is a running `solidarity-dev run`.
type installation struct {
	t      testing.TB
	cmd    *exec.Cmd
	data   string
	state  devstack.State
	layout devstack.Layout
	output *bytes.Buffer // read only after the process ended
}

// dataFolder makes a folder that PostgreSQL's own user can reach, as those of
// testing.T.TempDir are not.
func dataFolder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "solidarity-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// start runs `solidarity-dev run` on a data folder and waits for it.
func start(t testing.TB, data string, options ...string) *installation {
	t.Helper()
	return startBy(t, data, append([]string{"run"}, options...)...)
}

// startBy is start with another command.
func startBy(t testing.TB, data string, command ...string) *installation {
	t.Helper()
	layout, err := devstack.NewLayout(data)
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{t: t, data: data, layout: layout, output: &bytes.Buffer{}}
	i.cmd = exec.Command(program, append(command, "--addr", "127.0.0.1:0", "--data", data)...)
	i.cmd.Stdout, i.cmd.Stderr = i.output, i.output
	if err := i.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(i.stop)
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if i.state, err = devstack.ReadState(layout); err == nil {
			return i
		}
		if time.Now().After(deadline) || syscall.Kill(i.cmd.Process.Pid, 0) != nil {
			t.Fatalf("solidarity-dev run did not start; its log:\n%s", i.log())
		}
	}
}

// stop ends the installation as Ctrl-C does and shows the log of a failed test.
func (i *installation) stop() {
	if i.cmd.ProcessState != nil {
		return
	}
	_ = i.cmd.Process.Signal(syscall.SIGINT)
	if err := i.cmd.Wait(); err != nil {
		i.t.Errorf("solidarity-dev run ended with %v:\n%s", err, i.output)
	}
	if i.t.Failed() {
		i.t.Logf("the end of the services' log:\n%s", i.log())
	}
}

// kill kills a process of the installation without warning.
func (i *installation) kill(name string) error {
	b, err := os.ReadFile(filepath.Join(i.layout.Run(), name+".pid"))
	if err != nil {
		return fmt.Errorf("find %s: %w", name, err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return fmt.Errorf("find %s: %w", name, err)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// log returns the last lines of the services' log.
func (i *installation) log() string {
	b, err := os.ReadFile(i.layout.Logs())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(b), "\n")
	return strings.Join(lines[max(0, len(lines)-60):], "\n")
}

// run runs a command of solidarity-dev and returns what it prints.
func run(t testing.TB, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return execute(t, program, args...)
}

// audit runs a command of the program that auditors have.
func audit(t testing.TB, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	return execute(t, released, args...)
}

func execute(t testing.TB, program string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// token mints a token for a made-up person.
func (i *installation) token(person string, roles ...string) string {
	i.t.Helper()
	args := []string{"token", "--data", i.data, "--person", person}
	for _, r := range roles {
		args = append(args, "--role", r)
	}
	out, errs, err := run(i.t, args...)
	if err != nil {
		i.t.Fatalf("mint token: %v: %s", err, errs)
	}
	return strings.TrimSpace(out)
}
