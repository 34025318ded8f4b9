//go:build !linux

package pgcluster

import (
	"os"
	"os/exec"
	"strconv"
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
