package signin_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

// clock is a time that tests move by hand.
type clock struct{ now atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Unix(0, c.now.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.now.Add(int64(d)) }

// access is an access service that knows one person.
type access struct {
	asked atomic.Int32

	mu     sync.Mutex
	answer *accessv1.ResolveCallerResponse
	err    error
	got    *accessv1.ResolveCallerRequest
}

func (a *access) ResolveCaller(_ context.Context, req *accessv1.ResolveCallerRequest, _ ...grpc.CallOption) (*accessv1.ResolveCallerResponse, error) {
	a.asked.Add(1)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.got = req
	return a.answer, a.err
}

func (a *access) set(answer *accessv1.ResolveCallerResponse, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer, a.err = answer, err
}

// world is an issuer, an access service and an authenticator between them.
type world struct {
	t      *testing.T
	clock  *clock
	access *access
	server *httptest.Server
	issuer *oidcdev.Issuer
	shown  atomic.Pointer[oidcdev.Issuer] // whose keys are published
	keys   atomic.Int32                   // how often the keys were fetched
	down   atomic.Bool                    // whether the issuer is silent
	auth   *signin.Authenticator
}

// issuer are the settings of most tests.
func issuer(address string) signin.Issuer {
	return signin.Issuer{Address: address, Audience: "solidarity", TokenLife: time.Hour}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{}, access: &access{}}
	w.clock.now.Store(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC).UnixNano())
	w.access.set(&accessv1.ResolveCallerResponse{Person: "staff/s_ada", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER}}, nil)
	w.server = httptest.NewUnstartedServer(http.HandlerFunc(w.serve))
	w.server.Start()
	t.Cleanup(w.server.Close)
	w.rotate()
	var err error
	if w.auth, err = signin.New(t.Context(), issuer(w.server.URL), w.access, w.clock.Now); err != nil {
		t.Fatal(err)
	}
	return w
}

// rotate gives the issuer a new key.
func (w *world) rotate() {
	w.issuer = w.newIssuer(w.server.URL, "solidarity")
	w.shown.Store(w.issuer)
}

func (w *world) newIssuer(address, audience string) *oidcdev.Issuer {
	w.t.Helper()
	issuer, err := oidcdev.New(oidcdev.Options{Issuer: address, Audience: audience, Dir: w.t.TempDir(), Now: w.clock.Now})
	if err != nil {
		w.t.Fatal(err)
	}
	return issuer
}

func (w *world) serve(out http.ResponseWriter, r *http.Request) {
	if w.down.Load() {
		http.Error(out, "down", http.StatusBadGateway)
		return
	}
	if r.URL.Path == "/jwks" {
		w.keys.Add(1)
	}
	w.shown.Load().Handler().ServeHTTP(out, r)
}

func (w *world) token(issuer *oidcdev.Issuer, subject string) string {
	w.t.Helper()
	token, err := issuer.Mint(subject)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

func TestAPersonSignsIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(w.issuer, "ada")
	got, err := w.auth.Authenticate(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	want := identity.Caller{
		Person: "staff/s_ada", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER}, AuthTime: w.clock.Now(), Bearer: token,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("caller (-want +got):\n%s", diff)
	}
	if w.access.got.GetIssuer() != w.server.URL || w.access.got.GetSubject() != "ada" {
		t.Errorf("access was asked about %v", w.access.got)
	}
}

func TestAnAnswerIsKeptForASecondAndNoLonger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(w.issuer, "ada")
	authenticate := func() error { _, err := w.auth.Authenticate(t.Context(), token); return err }
	for range 3 {
		if err := authenticate(); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.access.asked.Load(); got != 1 {
		t.Errorf("access was asked %d times within a second", got)
	}
	w.access.set(&accessv1.ResolveCallerResponse{Person: "staff/s_ada", Frozen: true}, nil)
	w.clock.advance(time.Second)
	if err := authenticate(); !fault.Is(err, "FROZEN") {
		t.Errorf("a second after the freeze: %v", err)
	}
}

func TestATokenOfAnEndedSessionIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.access.set(&accessv1.ResolveCallerResponse{Person: "staff/s_ada", SessionEnded: true}, nil)
	log, err := w.call(w.token(w.issuer, "ada"))
	if !fault.OfKind(err, fault.Unauthenticated) || !strings.Contains(log, `"cause":"the session was ended"`) {
		t.Errorf("%v: %s", err, log)
	}
	if issued := w.access.got.GetIssueTime().AsTime(); issued.After(w.clock.Now()) || w.clock.Now().Sub(issued) > time.Minute {
		t.Errorf("access was told that the token is of %s", issued)
	}
}

func TestARefusalIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(w.issuer, "ada")
	w.access.set(nil, fault.New(fault.NotFound, "STAFF_UNKNOWN", "unknown"))
	if _, err := w.auth.Authenticate(t.Context(), token); !fault.OfKind(err, fault.Unauthenticated) {
		t.Fatal(err)
	}
	w.access.set(&accessv1.ResolveCallerResponse{Person: "staff/s_ada"}, nil)
	if _, err := w.auth.Authenticate(t.Context(), token); err != nil {
		t.Errorf("once enrolled: %v", err)
	}
}

func TestASilentAccessServiceLetsNobodyIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(w.issuer, "ada")
	w.access.set(nil, errors.New("connection refused"))
	if _, err := w.auth.Authenticate(t.Context(), token); !fault.Is(err, "SIGN_IN_UNAVAILABLE") {
		t.Errorf("access is silent: %v", err)
	}
}

func TestAnIssuerMayComeLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(w.issuer, "ada")
	w.down.Store(true)
	for range 2 {
		if _, err := w.auth.Authenticate(t.Context(), token); !fault.Is(err, "SIGN_IN_UNAVAILABLE") {
			t.Fatalf("the issuer is down: %v", err)
		}
	}
	w.down.Store(false)
	w.clock.advance(time.Second)
	if _, err := w.auth.Authenticate(t.Context(), token); err != nil {
		t.Errorf("the issuer is up: %v", err)
	}
}

func TestManyCallersWithOneTokenAskOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	token := w.token(w.issuer, "ada")
	var wait sync.WaitGroup
	for range 64 {
		wait.Go(func() {
			if _, err := w.auth.Authenticate(t.Context(), token); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if got := w.access.asked.Load(); got != 1 {
		t.Errorf("access was asked %d times", got)
	}
}

func TestOneImpatientCallerDoesNotCancelTheOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	token := w.token(w.issuer, "ada")
	_, _ = w.auth.Authenticate(ctx, token)
	if _, err := w.auth.Authenticate(t.Context(), token); err != nil {
		t.Error(err)
	}
}
