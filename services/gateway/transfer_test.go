package gateway_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/gateway"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAListIsUploadedInChunks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	file := strings.Repeat("0123456789abcdef", 20_000) // several chunks and a rest
	a := b.do("POST", "/v1/prisonerImports?sourceList=spring", file+"end", "Content-Type: text/csv; charset=utf-8", "Idempotency-Key: once")
	if a.status != http.StatusCreated || a.header.Get("Location") != "/v1/prisonerImports/i_1" {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	b.services.set(func(s *services) {
		if string(s.upload) != file+"end" || !s.whole {
			t.Errorf("%d bytes arrived, whole %t", len(s.upload), s.whole)
		}
		if s.list.GetSourceList() != "spring" || len(s.list.GetRequestId()) != 36 {
			t.Errorf("header %v", s.list)
		}
	})
}

func TestAnUploadThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for name, request := range map[string]string{
		"a length that is not reached": "Content-Length: 1000000\r\n\r\n" + strings.Repeat("x", 70_000),
		"chunks without an end":        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST /v1/prisonerImports?sourceList=spring HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer everything\r\nContent-Type: text/csv\r\n%s", request)
		_ = conn.(*net.TCPConn).CloseWrite()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		body, _ := io.ReadAll(resp.Body)
		conn.Close()
		if resp.StatusCode != http.StatusBadRequest || !bytes.Contains(body, []byte("BODY_INCOMPLETE")) {
			t.Errorf("%s: status %d, %s", name, resp.StatusCode, body)
		}
		if look(b.services, func(s *services) bool { return s.whole }) {
			t.Errorf("%s is taken for whole", name)
		}
	}
}

func TestUploadsAreRefusedByTypeParameterAndRight(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.want("JSON", b.do("POST", "/v1/prisonerImports?sourceList=spring", "{}"), 415, "UNSUPPORTED_MEDIA_TYPE")
	b.want("a wrong parameter", b.do("POST", "/v1/prisonerImports?list=spring", "x", "Content-Type: text/csv"), 400, "INVALID_FIELD")
	b.want("text", b.do("POST", "/v1/statements", "a,b", "Content-Type: text/plain"), 415, "UNSUPPORTED_MEDIA_TYPE")
	b.want("nobody", b.do("POST", "/v1/statements", "<x/>", "Content-Type: application/xml", "Authorization: "), 401, "UNAUTHENTICATED")
	b.want("somebody else", b.do("POST", "/v1/statements", "<x/>", "Content-Type: application/xml", "Authorization: Bearer nothing"), 403, "PERMISSION_DENIED")
	b.services.set(func(s *services) { s.err = fault.New(fault.Invalid, "NOT_XML", "The file is not XML.") })
	b.want("a bad file", b.do("POST", "/v1/statements", strings.Repeat("x", 300_000), "Content-Type: application/xml"), 400, "NOT_XML")
}

func TestWhatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for path, limit := range map[string]int64{
		"/v1/prisonerImports?sourceList=spring": 100 << 20, "/v1/statements": 20 << 20, "/webhooks/stripe": 192 << 10, "/v1/pledges": 64 << 10,
	} {
		kind := map[bool]string{true: "application/xml", false: "text/csv"}[path == "/v1/statements"]
		conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer everything\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", path, kind, limit+1)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		body, _ := io.ReadAll(resp.Body)
		conn.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge || !bytes.Contains(body, []byte("BODY_TOO_LARGE")) {
			t.Errorf("%s: status %d, %s", path, resp.StatusCode, body)
		}
	}
	if !b.services.untouched() {
		t.Error("something reached a service")
	}
}

// silent begins an upload whose body comes only when it is asked for, which is never,
// and returns its connection.
func silent(b *bench, credential string) net.Conn {
	b.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "POST /v1/statements HTTP/1.1\r\nHost: x\r\n%sContent-Type: application/xml\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n", credential)
	return conn
}

// first returns the status of a connection's answer.
func first(t *testing.T, conn net.Conn) int {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

func TestWhoMayNotUploadIsToldBeforeTheBodyComes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for credential, want := range map[string]int{
		"": 401, "Authorization: Bearer invented\r\n": 401, "Authorization: Bearer nothing\r\n": 403,
	} {
		if got := first(t, silent(b, credential)); got != want {
			t.Errorf("%q: status %d, want %d", credential, got, want)
		}
	}
}

func TestOnePersonHasFewUploadsOpenAndOthersAreServed(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *gateway.Config) { c.Uploads, c.UploadsEach = 5, 2 })
	b.do("GET", "/v1/staff:me", "") // known from now on
	const everything = "Authorization: Bearer everything\r\n"
	for range 2 {
		if got := first(t, silent(b, everything)); got != http.StatusContinue {
			t.Fatalf("one of two: status %d", got)
		}
	}
	a := b.do("POST", "/v1/statements", "<x/>", "Content-Type: application/xml")
	b.want("a third one", a, 503, "OVERLOADED")
	if a.header.Get("Retry-After") == "" {
		t.Errorf("%v", a.header)
	}
	if got := first(t, silent(b, "Authorization: Bearer nothing\r\n")); got != http.StatusForbidden {
		t.Errorf("somebody else: status %d", got)
	}
	if a := b.do("GET", "/v1/staff:me", ""); a.status != http.StatusOK {
		t.Errorf("another call: status %d", a.status)
	}
}

// More calls than may run at once are refused at once; those that run are served, and
// once they are done everybody is again.
func TestCallsBeyondThoseThatFitAreRefusedAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *gateway.Config) { c.Calls, c.CallsEach = 4, 3 })
	b.do("GET", "/v1/staff:me", "")
	hold := make(chan struct{})
	b.services.set(func(s *services) { s.hold = hold })
	served := make(chan int, 3)
	for range 3 {
		go func() {
			a := b.do("GET", "/v1/staff:me", "")
			for a.status == http.StatusServiceUnavailable { // the look below had its place
				a = b.do("GET", "/v1/staff:me", "")
			}
			served <- a.status
		}()
	}
	a := b.do("GET", "/v1/staff", "")
	for a.status == http.StatusOK { // the three are still on their way
		a = b.do("GET", "/v1/staff", "")
	}
	b.want("a fourth", a, 503, "OVERLOADED")
	if a := b.do("GET", "/v1/staff", "", "Authorization: Bearer nothing"); a.status != http.StatusForbidden {
		t.Errorf("another caller finds no room: status %d", a.status)
	}
	if a := b.do("GET", "/healthz", ""); a.status != http.StatusOK {
		t.Errorf("health: status %d", a.status)
	}
	close(hold)
	for range 3 {
		if status := <-served; status != http.StatusOK {
			t.Errorf("one that ran: status %d", status)
		}
	}
	if a := b.do("GET", "/v1/staff", ""); a.status != http.StatusOK {
		t.Errorf("afterwards: status %d, %s", a.status, a.body)
	}
}

func TestAStatementIsTakenInAndASecondTimeReplayed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do("POST", "/v1/statements", "<Document/>", "Content-Type: application/xml")
	if a.status != http.StatusCreated || a.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("status %d, %s", a.status, a.body)
	}
	if got := look(b.services, func(s *services) string { return string(s.upload) }); got != "<Document/>" {
		t.Errorf("arrived %q", got)
	}
}

func TestStripesEventArrivesAsItWasSent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	event := " {\"id\": \"evt_1\",\n\t\"n\": 1.0} \xff\x00"
	a := b.do("POST", "/webhooks/stripe", event, "Stripe-Signature: t=1,v1=ab", "Authorization: ", "Content-Type: ")
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	b.services.set(func(s *services) {
		if string(s.event.GetPayload()) != event || s.event.GetSignature() != "t=1,v1=ab" {
			t.Errorf("arrived %q with %q", s.event.GetPayload(), s.event.GetSignature())
		}
	})
	b.services.set(func(s *services) { s.err = fault.New(fault.Invalid, "BAD_SIGNATURE", "The signature is not good.") })
	b.want("forged", b.do("POST", "/webhooks/stripe", event, "Stripe-Signature: t=1,v1=00"), 400, "BAD_SIGNATURE")
}

func TestDownloadsComeWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.services.set(func(s *services) { s.pieces = []string{"one\n", "two\n", strings.Repeat("x", 100_000)} })
	whole := "one\ntwo\n" + strings.Repeat("x", 100_000)
	for path, c := range map[string]struct{ kind, file string }{
		"GET /v1/ledger/journal?format=hledger":         {"text/plain; charset=utf-8", "journal.hledger"},
		"GET /v1/ledger/journal?format=beancount":       {"text/plain; charset=utf-8", "journal.beancount"},
		"GET /v1/ledger/journal?format=csv":             {"application/zip", "journal-csv.zip"},
		"POST /v1/paymentPlans/p_1/files/pf_1:download": {"text/csv; charset=utf-8", "payments.csv"},
		"GET /log/tile/entries/x001/002.p/3":            {"application/octet-stream", ""},
		"GET /log/books/600":                            {"text/plain; charset=utf-8", ""},
	} {
		method, path, _ := strings.Cut(path, " ")
		a := b.do(method, path, "")
		if a.status != 200 || a.body != whole || a.header.Get("Content-Type") != c.kind {
			t.Errorf("%s: status %d, %d bytes of %s", path, a.status, len(a.body), a.header.Get("Content-Type"))
		}
		if _, params, _ := mime.ParseMediaType(a.header.Get("Content-Disposition")); params["filename"] != c.file {
			t.Errorf("%s: the file is named %q", path, params["filename"])
		}
	}
	b.want("no format", b.do("GET", "/v1/ledger/journal", ""), 400, "INVALID_FIELD")
	b.want("another format", b.do("GET", "/v1/ledger/journal?format=xls", ""), 400, "INVALID_FIELD")
	b.want("another file", b.do("POST", "/v1/paymentPlans/p_1/files/pf_2:download", ""), 404, "NOT_FOUND")
}

func TestADownloadThatFailsAtOnceIsAProblem(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.services.set(func(s *services) { s.broken = fault.New(fault.Precondition, "NO_PROPOSAL", "Nobody proposed it.") })
	a := b.do("POST", "/v1/paymentPlans/p_1/files/pf_1:download", "")
	b.want("no proposal", a, 409, "NO_PROPOSAL")
	if a.header.Get("Content-Disposition") != "" {
		t.Error("the problem looks like a file")
	}
}

func TestADownloadThatBreaksOffNeverLooksWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, piece := range []string{"short", strings.Repeat("long", 50_000)} {
		b.services.set(func(s *services) { s.pieces, s.broken = []string{piece}, errors.New("disk gone") })
		r, _ := http.NewRequest("GET", b.url+"/v1/ledger/journal?format=hledger", nil)
		r.Header.Set("Authorization", "Bearer everything")
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			continue // broken before its headers: good too
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err == nil {
			t.Errorf("%d bytes look like a whole journal", len(got))
		}
	}
}

func TestTheLogIsServedRaw(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	a := b.do("GET", "/log/checkpoint", "", "Authorization: ")
	if a.status != 200 || a.body != "solidarity.example/ledger\n7\n…\n" || a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("checkpoint: status %d, %q", a.status, a.body)
	}
	if a = b.do("GET", "/v1/ledger/checkpoint", "", "Authorization: "); a.field("treeSize") != "7" {
		t.Errorf("checkpoint in JSON: %s", a.body)
	}
	if a = b.do("GET", "/log/tile/1/x001/234.p/7", "", "Authorization: "); a.body != "\x00\x01\xff" {
		t.Errorf("tile: %q", a.body)
	}
	b.services.set(func(s *services) {
		if s.tile.GetLevel() != 1 || s.tile.GetIndex() != 1234 || s.tile.GetWidth() != 7 {
			t.Errorf("asked for %v", s.tile)
		}
	})
	if a = b.do("GET", "/log/checkpoints/7", "", "Authorization: "); a.body != "from 7\n" {
		t.Errorf("checkpoints: %q", a.body)
	}
	b.want("books for nobody", b.do("GET", "/log/books/7", "", "Authorization: "), 401, "UNAUTHENTICATED")
	b.want("entries for nobody", b.do("GET", "/log/tile/entries/000", "", "Authorization: "), 401, "UNAUTHENTICATED")
}

func TestAServiceThatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if a := b.do("GET", "/readyz", "", "Authorization: "); a.status != 200 {
		t.Fatalf("ready: status %d, %s", a.status, a.body)
	}
	b.stop()
	start := time.Now()
	a := b.do("POST", "/v1/pledges", pledge)
	b.want("a call", a, 503, "SERVICE_UNAVAILABLE")
	if took := time.Since(start); took > 8*time.Second || a.header.Get("Retry-After") == "" {
		t.Errorf("after %v, %v", took, a.header)
	}
	a = b.do("GET", "/readyz", "")
	b.want("readiness", a, 503, "NOT_READY")
	if detail, _ := a.field("detail").(string); !strings.Contains(detail, "access, disbursements, donations, families, ledger") {
		t.Errorf("%s", a.body)
	}
	if a := b.do("GET", "/healthz", ""); a.status != 200 {
		t.Errorf("alive: status %d", a.status)
	}
}
