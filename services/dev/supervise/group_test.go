package supervise_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/supervise"
)

// shell is a member that runs a script.
func shell(name, script string, out *buffer) supervise.Process {
	return supervise.Process{Name: name, Path: "/bin/sh", Args: []string{"-c", script}, Output: out}
}

// printed waits until a text was printed.
func printed(t *testing.T, out *buffer, text string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(out.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q was not printed, but %q", text, out.String())
		}
	}
}

// What was started last stands on what was started before it, and ends first.
func TestAGroupStopsInReverseOrder(t *testing.T) {
	t.Parallel()
	out := &buffer{}
	g := supervise.New(quiet(), time.Now, t.TempDir())
	for _, name := range []string{"database", "ledger", "gateway"} {
		if err := g.Start(shell(name, `trap 'sleep 0.05; echo end `+name+`; exit' TERM; echo begin `+name+`; while :; do sleep 0.01; done`, out)); err != nil {
			t.Fatal(err)
		}
		printed(t, out, "begin "+name)
	}
	g.Stop()
	if got := out.String(); !strings.HasSuffix(got, "end gateway\nend ledger\nend database\n") || strings.Count(got, "begin") != 3 {
		t.Errorf("printed\n%s", got)
	}
}

// Ctrl-C in a terminal goes to the whole process group: a member must not be in its
// supervisor's, or all would end at once.
func TestAMemberIsInAProcessGroupOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := supervise.New(quiet(), time.Now, dir)
	defer g.Stop()
	if err := g.Start(supervise.Process{Name: "sleeper", Path: "/bin/sleep", Args: []string{"60"}}); err != nil {
		t.Fatal(err)
	}
	pid := pidOf(t, dir, "sleeper", 0)
	group, err := syscall.Getpgid(pid)
	if err != nil || group != pid || group == syscall.Getpgrp() {
		t.Errorf("process %d is in group %d of ours, %d: %v", pid, group, syscall.Getpgrp(), err)
	}
}

func TestAMemberThatEndsByItselfIsStartedAgainAndItsSiblingsStay(t *testing.T) {
	t.Parallel()
	dir, out := t.TempDir(), &buffer{}
	count := filepath.Join(dir, "count")
	g := supervise.New(quiet(), time.Now, dir)
	if err := g.Start(supervise.Process{Name: "sibling", Path: "/bin/sleep", Args: []string{"60"}}); err != nil {
		t.Fatal(err)
	}
	sibling := pidOf(t, dir, "sibling", 0)
	// Given one that fails twice and then stays,
	script := `echo x >>` + count + `; test $(wc -l <` + count + `) -ge 3 || exit 1; echo stays; exec sleep 60`
	if err := g.Start(shell("failing", script, out)); err != nil {
		t.Fatal(err)
	}
	printed(t, out, "stays")
	// then it was started three times, and nobody else was.
	if text, err := os.ReadFile(count); err != nil || len(text) != 6 {
		t.Errorf("started %d times, %v", len(text)/2, err)
	}
	if again, err := os.ReadFile(filepath.Join(dir, "sibling.pid")); err != nil || strings.TrimSpace(string(again)) != strconv.Itoa(sibling) {
		t.Errorf("the sibling is %s, was %d", again, sibling)
	}
	g.Stop()
	if files, err := filepath.Glob(filepath.Join(dir, "*.pid")); err != nil || len(files) != 0 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}
