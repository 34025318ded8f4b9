package pgcluster

import (
	"os/exec"
	"syscall"
)

// attributes puts the server into a process group of its own, so that Ctrl-C in
// a terminal reaches only us, and lets the kernel stop it at once when the thread
// that started it ends, even by kill -9.
func attributes(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential(), Setpgid: true, Pdeathsig: syscall.SIGQUIT}
}

// watchParent has nothing to do here: the kernel watches.
func watchParent(*exec.Cmd) {}
