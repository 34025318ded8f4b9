package transfer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc/metadata"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAKeyOfAnyFormBecomesOneUUID(t *testing.T) {
	t.Parallel()
	const own = "0b0c1a52-7b26-4a9e-8f9e-1f2f3a4b5c6d"
	if got := asUUID(own); got != own {
		t.Errorf("a UUID becomes %s", got)
	}
	if got := asUUID(strings.ToUpper(own)); got != own {
		t.Errorf("a UUID in capitals becomes %s", got)
	}
	if asUUID("") != "" {
		t.Error("no key becomes one")
	}
	seen := map[string]string{}
	for _, key := range []string{"a", "b", "A", "a ", " a", "ab", strings.Repeat("k", 255), own + "x"} {
		id := asUUID(key)
		if _, err := uuid.Parse(id); err != nil {
			t.Errorf("%q becomes %s", key, id)
		}
		if other, twice := seen[id]; twice {
			t.Errorf("%q and %q are one key", key, other)
		}
		if seen[id] = key; asUUID(key) != id {
			t.Errorf("%q becomes another key the second time", key)
		}
	}
}

func TestOnlyMediaTypesThatAreTakenAreTaken(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"text/csv": true, "text/csv; charset=windows-1251": true, "TEXT/CSV": true, "text/plain": true,
		"": false, "text": false, "text/csv, text/html": false, "text/html": false, "application/json": false, "text/csv;=": false,
	} {
		r := httptest.NewRequest("POST", "/", nil)
		r.Header.Set("Content-Type", header)
		if got := typed(r, "text/csv", "text/plain"); got != want {
			t.Errorf("%q: %v", header, got)
		}
	}
}

// A call carries what services may see of the request, and has an end.
func TestATransferCarriesTheHeadersOfTheAllowListAndEnds(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("GET", "/", nil)
	for name, value := range map[string]string{
		"Authorization": "Bearer x", "Idempotency-Key": "k", "Accept-Language": "be", "X-Request-Id": "r_1",
		"Content-Type": "text/csv", "Stripe-Signature": "s", "Cookie": "c", "Grpc-Metadata-Role": "r", "X-Forwarded-For": "f",
	} {
		r.Header.Set(name, value)
	}
	ctx, cancel := begin(httptest.NewRecorder(), r, time.Minute)
	defer cancel()
	md, _ := metadata.FromOutgoingContext(ctx)
	for name, want := range map[string]string{"authorization": "Bearer x", "idempotency-key": "k", "accept-language": "be", "x-request-id": "r_1"} {
		if got := md.Get(name); len(got) != 1 || got[0] != want {
			t.Errorf("%s is %v", name, got)
		}
	}
	if len(md) != 4 {
		t.Errorf("services see %v", md)
	}
	if end, ok := ctx.Deadline(); !ok || time.Until(end) > time.Minute {
		t.Errorf("the call ends at %v", end)
	}
}

// The answer to an upload matters even if the client has gone: whoever repeats it finds
// out. That it has gone shows in the body alone.
func TestAnUploadOutlivesItsClient(t *testing.T) {
	t.Parallel()
	gone, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequest("POST", "/", nil).WithContext(gone)
	ctx, cancel := whole(httptest.NewRecorder(), r)
	defer cancel()
	if ctx.Err() != nil {
		t.Errorf("the call of an upload is over: %v", ctx.Err())
	}
	if ctx, cancel := begin(httptest.NewRecorder(), r, time.Minute); ctx.Err() == nil {
		t.Error("the call of a download goes on without its client")
	} else {
		cancel()
	}
}

// pieces is a stream of pieces that ends with an error.
func pieces(end error, all ...string) func() ([]byte, error) {
	return func() ([]byte, error) {
		if len(all) == 0 {
			return nil, end
		}
		next := all[0]
		all = all[1:]
		return []byte(next), nil
	}
}

func TestADownloadIsWholeOrBroken(t *testing.T) {
	t.Parallel()
	refusal := fault.New(fault.NotFound, "NOT_FOUND", "There is no such file.")
	for name, c := range map[string]struct {
		next   func() ([]byte, error)
		status int
		body   string
		broken bool
	}{
		"whole":               {pieces(io.EOF, "one ", "two"), 200, "one two", false},
		"empty":               {pieces(io.EOF), 200, "", false},
		"refused":             {pieces(refusal), 404, "NOT_FOUND", false},
		"refused in the end":  {pieces(refusal, "one "), 200, "one ", true},
		"broken in the midst": {pieces(errors.New("disk gone"), "one ", "two"), 200, "one two", true},
	} {
		w := httptest.NewRecorder()
		panicked := func() (v any) {
			defer func() { v = recover() }()
			pull(w, httptest.NewRequest("GET", "/", nil), "text/plain", "file.txt", c.next)
			return nil
		}()
		err, _ := panicked.(error)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) || errors.Is(err, http.ErrAbortHandler) != c.broken {
			t.Errorf("%s: status %d, %q, panic %v", name, w.Code, w.Body, panicked)
		}
		if named := w.Header().Get("Content-Disposition") != ""; named != (c.status == 200) {
			t.Errorf("%s: %v", name, w.Header())
		}
	}
}

// deaf is a client that takes nothing any more.
type deaf struct{ *httptest.ResponseRecorder }

func (deaf) Write([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestADownloadStopsWhenItsClientGoes(t *testing.T) {
	t.Parallel()
	asked := 0
	defer func() {
		if v := recover(); v != http.ErrAbortHandler || asked != 1 { //nolint:errorlint // a panic's value
			t.Errorf("panics with %v after %d pieces", v, asked)
		}
	}()
	pull(deaf{httptest.NewRecorder()}, httptest.NewRequest("GET", "/", nil), "text/plain", "", func() ([]byte, error) {
		asked++
		return []byte("piece"), nil
	})
}

func TestAnUploadsEndIsToldByItsKind(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		err    error
		status int
	}{
		"BODY_TOO_LARGE":  {errLarge, 413},
		"BODY_INCOMPLETE": {errBroken, 400},
		"INVALID_FIELD":   {fault.Field("file", fault.FieldRequired, "has no rows"), 400},
		"INTERNAL":        {errors.New("MARK"), 500},
	} {
		w := httptest.NewRecorder()
		finish(w, httptest.NewRequest("POST", "/", nil), nil, c.err)
		if w.Code != c.status || !strings.Contains(w.Body.String(), reason) || strings.Contains(w.Body.String(), "MARK") {
			t.Errorf("%v: status %d, %s", c.err, w.Code, w.Body)
		}
	}
}
