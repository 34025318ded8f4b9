package command

import (
	"io"
	"sync"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far long work is, on a terminal only.
type progress struct {
	mu  sync.Mutex
	bar *progressbar.ProgressBar
}

func newProgress(t *Terminal, what string, quiet bool) *progress {
	out := t.Err
	if !t.Interactive || quiet {
		out = io.Discard
	}
	return &progress{bar: progressbar.NewOptions64(-1,
		progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30),
		progressbar.OptionSetSpinnerChangeInterval(0))} // drawn by what happens, never from beside
}

func (p *progress) set(done, total int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar.GetMax64() != total {
		p.bar.ChangeMax64(total)
	}
	_ = p.bar.Set64(done) // a bar that cannot be drawn is no error of the work
}

func (p *progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.bar.Finish()
}
