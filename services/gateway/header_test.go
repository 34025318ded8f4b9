package gateway_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc/metadata"
)

func TestServicesSeeOnlyTheHeadersOfTheAllowList(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do("POST", "/v1/staff/s_1:freeze", "",
		"Grpc-Metadata-Service: disbursements", "Grpc-Metadata-X-Role: ROLE_TREASURER", "Grpcgateway-Authorization: Bearer x",
		"Grpc-Metadata-Authorization: Bearer nothing", "Grpc-Metadata-Test-Bin: AAAA", "Grpc-Timeout: 1n", "Test-Service: cli",
		"X-Forwarded-Host: evil.example", "X-Real-Ip: 203.0.113.7", "Forwarded: for=203.0.113.7",
		"Cookie: a=b", "User-Agent: MARK", "Referer: https://MARK.example", "X-Http-Method-Override: DELETE", "Te: trailers",
		"Accept-Language: be", "If-Match: \"1\"", "Idempotency-Key: key")
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	allowed := []string{
		"authorization", "idempotency-key", "if-match", "accept-language", "x-request-id", // forwarded
		":authority", "content-type", "user-agent", "grpc-accept-encoding", // gRPC's own
	}
	for name, values := range look(b.services, func(s *services) metadata.MD { return s.headers }) {
		joined := strings.Join(values, " ")
		if !slices.Contains(allowed, name) || strings.Contains(joined, "MARK") || strings.Contains(joined, "203.0.113.7") {
			t.Errorf("the service sees %s: %v", name, values)
		}
	}
	if got := b.services.header("authorization"); len(got) == 0 || slices.ContainsFunc(got, func(v string) bool { return v != "Bearer everything" }) {
		t.Errorf("authorization is %v", got)
	}
	if got := b.services.header("x-request-id"); len(got) != 1 || got[0] != a.header.Get("X-Request-Id") {
		t.Errorf("request id %v, not %s", got, a.header.Get("X-Request-Id"))
	}
}

func TestAMethodIsNotOverridden(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.want("a GET in disguise", b.do("POST", "/v1/staff:me", "", "X-HTTP-Method-Override: GET"), 405, "METHOD_NOT_ALLOWED")
	b.want("a form for a GET", b.do("POST", "/v1/staff:me", "a=b",
		"X-HTTP-Method-Override: GET", "Content-Type: application/x-www-form-urlencoded"), 405, "METHOD_NOT_ALLOWED")
}

func TestARequestIDFromOutsideIsAUUIDOrIgnored(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const id = "6f1c2a3e-0d5b-4c8a-9b7e-1f2d3c4b5a69"
	if got := b.do("GET", "/v1/staff:me", "", "X-Request-Id: "+id).header.Get("X-Request-Id"); got != id {
		t.Errorf("a UUID became %s", got)
	}
	for _, bad := range []string{"MARK", "a b", strings.Repeat("x", 100)} {
		if got := b.do("GET", "/v1/staff:me", "", "X-Request-Id: "+bad).header.Get("X-Request-Id"); got == bad || got == "" {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

func TestHeadersWithoutMeaningAreRefusedNotDropped(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, header := range map[string]string{"Idempotency-Key": "Idempotency-Key: ключ", "Authorization": "Authorization: Bearer ё"} {
		a := b.do("POST", "/v1/staff/s_1:freeze", "", header)
		b.want(header, a, 400, "INVALID_FIELD")
		if a.violation() != name {
			t.Errorf("%s: names %q", header, a.violation())
		}
	}
	r, _ := http.NewRequest("GET", b.url+"/v1/staff:me", nil)
	r.Header["Authorization"] = []string{"Bearer nothing", "Bearer everything"}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest {
		t.Errorf("two credentials: status %d", resp.StatusCode)
	}
	r, _ = http.NewRequest("POST", b.url+"/v1/staff/s_1:freeze", nil)
	r.Header["Idempotency-Key"] = []string{""}
	resp, err = http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusBadRequest || !b.services.untouched() {
		t.Errorf("an empty key: status %d", resp.StatusCode)
	}
}

func TestHugeHeadersAreRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if a := b.do("GET", "/v1/staff:me", "", "X-Padding: "+strings.Repeat("x", 24<<10)); a.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("status %d", a.status)
	}
}

// What is longer than services take is refused by name: they would else say only that
// something is wrong inside.
func TestALongHeaderIsRefusedByName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, longest := range map[string]int{"Authorization": 8 << 10, "If-Match": 1 << 10, "Accept-Language": 1 << 10, "Origin": 1 << 10, "Idempotency-Key": 1 << 10} {
		a := b.do("GET", "/v1/staff:me", "", name+": Bearer "+strings.Repeat("x", longest))
		b.want(name, a, 400, "INVALID_FIELD")
		if a.violation() != name {
			t.Errorf("%s: names %q", name, a.violation())
		}
	}
	a := b.do("POST", "/v1/staff/s_1:freeze", "", "Authorization: Bearer "+strings.Repeat("x", 8000), "If-Match: "+strings.Repeat("x", 1000),
		"Accept-Language: "+strings.Repeat("x", 1000), "Origin: "+strings.Repeat("x", 1000), "Idempotency-Key: "+strings.Repeat("x", 1000))
	b.want("all of them as long as they may be", a, 401, "UNAUTHENTICATED")
}

func TestTheLogHoldsNothingOfTheRequestItself(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.do("GET", "/v1/MARK1?MARK2=MARK3", "", "Authorization: Bearer MARK4", "X-Request-Id: MARK5", "User-Agent: MARK6", "Origin: https://MARK7.example")
	b.do("GET", "/v1/pledges/MARK8", "")
	b.do("POST", "/v1/pledges", `{"MARK9": "MARK10"}`)
	b.do("POST", "/webhooks/stripe", "MARK11", "Stripe-Signature: MARK12")
	log := b.log.String()
	if strings.Contains(log, "MARK") || strings.Contains(log, "127.0.0.1") {
		t.Errorf("the log holds a mark or an address:\n%s", log)
	}
	if !strings.Contains(log, "GET /v1/{name=pledges/*}") {
		t.Errorf("the log does not name the path's pattern:\n%s", log)
	}
}
