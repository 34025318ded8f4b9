package pgcluster

import (
	"io"
	"sync"
)

// keptOutput is how much of the server's last output an error may quote, bytes.
const keptOutput = 2048

// recentOutput passes on what is written and remembers its end.
type recentOutput struct {
	next io.Writer
	mu   sync.Mutex // guards last
	last []byte
}

// Write never fails: the server must not stop because nobody reads its log.
func (r *recentOutput) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last = append(r.last, p...)
	if n := len(r.last); n > keptOutput {
		r.last = append([]byte(nil), r.last[n-keptOutput:]...)
	}
	if r.next != nil {
		_, _ = r.next.Write(p)
	}
	return len(p), nil
}

func (r *recentOutput) bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]byte(nil), r.last...)
}
