package bundle_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

func TestAServerThatLimitsRequestsIsExportedAllTheSame(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(40_000).Seal(t)
	limited := &bundletest.Limited{Handler: l.Serve(), Rate: 50, Burst: 200}
	server := httptest.NewServer(limited)
	defer server.Close()
	dir, direct := t.TempDir(), t.TempDir()
	var done []int64
	src := bundle.HTTP{Prefix: server.URL + "/log", Client: server.Client(), Wait: limited.Wait}
	if _, err := bundle.Write(t.Context(), src, dir, func(n, _ int64) { done = append(done, n) }); err != nil {
		t.Fatal(err)
	}
	write(t, l, direct)
	if cmp.Diff(content(t, direct), content(t, dir)) != "" {
		t.Error("the export is not the same as one without a limit")
	}
	if limited.Refused() == 0 || !slices.IsSorted(done) || len(done) < 300 {
		t.Errorf("%d refused, %d files told", limited.Refused(), len(done))
	}
}

// answers is a server that gives one answer after the other, then the file.
type answers struct {
	replies []func(http.ResponseWriter)
	asked   atomic.Int64
}

func (a *answers) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	if n := int(a.asked.Add(1)); n <= len(a.replies) {
		a.replies[n-1](w)
		return
	}
	w.Write([]byte("the file"))
}

// refuse answers with a status and when to come back.
func refuse(code int, after string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(code)
	}
}

// hangUp breaks the connection, before the answer or within it.
func hangUp(begun string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		if begun != "" {
			w.Header().Set("Content-Length", strconv.Itoa(len(begun)+1))
			w.Write([]byte(begun))
		}
		panic(http.ErrAbortHandler)
	}
}

// ask asks a server for its checkpoint and notes the pauses.
func ask(t *testing.T, a *answers) (content string, pauses []string, err error) {
	t.Helper()
	server := httptest.NewServer(a)
	defer server.Close()
	got, err := bundle.HTTP{Prefix: server.URL, Client: server.Client(), Wait: func(_ context.Context, d time.Duration) error {
		pauses = append(pauses, d.String())
		return nil
	}}.Checkpoint(t.Context())
	return string(got), pauses, err
}

func TestAServerIsAskedAgainWhereThatHelps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		replies []func(http.ResponseWriter)
		pauses  string
	}{
		"nothing wrong":           {nil, ""},
		"too many":                {[]func(http.ResponseWriter){refuse(429, "3"), refuse(429, "1")}, "3s 1s"},
		"unavailable":             {[]func(http.ResponseWriter){refuse(503, "2")}, "2s"},
		"it does not say":         {[]func(http.ResponseWriter){refuse(503, ""), refuse(429, "soon"), refuse(503, "-1")}, "500ms 1s 2s"},
		"it says much":            {[]func(http.ResponseWriter){refuse(429, "86400")}, "30s"},
		"the line breaks":         {[]func(http.ResponseWriter){hangUp(""), hangUp("the fi")}, "500ms 1s"},
		"more often than failing": {slices.Repeat([]func(http.ResponseWriter){refuse(429, "1")}, 20), strings.TrimSpace(strings.Repeat("1s ", 20))},
	} {
		a := &answers{replies: c.replies}
		got, pauses, err := ask(t, a)
		if err != nil || got != "the file" || strings.Join(pauses, " ") != c.pauses {
			t.Errorf("%s: %q after %v, %v", name, got, pauses, err)
		}
	}
}

func TestAServerIsNotAskedForEver(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		reply func(http.ResponseWriter)
		asked int64
	}{
		"it limits for ever": {refuse(429, "30"), 7}, "it is down": {refuse(503, "1"), 5}, "the line is cut": {hangUp(""), 5},
		"not found": {refuse(404, "1"), 1}, "forbidden": {refuse(403, ""), 1}, "broken": {refuse(500, "1"), 1},
		"too long": {func(w http.ResponseWriter) { w.Write(make([]byte, 256*(2+65535)+1)) }, 1},
	} {
		a := &answers{replies: slices.Repeat([]func(http.ResponseWriter){c.reply}, 100)}
		if _, pauses, err := ask(t, a); err == nil || a.asked.Load() != c.asked {
			t.Errorf("%s: asked %d times, %v, %v", name, a.asked.Load(), pauses, err)
		}
	}
}

func TestWhoGivesUpWaitsNoLonger(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&answers{replies: slices.Repeat([]func(http.ResponseWriter){refuse(503, "30")}, 100)})
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	_, err := bundle.HTTP{Prefix: server.URL, Client: server.Client()}.Checkpoint(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestTheBooksAreAskedForAgainToo(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t)
	a := &answers{replies: []func(http.ResponseWriter){refuse(429, "1"), hangUp(""), func(w http.ResponseWriter) {
		out := tables.NewWriter(w)
		_ = errors.Join(l.Serve().Books(t.Context(), 0, out.Write), out.Close())
	}}}
	server := httptest.NewServer(a)
	defer server.Close()
	src := bundle.HTTP{Prefix: server.URL, Client: server.Client(), Wait: func(context.Context, time.Duration) error { return nil }}
	records := 0
	err := src.Books(t.Context(), int64(len(l.Leaves)), func(tables.Record) error { records++; return nil })
	if err != nil || records == 0 {
		t.Errorf("%d records, %v", records, err)
	}
}
