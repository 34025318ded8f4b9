package edge_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/edge"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
)

// A key of a partner's has a rate of its own, however many addresses use it; once without.
func TestAPartnersKeyHasOneRateFromEverywhere(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC) }
	rate := func(burst float64) *limit.Limiter { return limit.New(limit.Rate{PerSecond: 1, Burst: burst}, now) }
	for _, limited := range []bool{true, false} {
		g := newGate(func(http.ResponseWriter, *http.Request) {}, plenty)
		g.edge.General, g.edge.Known = rate(100), limit.NewKnown(now)
		if limited {
			g.edge.Keys, g.edge.PublicKeys = rate(3), rate(6)
		}
		for _, bearer := range []string{"Bearer sk_test_a", "Bearer sk_test_b", "Bearer pk_test_a", "Bearer person"} {
			g.edge.Known.Add(bearer)
		}
		// when each is used from ten addresses
		passed := map[string]int{}
		for _, bearer := range []string{"Bearer sk_test_a", "Bearer sk_test_b", "Bearer pk_test_a", "Bearer person", "Bearer sk_test_invented"} {
			for i := range 10 {
				w := from(g.edge, "192.0.2."+strconv.Itoa(i+1), bearer)
				if w.Code == http.StatusOK {
					passed[bearer]++
				} else if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "1" || w.Header().Get("RateLimit-Remaining") != "0" || w.Header().Get("RateLimit-Reset") == "" {
					t.Errorf("%s: %d %v", bearer, w.Code, w.Header())
				}
				if limited && i == 0 && bearer == "Bearer sk_test_a" && (w.Header().Get("RateLimit-Limit") != "3" || w.Header().Get("RateLimit-Remaining") != "2") {
					t.Errorf("headers of the first call: %v", w.Header())
				}
			}
		}
		// then the keys that are known share one rate each
		want := map[string]int{"Bearer sk_test_a": 10, "Bearer sk_test_b": 10, "Bearer pk_test_a": 10, "Bearer person": 10, "Bearer sk_test_invented": 10}
		if limited {
			want["Bearer sk_test_a"], want["Bearer sk_test_b"], want["Bearer pk_test_a"] = 3, 3, 6
		}
		for bearer, n := range want {
			if passed[bearer] != n {
				t.Errorf("limited %v: %s passed %d times, want %d", limited, bearer, passed[bearer], n)
			}
		}
	}
}

// from sends a request of a credential from an address.
func from(e *edge.Edge, address, bearer string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, "/v1/pledges", http.NoBody)
	r.RemoteAddr = address + ":1234"
	r.Header.Set("Authorization", bearer)
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}
