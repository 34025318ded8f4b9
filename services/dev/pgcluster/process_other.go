//go:build !linux

package pgcluster

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// attributes puts the server into a process group of its own, so that Ctrl-C in
// a terminal reaches only us.
func attributes(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential(), Setpgid: true}
}

// watchParent starts a shell that stops the server when this process is gone:
// only Linux does that by itself. Best effort.
func watchParent(server *exec.Cmd) {
	const script = `while kill -0 "$0" 2>/dev/null && kill -0 "$1" 2>/dev/null; do sleep 1; done; kill -QUIT "$1" 2>/dev/null`
	watcher := exec.Command("/bin/sh", "-c", script, strconv.Itoa(os.Getpid()), strconv.Itoa(server.Process.Pid))
	watcher.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if watcher.Start() == nil {
		go func() { _ = watcher.Wait() }()
	}
}

// recovery has nothing to add here: only Linux can sync a file system at once.
func recovery() []string { return nil }

// children returns the processes that a process has started.
func children(parent int) ([]int, error) {
	list, err := exec.Command("ps", "-axo", "pid=,ppid=").Output()
	if err != nil {
		return nil, err
	}
	var out []int
	for line := range strings.Lines(string(list)) {
		if fields := strings.Fields(line); len(fields) == 2 && fields[1] == strconv.Itoa(parent) {
			pid, err := strconv.Atoi(fields[0])
			if err != nil {
				return nil, err
			}
			out = append(out, pid)
		}
	}
	return out, nil
}
