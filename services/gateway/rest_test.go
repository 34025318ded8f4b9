package gateway_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/gateway"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const pledge = `{"amount": {"minorUnits": "5000", "currencyCode": "EUR"}, "designations": [{"fund": "funds/general"}]}`

func TestACreateAnswers201WithItsPlace(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do("POST", "/v1/pledges", pledge, "Idempotency-Key: first time")
	if a.status != http.StatusCreated || a.header.Get("Location") != "/v1/pledges/pl_1" {
		t.Errorf("status %d at %q: %s", a.status, a.header.Get("Location"), a.body)
	}
	if a.field("checkoutUrl") != "https://checkout.example/1" || a.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("answer %s, %v", a.body, a.header)
	}
	if got := look(b.services, func(s *services) int64 { return s.pledge.GetPledge().GetAmount().GetMinorUnits() }); got != 5000 {
		t.Errorf("the service got %d", got)
	}
}

func TestAReplayIsToldAndNoOtherHeaderComesThrough(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do("POST", "/v1/pledges", pledge, "Idempotency-Key: seen before")
	if a.status != http.StatusCreated || a.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("status %d, %v", a.status, a.header)
	}
	for name, values := range a.header {
		if strings.Contains(strings.Join(values, " "), "MARK") {
			t.Errorf("the header %s comes through", name)
		}
	}
}

func TestACustomMethodTakesItsNameFromThePath(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, body := range []string{"", "{}", `{"requestId": "r"}`} {
		if a := b.do("POST", "/v1/staff/s_1:freeze", body); a.status != http.StatusOK || a.field("name") != "staff/s_1" {
			t.Errorf("%q: status %d, %s", body, a.status, a.body)
		}
	}
	a := b.do("POST", "/v1/staff/s_1:freeze", `{"name": "staff/s_2"}`)
	if got := look(b.services, func(s *services) string { return s.staff.GetName() }); a.status == http.StatusOK && got != "staff/s_1" {
		t.Errorf("the body changed the name to %s", got)
	}
}

func TestAListLinksToItsNextPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do("GET", "/v1/staff?pageSize=1", "")
	token, _ := a.field("nextPageToken").(string)
	want := `</v1/staff?pageSize=1&pageToken=` + url.QueryEscape(token) + `>; rel="next"`
	if a.status != http.StatusOK || !strings.HasPrefix(token, "next&page") || a.header.Get("Link") != want {
		t.Fatalf("status %d, token %q, Link %s", a.status, token, a.header.Get("Link"))
	}
	if a = b.do("GET", "/v1/staff?pageToken="+url.QueryEscape(token), ""); a.header.Get("Link") != "" || a.field("nextPageToken") != "" {
		t.Errorf("the last page links on: %v %s", a.header["Link"], a.body)
	}
}

// Proxies and monitors ask by HEAD: RFC 9110, 9.1 and 9.3.2.
func TestHEADAnswersAsGETWithoutABody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, path := range []string{
		"/healthz", "/readyz", "/docs", "/openapi.yaml", "/receipt-token.js", "/v1/staff?pageSize=1", "/v1/pledges/pl_1",
		"/v1/staff?pageSize=x", "/v1/nothing", "/log/checkpoint",
	} {
		get, head := b.do("GET", path, ""), b.do("HEAD", path, "")
		if head.status != get.status || len(head.body) != 0 {
			t.Errorf("%s: GET %d, HEAD %d with %q", path, get.status, head.status, head.body)
		}
		for _, name := range []string{"Content-Type", "Link", "Cache-Control"} {
			if head.header.Get(name) != get.header.Get(name) {
				t.Errorf("%s: %s is %q by GET, %q by HEAD", path, name, get.header.Get(name), head.header.Get(name))
			}
		}
	}
	if a := b.do("HEAD", "/v1/receipts:open", ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("HEAD of what only POST has: status %d", a.status)
	}
}

func TestFaultsBecomeProblems(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.services.set(func(s *services) {
		s.err = fault.Field("amount.minorUnits", fault.FieldNotPositive, "must be greater than zero")
	})
	a := b.do("POST", "/v1/pledges", pledge)
	b.want("a wrong field", a, 400, "INVALID_FIELD")
	if a.violation() != "amount.minorUnits" || a.header.Get("Location") != "" {
		t.Errorf("%s, %v", a.body, a.header)
	}
	b.services.set(func(s *services) { s.err = fault.State("pledge", "PAID", "CANCELLED") })
	b.want("a wrong state", b.do("POST", "/v1/pledges", pledge), 409, "ILLEGAL_STATE")
	b.services.set(func(s *services) { s.err = fault.New(fault.Aborted, "ETAG_MISMATCH", "Read it again.") })
	b.want("an old etag", b.do("POST", "/v1/pledges", pledge), 409, "ETAG_MISMATCH")
	b.want("an old etag in a header", b.do("POST", "/v1/pledges", pledge, `If-Match: "1"`), 412, "ETAG_MISMATCH")
	b.services.set(func(s *services) { s.err = http.ErrServerClosed })
	a = b.do("POST", "/v1/pledges", pledge)
	b.want("a defect", a, 500, "INTERNAL")
	if strings.Contains(a.body, "closed") {
		t.Errorf("the defect is told: %s", a.body)
	}
}

func TestWhoMayNotIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do("GET", "/v1/staff", "", "Authorization: ")
	b.want("no credential", a, 401, "UNAUTHENTICATED")
	if a.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("%v", a.header)
	}
	b.want("an unknown credential", b.do("GET", "/v1/staff", "", "Authorization: Bearer unknown"), 401, "UNAUTHENTICATED")
	b.want("a known person without the role", b.do("GET", "/v1/staff", "", "Authorization: Bearer nothing"), 403, "PERMISSION_DENIED")
}

func TestPathsAndMethodsThatDoNotExist(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, path := range []string{"/", "/v1", "/v1/", "/v1/nothing", "/v1/receipts/", "/v1/receipts/r_1:melt", "/v1/staff/a/b", "/log/tile/0/1", "/log/tile/08/001", "/log/books/01", "/log/books/-1", "/log/checkpoints/+1", "/docs/"} {
		b.want(path, b.do("GET", path, ""), 404, "NO_SUCH_PATH")
	}
	b.want("half a character", b.do("GET", "/v1/pledges/%ff", ""), 400, "MALFORMED_PATH")
	b.want("a NUL", b.do("GET", "/v1/pledges/%00", ""), 400, "MALFORMED_PATH")
	a := b.do("DELETE", "/v1/statements", "")
	b.want("DELETE of a list", a, 405, "METHOD_NOT_ALLOWED")
	if diff := cmp.Diff([]string{"GET", "HEAD", "POST"}, a.header["Allow"]); diff != "" {
		t.Errorf("Allow (-want +got):\n%s", diff)
	}
}

func TestBodiesAreTakenStrictly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for body, field := range map[string]string{
		`{"amount": {"minorUnits": "10.00"}}`:         "amount.minorUnits",
		`{"amount": {"minorUnits": 1e3}}`:             "amount.minorUnits",
		`{"amount": {}, "surprise": 1}`:               "surprise",
		`{"amount": {"minorUnits": 1}, "amount": {}}`: "amount",
	} {
		a := b.do("POST", "/v1/pledges", body)
		b.want(body, a, 400, "INVALID_FIELD")
		if a.violation() != field {
			t.Errorf("%s: names %q", body, a.violation())
		}
	}
	b.want("not JSON", b.do("POST", "/v1/pledges", "{"), 400, "MALFORMED_BODY")
	b.want("a form", b.do("POST", "/v1/pledges", "a=b", "Content-Type: application/x-www-form-urlencoded"), 415, "UNSUPPORTED_MEDIA_TYPE")
	b.want("no type", b.do("POST", "/v1/pledges", "{}", "Content-Type: "), 415, "UNSUPPORTED_MEDIA_TYPE")
	b.want("compressed", b.do("POST", "/v1/pledges", "{}", "Content-Encoding: gzip"), 400, "INVALID_FIELD")
	large := `{"returnUrl": "` + strings.Repeat("x", 64<<10) + `"}`
	b.want("too large", b.do("POST", "/v1/pledges", large), 413, "BODY_TOO_LARGE")
	b.want("an unknown parameter", b.do("GET", "/v1/staff?sort=up", ""), 400, "INVALID_FIELD")
	b.want("the name again", b.do("POST", "/v1/staff/s_1:freeze?name=staff/s_2", ""), 400, "INVALID_FIELD")
	if !b.services.untouched() {
		t.Error("something reached a service")
	}
}

func TestEveryAnswerKeepsBrowsersOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, path := range []string{"/v1/staff", "/v1/nothing", "/healthz", "/docs"} {
		h := b.do("GET", path, "").header
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Strict-Transport-Security": "max-age=63072000; includeSubDomains", "Access-Control-Allow-Origin": "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none'") || len(h["Set-Cookie"]) > 0 {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestOnlyPledgesAreOpenToOtherPages(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do("OPTIONS", "/v1/pledges", "", "Origin: https://partner.example", "Access-Control-Request-Method: POST")
	if a.status != http.StatusNoContent || a.header.Get("Access-Control-Allow-Origin") != "https://partner.example" {
		t.Errorf("preflight: status %d, %v", a.status, a.header)
	}
	a = b.do("POST", "/v1/pledges", pledge, "Origin: https://partner.example")
	if a.status != http.StatusCreated || a.header.Get("Access-Control-Allow-Origin") == "" {
		t.Errorf("pledge: status %d, %v", a.status, a.header)
	}
	if got := b.services.header("origin"); len(got) != 1 || got[0] != "https://partner.example" {
		t.Errorf("the service saw the origin %v", got)
	}
	for _, path := range []string{"/v1/staff", "/v1/receipts:open", "/webhooks/stripe"} {
		a := b.do("OPTIONS", path, "", "Origin: https://partner.example", "Access-Control-Request-Method: POST")
		if a.status < 400 || a.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: status %d, %v", path, a.status, a.header)
		}
	}
	if a := b.do("GET", "/v1/pledges/pl_1", "", "Origin: https://partner.example"); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("reading a pledge: %v", a.header)
	}
}

// A credential counts for itself once a service has found it good; until then, and
// where it is invented, its address counts.
func TestCallersInAHurryWait(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *gateway.Config) { c.Rate, c.RateBurst = 0.001, 3 })
	b.do("GET", "/v1/staff", "")
	for i := range 3 {
		if a := b.do("GET", "/v1/staff", ""); a.status != 200 || a.header.Get("RateLimit-Remaining") != string(rune('2'-i)) {
			t.Fatalf("request %d: status %d, %v", i, a.status, a.header)
		}
	}
	a := b.do("GET", "/v1/staff", "")
	b.want("one more", a, 429, "RATE_LIMITED")
	if a.header.Get("Retry-After") == "" || a.header.Get("RateLimit-Limit") != "3" || a.header.Get("RateLimit-Reset") == "" {
		t.Errorf("%v", a.header)
	}
	if a := b.do("GET", "/v1/staff", "", "Authorization: Bearer nothing"); a.status != 403 {
		t.Errorf("another caller: status %d", a.status)
	}
	b.do("GET", "/v1/staff", "", "Authorization: Bearer invented 1")
	b.want("invented ones", b.do("GET", "/v1/staff", "", "Authorization: Bearer invented 2"), 429, "RATE_LIMITED")
	if a := b.do("GET", "/v1/staff", "", "Authorization: Bearer nothing"); a.status != 403 {
		t.Errorf("a known one behind the same address: status %d", a.status)
	}
}

func TestGuessingIsSlow(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *gateway.Config) { c.GuessRate, c.GuessBurst = 0.001, 2 })
	for range 2 {
		b.do("GET", "/v1/staff", "", "Authorization: Bearer guess")
	}
	b.want("a third credential", b.do("GET", "/v1/staff", "", "Authorization: Bearer other guess"), 429, "RATE_LIMITED")
	b.want("a receipt token", b.do("POST", "/v1/receipts:open", `{"receiptToken": "x"}`, "Authorization: "), 429, "RATE_LIMITED")
}

// Whoever guesses behind an address locks nobody else out there.
func TestWhoWasKnownIsNotLockedOutByGuesses(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *gateway.Config) { c.GuessRate, c.GuessBurst = 0.001, 2 })
	b.do("GET", "/v1/staff", "")
	for range 3 {
		b.do("GET", "/v1/staff", "", "Authorization: Bearer guess")
	}
	if a := b.do("GET", "/v1/staff", ""); a.status != 200 {
		t.Errorf("the treasurer: status %d, %s", a.status, a.body)
	}
	b.want("another guess", b.do("GET", "/v1/staff", "", "Authorization: Bearer guess"), 429, "RATE_LIMITED")
}

func TestAProxyThatNobodyHasToldOfIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do("GET", "/v1/staff", "", "X-Forwarded-For: 203.0.113.7")
	b.want("no hop is set", a, 400, "INVALID_FIELD")
	if a.violation() != "X-Forwarded-For" {
		t.Errorf("names %q", a.violation())
	}
	b = newBench(t, func(c *gateway.Config) { c.ProxyHops = 1 })
	if a := b.do("GET", "/v1/staff", "", "X-Forwarded-For: 203.0.113.7"); a.status != 200 {
		t.Errorf("one hop is set: status %d", a.status)
	}
}

func TestWhatNobodySeesAndWhatIsOnlyAnsweredIsNotTaken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for body, field := range map[string]string{
		`{"returnUrl": "https://a.example/\u200b"}`:     "returnUrl",
		`{"returnUrl": "https://a.example/\u202e"}`:     "returnUrl",
		`{"returnUrl": "https://a.example/\u0085"}`:     "returnUrl",
		`{"returnUrl": "\ufeffhttps://a.example/"}`:     "returnUrl",
		`{"amount": {"currencyCode": "EU\u00adR"}}`:     "amount.currencyCode",
		`{"state": "PLEDGE_STATE_FULFILLED"}`:           "state",
		`{"designations": [{"fund": "funds/g\u2028"}]}`: "designations[0].fund",
	} {
		a := b.do("POST", "/v1/pledges", body)
		b.want(body, a, 400, "INVALID_FIELD")
		if a.violation() != field {
			t.Errorf("%s: names %q", body, a.violation())
		}
	}
	if !b.services.untouched() {
		t.Error("something reached a service")
	}
	b.want("in a query", b.do("GET", "/v1/staff?filter=%E2%80%8B", ""), 400, "INVALID_FIELD")
}
