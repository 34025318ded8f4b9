package supervise

import (
	"os/exec"
	"runtime"
)

// starter starts children from one operating system thread that lives as long
// as the group: the kernel sends a child its parent-death signal when the thread
// that started it ends, not only when the process does.
type starter struct {
	jobs chan func()
	done chan struct{}
}

func newStarter() *starter {
	s := &starter{jobs: make(chan func()), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		runtime.LockOSThread()
		for job := range s.jobs {
			job()
		}
	}()
	return s
}

func (s *starter) start(cmd *exec.Cmd) error {
	result := make(chan error, 1)
	s.jobs <- func() { result <- cmd.Start() }
	return <-result
}

// stop ends the thread; no child may be running any more.
func (s *starter) stop() {
	close(s.jobs)
	<-s.done
}
