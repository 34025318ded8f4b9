package restclient_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

func TestAnUnavailableInstallationIsAskedAgainWithTheSameKey(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var keys []string
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		switch len(keys) {
		case 1: // hang up in the middle
			conn, _, _ := http.NewResponseController(w).Hijack()
			conn.Close()
		case 2:
			problem(w, http.StatusServiceUnavailable, "PEER_UNAVAILABLE")
		default:
			_ = json.NewEncoder(w).Encode(map[string]string{"name": "pledges/pg_1"})
		}
	})
	var out struct{ Name string }
	if err := restclient.New(server.URL, "").Post(t.Context(), "/v1/pledges", map[string]int{"a": 1}, &out); err != nil {
		t.Fatal(err)
	}
	if out.Name != "pledges/pg_1" || len(keys) != 3 || keys[0] == "" || len(slices.Compact(keys)) != 1 {
		t.Errorf("answer %q after keys %q", out.Name, keys)
	}
}

func TestAFileIsAskedForAgainWhereTheAnswerBreaksOff(t *testing.T) {
	t.Parallel()
	asked := 0
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		if asked == 1 {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half of ")
			return
		}
		_, _ = io.WriteString(w, "the whole file")
	})
	content, err := restclient.New(server.URL, "").File(t.Context(), "/log/checkpoint")
	if err != nil || string(content) != "the whole file" || asked != 2 {
		t.Errorf("read %q, %v after asking %d times", content, err, asked)
	}
}

func TestOtherRefusalsAreProblemsAtOnce(t *testing.T) {
	t.Parallel()
	calls := 0
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"status":400,"reason":"INVALID_FIELD","detail":"One field is wrong.",
			"violations":[{"field":"amount","description":"is required"}]}`)
	})
	err := restclient.New(server.URL, "").Get(t.Context(), "/v1/funds", nil)
	var p *restclient.Problem
	if !errors.As(err, &p) || p.Status != 400 || p.Reason != "INVALID_FIELD" || p.Violations[0].Field != "amount" {
		t.Errorf("got %v", err)
	}
	if calls != 1 {
		t.Errorf("asked %d times", calls)
	}
}

func TestAnAnswerThatIsNoProblemKeepsItsText(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "proxy says no", http.StatusBadGateway) })
	_, err := restclient.New(server.URL, "").Do(t.Context(), http.MethodGet, "/x", "", "", nil)
	if err == nil || !strings.Contains(err.Error(), "proxy says no") {
		t.Errorf("got %v", err)
	}
}

func TestTheCallerPresentsItsToken(t *testing.T) {
	t.Parallel()
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_ = json.NewEncoder(w).Encode(r.Header.Get("Authorization"))
	})
	var got string
	if err := restclient.New(server.URL+"/", "t-1").Get(t.Context(), "/v1/staff:me", &got); err != nil || got != "Bearer t-1" {
		t.Errorf("presented %q, %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := restclient.New("http://127.0.0.1:1", "").Get(ctx, "/", nil); err == nil {
		t.Error("a call to nowhere succeeded")
	}
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func problem(w http.ResponseWriter, status int, reason string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"status": status, "reason": reason})
}
