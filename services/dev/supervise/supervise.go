// Package supervise keeps a group of processes running: it starts them, starts
// those again that die, and stops all of them in reverse order. It is what
// `solidarity-dev run` uses in place of an init system.
package supervise

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Times of a restart and of a stop.
const (
	firstDelay = 100 * time.Millisecond // before the first restart; doubles
	maxDelay   = 5 * time.Second
	stable     = 10 * time.Second // a process that ran this long starts afresh at firstDelay
	stopTime   = 20 * time.Second // from SIGTERM to SIGKILL
)

// Process is one program of the group.
type Process struct {
	// Name identifies the process in logs and names its file in RunDir.
	Name string
	// Path and Args are the program and its arguments.
	Path string
	Args []string
	// Env is added to the supervisor's own environment.
	Env []string
	// Files are passed on as file descriptors 3, 4, …; they stay open across
	// restarts, so that a listening socket refuses nobody meanwhile.
	Files []*os.File
	// Output receives what the process prints.
	Output io.Writer
}

// Group is a set of running processes.
type Group struct {
	log      *slog.Logger
	now      func() time.Time
	runDir   string
	running  []*keeper     // in the order of Start
	stopping chan struct{} // closed when Stop begins: nothing is started again
	starter  *starter
}

// New returns an empty group. The process id of each member stands in
// runDir/<name>.pid while it runs.
func New(log *slog.Logger, now func() time.Time, runDir string) *Group {
	return &Group{log: log, now: now, runDir: runDir, stopping: make(chan struct{}), starter: newStarter()}
}

// Start starts a process and keeps it running until Stop. It fails only if the
// very first start does.
func (g *Group) Start(p Process) error {
	k := &keeper{group: g, process: p, stop: make(chan struct{}), done: make(chan struct{})}
	cmd, err := k.spawn()
	if err != nil {
		return err
	}
	g.running = append(g.running, k)
	go k.keep(cmd)
	return nil
}

// Stop ends all processes, the last started first: SIGTERM, then SIGKILL for
// those that take longer than 20 s. A member that ends meanwhile by itself is not
// started again. Stop returns when all are gone; it is called once, and a stopped
// group starts nothing any more.
func (g *Group) Stop() {
	close(g.stopping)
	for i := len(g.running) - 1; i >= 0; i-- {
		k := g.running[i]
		close(k.stop)
		<-k.done
	}
	g.running = nil
	g.starter.stop()
}

// keeper keeps one process running.
type keeper struct {
	group   *Group
	process Process
	stop    chan struct{} // closed by Stop
	done    chan struct{} // closed when the process is gone for good
}

func (k *keeper) spawn() (*exec.Cmd, error) {
	cmd := exec.Command(k.process.Path, k.process.Args...)
	cmd.Env = append(os.Environ(), k.process.Env...)
	cmd.ExtraFiles = k.process.Files
	cmd.Stdout, cmd.Stderr = k.process.Output, k.process.Output
	cmd.SysProcAttr = childAttributes()
	cmd.WaitDelay = time.Second
	if err := k.group.starter.start(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", k.process.Name, err)
	}
	pid := []byte(strconv.Itoa(cmd.Process.Pid) + "\n")
	if err := os.WriteFile(k.pidFile(), pid, 0o600); err != nil {
		k.group.log.Warn("write pid file", "process", k.process.Name, "error", err)
	}
	return cmd, nil
}

func (k *keeper) pidFile() string {
	return filepath.Join(k.group.runDir, k.process.Name+".pid")
}

// keep waits for the process, starting it again with growing delays.
func (k *keeper) keep(cmd *exec.Cmd) {
	defer close(k.done)
	defer os.Remove(k.pidFile())
	delay := firstDelay
	for {
		began := k.group.now()
		if cmd != nil && k.wait(cmd) {
			return
		}
		if k.group.now().Sub(began) > stable {
			delay = firstDelay
		}
		select {
		case <-k.group.stopping:
			return // Ctrl-C may reach a child before it is in a process group of its own
		case <-time.After(delay):
		}
		k.group.log.Warn("process ended, starting it again", "process", k.process.Name, "delay", delay)
		delay = min(2*delay, maxDelay)
		var err error
		if cmd, err = k.spawn(); err != nil {
			k.group.log.Error("restart", "process", k.process.Name, "error", err)
		}
	}
}

// wait returns true when the process ended because the group stops.
func (k *keeper) wait(cmd *exec.Cmd) bool {
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended does not matter: it is started again
		close(ended)
	}()
	select {
	case <-ended:
		return false
	case <-k.stop:
	}
	_ = cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	select {
	case <-ended:
	case <-ctx.Done():
		k.group.log.Warn("process did not stop in time", "process", k.process.Name)
		_ = cmd.Process.Kill()
		<-ended
	}
	return true
}
