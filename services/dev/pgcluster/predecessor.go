package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endPredecessor sees to it that no server is left on the data folder. We hold
// the folder's lock, so one that still runs has lost the process that started it:
// it is ending (Linux) or has to be told to.
func endPredecessor(ctx context.Context, bin, data string, who account) error {
	for range 50 {
		pid := recordedPID(data)
		if pid == 0 || !alive(pid) {
			return nil // PostgreSQL clears up a dead one's file itself
		}
		if !isServer(pid) {
			// After a restart of the machine the number belongs to something else,
			// which PostgreSQL cannot tell from a running server.
			return os.Remove(filepath.Join(data, "postmaster.pid"))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	stop := exec.CommandContext(ctx, filepath.Join(bin, "pg_ctl"), "stop", "-D", data, "-m", "fast", "-t", "20")
	stop.Dir = data
	stop.Env = environment()
	stop.SysProcAttr = &syscall.SysProcAttr{Credential: who.credential()}
	if out, err := stop.CombinedOutput(); err != nil {
		return fmt.Errorf("another PostgreSQL runs on %s and does not stop: %w: %s", data, err, tail(out))
	}
	return nil
}

// recordedPID reads the process id that the last server noted, 0 for none.
func recordedPID(data string) int {
	content, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 {
		return 0
	}
	return pid
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// isServer reports whether the process is a PostgreSQL, as far as the system
// tells; without /proc it is taken for one.
func isServer(pid int) bool {
	name, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "comm"))
	if err != nil {
		_, noProc := os.Stat("/proc/self")
		return noProc != nil
	}
	return strings.HasPrefix(strings.TrimSpace(string(name)), "postgres")
}
