package ledgerprocess

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is one run of the ledger.
type process struct {
	cmd     *exec.Cmd
	serving chan struct{} // closed when it says that it serves
	done    chan struct{} // closed when it has ended and its log is read

	mu    sync.Mutex        // guards lines
	lines map[string]string // the last line of each message that is not of routine
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
	p := &process{cmd: cmd, serving: make(chan struct{}), done: make(chan struct{}), lines: map[string]string{}}
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

func (p *process) remember(text string) {
	var line struct{ Msg, Reason string }
	if json.Unmarshal([]byte(text), &line) != nil {
		line.Msg = "(no JSON)"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines[line.Msg+line.Reason] = text
}

// last returns the last line of each message.
func (p *process) last() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(slices.Sorted(maps.Values(p.lines)), "\n")
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
