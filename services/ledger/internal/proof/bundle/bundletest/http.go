package bundletest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// ServeHTTP shows the server under "/log/", as the gateway does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content, err := s.file(r.Context(), strings.TrimPrefix(r.URL.Path, "/log/"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = io.Copy(w, bytes.NewReader(content)) // nobody reads on who is gone
}

func (s *Server) file(ctx context.Context, path string) ([]byte, error) {
	kind, size, _ := strings.Cut(path, "/")
	n, err := strconv.ParseInt(size, 10, 64)
	switch {
	case path == "checkpoint":
		return s.Checkpoint(ctx)
	case kind == "books" && err == nil && n == int64(len(s.Leaves)):
		var books bytes.Buffer
		out := tables.NewWriter(&books)
		err := errors.Join(s.Books(ctx, n, out.Write), out.Close())
		return books.Bytes(), err
	case kind == "checkpoints" && err == nil:
		list, err := s.Checkpoints(ctx, n)
		return list.Append(nil), err
	case kind == "tile":
		return s.Tile(ctx, path)
	}
	return nil, fs.ErrNotExist
}

// Limited lets so many requests a second in, and so many at once, as the gateway
// does in operation. Its clock is moved by nothing but Wait.
type Limited struct {
	// Handler answers what is let in.
	Handler http.Handler
	// Rate and Burst are those numbers.
	Rate, Burst float64

	mu      sync.Mutex // guards what follows
	now     time.Duration
	filled  time.Duration // when spent was last reduced
	spent   float64
	refused int
	last    time.Duration // when the last one was refused
}

// ServeHTTP answers, or says when to come back.
func (l *Limited) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	l.spent = max(0, l.spent-(l.now-l.filled).Seconds()*l.Rate)
	l.filled = l.now
	full := l.spent+1 > l.Burst
	if full {
		l.refused, l.last = l.refused+1, l.now
	} else {
		l.spent++
	}
	l.mu.Unlock()
	if full {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "too many", http.StatusTooManyRequests)
		return
	}
	l.Handler.ServeHTTP(w, r)
}

// Wait moves the clock on since the last refusal; who waits at the same time waits
// together.
func (l *Limited) Wait(_ context.Context, d time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now = max(l.now, l.last+d)
	return nil
}

// Refused counts the requests that were not let in.
func (l *Limited) Refused() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}
