package restclient_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// A file that is cut off silently would be taken for the whole one.
func TestAFileIsReadWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	for size, whole := range map[int]bool{32 << 20: true, 32<<20 + 1: false} {
		server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat("x", size))
		})
		content, err := restclient.New(server.URL, "").File(t.Context(), "/log/tile")
		if whole != (err == nil) || whole && len(content) != size || !whole && content != nil {
			t.Errorf("of %d bytes %d were read: %v", size, len(content), err)
		}
	}
}

func TestACallThatIsStillRunningIsWaitedFor(t *testing.T) {
	t.Parallel()
	var bodies []string
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if bodies = append(bodies, string(body)); len(bodies) < 3 {
			problem(w, http.StatusConflict, "STILL_RUNNING")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	// Each repeat has the whole body; an answer that nobody wants is not read.
	if err := restclient.New(server.URL, "").Post(t.Context(), "/v1/pledges", "x", nil); err != nil {
		t.Fatal(err)
	}
	if len(bodies) != 3 || len(slices.Compact(bodies)) != 1 || bodies[0] != `"x"` {
		t.Errorf("sent %q", bodies)
	}
}

func TestWhoGivesUpIsNotKeptWaiting(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	calls := 0
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls++; calls == 2 {
			defer cancel()
		}
		problem(w, http.StatusServiceUnavailable, "PEER_UNAVAILABLE")
	})
	err := restclient.New(server.URL, "").Get(ctx, "/v1/funds", nil)
	if err == nil || calls != 2 {
		t.Errorf("asked %d times: %v", calls, err)
	}
}

func TestWhatCannotBeSentOrReadIsAnErrorAtOnce(t *testing.T) {
	t.Parallel()
	calls := 0
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		_, _ = io.WriteString(w, "<html>")
	})
	client := restclient.New(server.URL, "")
	var out struct{}
	if err := client.Get(t.Context(), "/v1/funds", &out); err == nil || !strings.Contains(err.Error(), "GET /v1/funds") {
		t.Errorf("an answer that is no JSON: %v", err)
	}
	if err := client.Post(t.Context(), "/v1/funds", func() {}, nil); err == nil {
		t.Error("a request that is no JSON was sent")
	}
	if err := client.Get(t.Context(), "/\x7f", nil); err == nil {
		t.Error("a path that is none was asked for")
	}
	if calls != 1 {
		t.Errorf("asked %d times", calls)
	}
}
