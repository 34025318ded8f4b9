package ledgertest

import (
	"bufio"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// remembered is how many lines of its log a process that fails is quoted with.
const remembered = 20

// process is one run of the ledger.
type process struct {
	cmd     *exec.Cmd
	serving chan struct{} // closed when it says that it serves
	done    chan struct{} // closed when it has ended and its log is read

	mu   sync.Mutex // guards tail
	tail []string   // its last lines that are not of routine
}

// launch starts a command and reads its log, as a log collector does.
func launch(t testing.TB, cmd *exec.Cmd) (*process, error) {
	t.Helper()
	log, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, serving: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.read(log)
		_ = cmd.Wait() // how it ended is of no interest
	}()
	return p, nil
}

func (p *process) read(log io.Reader) {
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<20) // a panic is one long line
	said := false
	for lines.Scan() {
		switch text := lines.Text(); {
		case !strings.Contains(text, `"level":"INFO"`):
			p.remember(text)
		case !said && strings.Contains(text, `"msg":"serving"`):
			said = true
			close(p.serving)
		}
	}
}

func (p *process) remember(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tail = append(p.tail, line)
	if len(p.tail) > remembered {
		p.tail = slices.Delete(p.tail, 0, 1)
	}
}

// last returns the end of its log.
func (p *process) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.tail, "\n")
}

func (p *process) awaitServing(t testing.TB) {
	t.Helper()
	select {
	case <-p.serving:
	case <-p.done:
		t.Fatalf("the ledger ended instead of serving:\n%s", p.last())
	case <-time.After(time.Minute):
		t.Fatalf("the ledger does not serve:\n%s", p.last())
	}
}

func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended a moment ago
	<-p.done
}

// stop lets the process finish its calls.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have been killed
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		p.kill()
	}
}
