package pgcluster

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// attributes puts the server into a process group of its own, so that Ctrl-C in
// a terminal reaches only us. The kernel stops it at once when the thread that
// started it ends, even by kill -9.
func attributes(a account) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential(), Setpgid: true, Pdeathsig: syscall.SIGQUIT}
}

// watchParent has nothing to do here: the kernel watches.
func watchParent(*exec.Cmd) {}

// recovery lets a server that was killed sync its whole file system at once before
// it recovers, which takes a fraction of opening and syncing file by file.
func recovery() []string { return []string{"recovery_init_sync_method=syncfs"} }

// children returns the processes that a process has started.
func children(parent int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil, err
	}
	var out []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		// "pid (name) state parent …"; a name may hold anything.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			if err != nil {
				return nil, err
			}
			out = append(out, pid)
		}
	}
	return out, nil
}
