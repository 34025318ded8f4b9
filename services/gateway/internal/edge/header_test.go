package edge

import (
	"net/http/httptest"
	"testing"
)

func TestTheAddressIsTakenFromAFixedHop(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		remote, forwarded string
		hops              int
		want              string
	}{
		{"192.0.2.1:99", "", 0, "192.0.2.1"},
		{"192.0.2.1:99", "203.0.113.7", 0, "192.0.2.1"}, // nobody is believed
		{"10.0.0.1:99", "203.0.113.7", 1, "203.0.113.7"},
		{"10.0.0.1:99", "1.1.1.1, 203.0.113.7", 1, "203.0.113.7"}, // the client's own claim is not
		{"10.0.0.1:99", "1.1.1.1, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"},
		{"10.0.0.1:99", "", 1, "10.0.0.1"},
		{"10.0.0.1:99", "nonsense", 1, "unknown"},
		{"[2001:db8:1:2:3:4:5:6]:99", "", 0, "2001:db8:1:2::/64"},
		{"[::ffff:192.0.2.1]:99", "", 0, "192.0.2.1"},
		{"@", "", 0, "unknown"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := address(r, c.hops); got != c.want {
			t.Errorf("%s, %q, %d hops: %s", c.remote, c.forwarded, c.hops, got)
		}
	}
}
