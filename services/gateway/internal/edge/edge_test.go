package edge_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/edge"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
)

// gate is an edge before a handler of the test's, with a log that can be read.
type gate struct {
	edge *edge.Edge
	log  bytes.Buffer
}

func newGate(next http.HandlerFunc, guesses limit.Rate) *gate {
	g := &gate{}
	now := func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
	g.edge = edge.New(edge.Options{
		Log: slog.New(slog.NewTextHandler(&g.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: now,
		General: limit.New(limit.Rate{PerSecond: 1, Burst: 100}, now), Guesses: limit.New(guesses, now),
		Known: limit.NewKnown(now),
	}, next)
	return g
}

// ask sends a request through; panicked is what the edge panics with itself.
func (g *gate) ask(method, path string, headers ...string) (w *httptest.ResponseRecorder, panicked any) {
	r := httptest.NewRequest(method, path, strings.NewReader("body"))
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w = httptest.NewRecorder()
	defer func() { panicked = recover() }()
	g.edge.ServeHTTP(w, r)
	return w, nil
}

var plenty = limit.Rate{PerSecond: 100, Burst: 100}

func TestAPanicBecomesAProblemThatTellsNothing(t *testing.T) {
	t.Parallel()
	g := newGate(func(http.ResponseWriter, *http.Request) { panic(errors.New("MARK of a secret")) }, plenty)
	w, panicked := g.ask("GET", "/v1/MARK")
	if w.Code != http.StatusInternalServerError || panicked != nil || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("status %d, panic %v, %v", w.Code, panicked, w.Header())
	}
	if strings.Contains(w.Body.String(), "MARK") || strings.Contains(g.log.String(), "MARK") {
		t.Errorf("the panic is told: %s\n%s", w.Body, g.log.String())
	}
	if !strings.Contains(g.log.String(), "*errors.errorString") || !strings.Contains(g.log.String(), "edge_test.go") {
		t.Errorf("the log does not say where it was: %s", g.log.String())
	}
}

// An answer that has begun cannot become another: its connection is broken.
func TestAPanicAfterTheAnswerBeganBreaksTheConnection(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"a defect": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("half")); panic("MARK") },
		"a status": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK); panic("MARK") },
		"a broken stream": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("half"))
			panic(http.ErrAbortHandler)
		},
		"before it began": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		g := newGate(h, plenty)
		w, panicked := g.ask("GET", "/v1/x")
		if err, _ := panicked.(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("%s: panics with %v", name, panicked)
		}
		if strings.Contains(w.Body.String(), "problem") || strings.Contains(g.log.String(), "MARK") {
			t.Errorf("%s: %s\n%s", name, w.Body, g.log.String())
		}
	}
}

func TestAnAddressWhoseCredentialsWereRefusedWaits(t *testing.T) {
	t.Parallel()
	asked := 0
	g := newGate(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.Header.Get("Authorization") != "Bearer good" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}, limit.Rate{PerSecond: 0.001, Burst: 2})
	status := func(headers ...string) int {
		w, _ := g.ask("GET", "/v1/x", headers...)
		return w.Code
	}
	// Good credentials cost nothing, bad ones and none count.
	for range 5 {
		if got := status("Authorization: Bearer good"); got != 200 {
			t.Fatalf("a good credential: %d", got)
		}
	}
	if a, b := status("Authorization: Bearer bad"), status(); a != 401 || b != 401 {
		t.Errorf("two refused: %d and %d", a, b)
	}
	before := asked
	for _, credential := range []string{"good", "bad"} {
		w, _ := g.ask("GET", "/v1/x", "Authorization: Bearer "+credential)
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" || w.Header().Get("RateLimit-Remaining") != "0" {
			t.Errorf("a third credential, %s: status %d, %v", credential, w.Code, w.Header())
		}
	}
	if asked != before {
		t.Error("a credential beyond the limit was tried")
	}
	// Who brings none is not guessing, and gets their answer.
	if got := status(); got != 401 {
		t.Errorf("without a credential: %d", got)
	}
}

func TestHeadReachesTheHandlerAsGet(t *testing.T) {
	t.Parallel()
	var seen string
	g := newGate(func(_ http.ResponseWriter, r *http.Request) { seen = r.Method }, plenty)
	for method, want := range map[string]string{"HEAD": "GET", "GET": "GET", "POST": "POST", "OPTIONS": "OPTIONS"} {
		if g.ask(method, "/v1/x"); seen != want {
			t.Errorf("%s arrives as %s", method, seen)
		}
	}
}

func TestThePreflightOfAnotherPageIsAnsweredForItsOwnMethodOnly(t *testing.T) {
	t.Parallel()
	reached := false
	g := newGate(func(http.ResponseWriter, *http.Request) { reached = true }, plenty)
	for _, c := range []struct {
		method, path, asks string
		answered, shared   bool
	}{
		{"OPTIONS", "/v1/pledges", "POST", true, true},
		{"OPTIONS", "/v1/pledges", "DELETE", false, false},
		{"OPTIONS", "/v1/pledges", "", false, false},
		{"OPTIONS", edge.ReceiptScript, "GET", true, true},
		{"OPTIONS", "/v1/pledges/pl_1", "POST", false, false},
		{"POST", "/v1/pledges", "", false, true},
		{"GET", "/v1/pledges", "", false, false},
		{"GET", edge.ReceiptScript, "", false, true},
		{"POST", "/v1/receipts:open", "", false, false},
	} {
		reached = false
		headers := []string{"Origin: https://partner.example"}
		if c.asks != "" {
			headers = append(headers, "Access-Control-Request-Method: "+c.asks)
		}
		w, _ := g.ask(c.method, c.path, headers...)
		h := w.Header()
		if reached == c.answered || (h.Get("Access-Control-Allow-Origin") == "https://partner.example") != c.shared {
			t.Errorf("%+v: reached %v, %v", c, reached, h)
		}
		if c.shared && (h.Get("Vary") != "Origin" || h.Get("Access-Control-Allow-Credentials") != "") {
			t.Errorf("%+v: %v", c, h)
		}
		if c.answered && (w.Code != http.StatusNoContent || h.Get("Access-Control-Allow-Methods") != c.asks) {
			t.Errorf("%+v: status %d, %v", c, w.Code, h)
		}
	}
	// Without an origin no page asks, and nothing is said of sharing.
	if w, _ := g.ask("POST", "/v1/pledges"); w.Header().Get("Access-Control-Allow-Origin") != "" || w.Header().Get("Vary") != "" {
		t.Errorf("%v", w.Header())
	}
}

func TestARequestNamesItselfByUUIDOnly(t *testing.T) {
	t.Parallel()
	var inside string
	g := newGate(func(_ http.ResponseWriter, r *http.Request) {
		inside = edge.From(r.Context()).ID + r.Header.Get("X-Request-Id")
	}, plenty)
	const id = "0b0c1a52-7b26-4a9e-8f9e-1f2f3a4b5c6d"
	for given, taken := range map[string]bool{id: true, strings.ToUpper(id): true, "ivan@example.org": false, id + "0": false, "": false, strings.Repeat("a", 32): false} {
		w, _ := g.ask("GET", "/v1/x", "X-Request-Id: "+given)
		got := w.Header().Get("X-Request-Id")
		if taken != (got == id) || !taken && !strings.HasPrefix(got, "call_") || inside != got {
			t.Errorf("%q: the request is %q, inside %q", given, got, inside)
		}
	}
	if edge.From(t.Context()).ID != "" {
		t.Error("a context without a request has an id")
	}
}

func TestHealthIsLoggedQuietly(t *testing.T) {
	t.Parallel()
	g := newGate(func(http.ResponseWriter, *http.Request) {}, plenty)
	for path, level := range map[string]string{"/healthz": "DEBUG", "/readyz": "DEBUG", "/v1/funds": "INFO"} {
		g.log.Reset()
		g.ask("GET", path)
		if !strings.Contains(g.log.String(), "level="+level) {
			t.Errorf("%s: %s", path, g.log.String())
		}
	}
}

func TestWhatIsRefusedAtTheEdgeReachesNobody(t *testing.T) {
	t.Parallel()
	reached := false
	g := newGate(func(http.ResponseWriter, *http.Request) { reached = true }, plenty)
	for _, headers := range [][]string{
		{"Content-Encoding: gzip"}, {"Idempotency-Key: a", "Idempotency-Key: b"}, {"If-Match: a", "If-Match: b"}, {"Origin: a", "Origin: b"},
		{"Accept-Language: бел"}, {"Stripe-Signature: a\tb"}, {"Content-Type: text/\x7f"},
	} {
		w, _ := g.ask("POST", "/v1/pledges", headers...)
		if w.Code != http.StatusBadRequest || reached {
			t.Errorf("%v: status %d, reached %v", headers, w.Code, reached)
		}
	}
	if w, _ := g.ask("GET", "/v1/x", "Accept: a", "Accept: b", "Accept-Language: be", "Accept-Language: ru"); w.Code != 200 || !reached {
		t.Errorf("what may come twice: status %d", w.Code)
	}
}
