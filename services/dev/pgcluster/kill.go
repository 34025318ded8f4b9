package pgcluster

import (
	"errors"
	"fmt"
	"syscall"
)

// Kill ends the server and all its sessions at once, as a crash does: nothing is
// written any more of what only their memory holds. After Stop the folder can be
// started again. It is for tests.
func (c *Cluster) Kill() error {
	pid := c.PID()
	// A stopped server starts no children behind our back.
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	victims, err := children(pid)
	for _, victim := range append([]int{pid}, victims...) {
		if gone := syscall.Kill(victim, syscall.SIGKILL); gone != nil && !errors.Is(gone, syscall.ESRCH) {
			err = errors.Join(err, gone)
		}
	}
	<-c.done
	if err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	return nil
}
