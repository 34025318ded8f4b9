package access_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access"
	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/tlstest"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	hosted "github.com/solidarity-fund/solidarity/services/internal/service"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
	"github.com/solidarity-fund/solidarity/services/ledger/ledgertest"
)

// service is the whole access service, as shipped, beside a ledger that checks tokens
// itself.
type service struct {
	t         *testing.T
	config    access.Config
	authority *tlstest.Authority
	issuer    *oidcdev.Issuer
	ledger    *ledgertest.Ledger
}

func start(t *testing.T) *service {
	t.Helper()
	s := &service{t: t, authority: tlstest.New(t), ledger: ledgertest.New(t, time.Now)}
	dir := t.TempDir()
	var err error
	oidc := httptest.NewUnstartedServer(nil)
	issuer := "http://" + oidc.Listener.Addr().String()
	if s.issuer, err = oidcdev.New(oidcdev.Options{Issuer: issuer, Dir: dir, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	oidc.Config.Handler = s.issuer.Handler()
	oidc.Start()
	t.Cleanup(oidc.Close)
	url, ownerURL := postgrestest.URLs(t, nil)
	s.config = access.Config{
		Service: config.Service{
			Common: config.Common{
				Listen: tlstest.FreeAddress(t), TLSDir: s.authority.Folder("access"), OIDCIssuer: issuer, OIDCAudience: "solidarity", OIDCTokenLife: time.Hour,
				Development: true,
			},
			Database: config.Database{DatabaseURL: url, MigrateURL: ownerURL},
			Secrets:  config.Secrets{SecretFile: filepath.Join(dir, "secret.json")},
		},
		Ledger: config.Ledger{LedgerAddr: tlstest.FreeAddress(t)},
	}
	s.serveLedger()
	s.run(func(ctx context.Context) error {
		return access.Run(ctx, hosted.Host{Log: slog.New(slog.DiscardHandler)}, s.config)
	})
	return s
}

// run runs something until the test ends.
func (s *service) run(f func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) { // told to stop while it started
			s.t.Errorf("run: %v", err)
		}
	})
}

// serveLedger serves the ledger's books, which check each token and know people by
// their leaves alone.
func (s *service) serveLedger() {
	s.t.Helper()
	certificate, err := mtls.Load(s.authority.Folder("ledger"))
	if err != nil {
		s.t.Fatal(err)
	}
	authenticator, err := signin.New(s.t.Context(), signin.Issuer{
		Address: s.config.OIDCIssuer, Audience: s.config.OIDCAudience, TokenLife: time.Hour,
	}, s.ledger.Resolver(), time.Now)
	if err != nil {
		s.t.Fatal(err)
	}
	lis, err := rpc.Listen(s.config.LedgerAddr)
	if err != nil {
		s.t.Fatal(err)
	}
	g := rpc.NewServer(rpc.Options{TLS: certificate.Server(), Authenticator: authenticator, Log: slog.New(slog.DiscardHandler), Now: time.Now})
	s.ledger.Register(g)
	s.run(func(ctx context.Context) error { return rpc.Serve(ctx, g, lis) })
}

// dial connects to access as another service.
func (s *service) dial(name string) *grpc.ClientConn {
	s.t.Helper()
	return s.authority.Dial(s.config.Listen, name, "access")
}

// found names the first officers, as the command does.
func (s *service) found(officers ...string) error {
	_, err := access.Init(s.t.Context(), hosted.Host{Log: slog.New(slog.DiscardHandler)}, s.config, officers)
	return err
}

// as is a context that bears a token of a person.
func (s *service) as(ctx context.Context, subject string) context.Context {
	s.t.Helper()
	token, err := s.issuer.Mint(subject)
	if err != nil {
		s.t.Fatal(err)
	}
	return bearing(ctx, token)
}

func bearing(ctx context.Context, token string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
}

func TestTheFirstOfficersGrantWithTheirOwnTokensAndAPersonIsFrozen(t *testing.T) {
	t.Parallel()
	s := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	people := accessv1.NewStaffServiceClient(s.dial("gateway"))

	// Given an installation that nobody founded, where nobody may do anything,
	if _, err := people.ProposeStaff(s.as(ctx, "olga"), &accessv1.ProposeStaffRequest{Subject: "ada"}); !fault.Is(err, "UNAUTHENTICATED") {
		t.Fatalf("before the founding: %v", err)
	}
	// when it is founded, which happens once,
	if err := s.found("olga", "oleg"); err != nil {
		t.Fatal(err)
	}
	if err := s.found("eva", "ewa"); !fault.Is(err, "ALREADY_FOUNDED") {
		t.Errorf("a second time: %v", err)
	}
	// then its officers grant with tokens of their own.
	ada, err := people.ProposeStaff(s.as(ctx, "olga"), &accessv1.ProposeStaffRequest{Subject: "ada"})
	if err == nil {
		ada, err = people.ConfirmStaff(s.as(ctx, "oleg"), &accessv1.ConfirmStaffRequest{Name: ada.GetName(), Subject: "ada"})
	}
	if err != nil {
		t.Fatal(err)
	}
	g, err := people.ProposeGrant(s.as(ctx, "olga"), &accessv1.ProposeGrantRequest{Parent: ada.GetName(), Role: policyv1.Role_ROLE_TREASURER})
	if err == nil {
		_, err = people.ConfirmGrant(s.as(ctx, "oleg"), &accessv1.ConfirmGrantRequest{Name: g.GetName(), Subject: "ada"})
	}
	if err != nil {
		t.Fatal(err)
	}
	signedIn := s.as(ctx, "ada")
	self, err := people.GetSelf(signedIn, &accessv1.GetSelfRequest{})
	if err != nil || self.GetName() != ada.GetName() {
		t.Fatalf("self is %v: %v", self, err)
	}
	// Freezing acts within a second, and without a credential nothing works.
	if _, err := people.FreezeStaff(signedIn, &accessv1.FreezeStaffRequest{Name: self.GetName()}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	if _, err := people.GetSelf(signedIn, &accessv1.GetSelfRequest{}); !fault.Is(err, "FROZEN") {
		t.Errorf("a second after the freeze: %v", err)
	}
	if _, err := people.GetSelf(ctx, &accessv1.GetSelfRequest{}); !fault.Is(err, "UNAUTHENTICATED") {
		t.Errorf("without a credential: %v", err)
	}
}

// Whoever has the certificate of access records nothing in the name of a person whose
// token they do not have.
func TestWithTheCertificateOfAccessAloneNobodyDecidesForAnOfficer(t *testing.T) {
	t.Parallel()
	s := start(t)
	if err := s.found("olga", "oleg"); err != nil {
		t.Fatal(err)
	}
	before := len(s.ledger.Decisions())
	books := ledgerv1.NewPostingServiceClient(s.authority.Dial(s.config.LedgerAddr, "access", "ledger"))
	record := func(ctx context.Context) error {
		_, err := books.Record(ctx, &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{treasurerForEva()}})
		return err
	}
	for name, token := range s.tokens() {
		ctx := t.Context()
		if token != "" {
			ctx = bearing(ctx, token)
		}
		if err := record(ctx); !fault.Is(err, "UNAUTHENTICATED") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := len(s.ledger.Decisions()); after != before {
		t.Errorf("%d leaves more", after-before)
	}
	// Nor does the call of the system stand for the person's.
	olga, err := s.ledger.Resolver().ResolveCaller(t.Context(), &accessv1.ResolveCallerRequest{Issuer: s.config.OIDCIssuer, Subject: "olga"})
	if err != nil {
		t.Fatal(err)
	}
	for name, person := range map[string]string{"nobody's": "", "olga's": olga.GetPerson()} {
		proposal := treasurerForEva()
		if proposal.Person = person; person != "" {
			proposal.Day = time.Now().UTC().Format(time.DateOnly)
		}
		if _, err := books.RecordByRule(t.Context(), &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{proposal}}); !fault.OfKind(err, fault.PermissionDenied) {
			t.Errorf("by rule, as %s: %v", name, err)
		}
	}
	eva := posting.StaffFounded(posting.Binding{Person: "s_eva", Issuer: s.config.OIDCIssuer, Subject: "eva", Commitment: make([]byte, 32)})
	if _, err := books.RecordByRule(t.Context(), &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{eva}}); !fault.OfKind(err, fault.PermissionDenied) {
		t.Errorf("enrolled by rule: %v", err)
	}
}

// treasurerForEva is a proposal that eva would like an officer to have made.
func treasurerForEva() *ledgerv1.DecisionDraft {
	return posting.GrantProposed(posting.GrantStep{
		ID: "g_1", Staff: "s_eva", Commitment: make([]byte, 32),
		Grant: posting.Grant{Role: "TREASURER", From: "2026-11-24", Until: "2027-11-24", RestsUntil: "2026-11-24"},
	})
}

// tokens are none of an officer's.
func (s *service) tokens() map[string]string {
	now := time.Now()
	sign := func(kind string, change map[string]any) string {
		claims := map[string]any{
			"iss": s.config.OIDCIssuer, "sub": "olga", "aud": "solidarity", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "auth_time": now.Unix(),
		}
		for k, v := range change {
			claims[k] = v
		}
		token, err := s.issuer.Sign(kind, claims)
		if err != nil {
			s.t.Fatal(err)
		}
		return token
	}
	tomorrow := now.Add(24 * time.Hour)
	return map[string]string{
		"no token":           "",
		"an ID token":        sign("JWT", nil),
		"another audience":   sign("at+jwt", map[string]any{"aud": "elsewhere"}),
		"of tomorrow":        sign("at+jwt", map[string]any{"iat": tomorrow.Unix(), "exp": tomorrow.Add(time.Hour).Unix()}),
		"of a hundred years": sign("at+jwt", map[string]any{"exp": now.AddDate(100, 0, 0).Unix()}),
		"without any leaf":   sign("at+jwt", map[string]any{"sub": "eva"}),
	}
}

func TestAServiceOfAnotherAuthorityIsNotHeard(t *testing.T) {
	t.Parallel()
	s := start(t)
	people := accessv1.NewStaffServiceClient(s.dial("gateway"))
	if _, err := people.GetSelf(t.Context(), &accessv1.GetSelfRequest{}); !fault.Is(err, "UNAUTHENTICATED") {
		t.Fatalf("the service does not answer: %v", err)
	}
	// The client trusts the real service, but its own certificate is the forger's.
	dir := tlstest.New(t).Folder("families")
	ca, err := os.ReadFile(filepath.Join(s.authority.Folder("gateway"), "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ca.pem"), ca, 0o600); err != nil {
		t.Fatal(err)
	}
	forged, err := mtls.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	_, err = accessv1.NewAccessServiceClient(tlstest.Dial(t, s.config.Listen, forged, "access")).ResolveCaller(ctx, &accessv1.ResolveCallerRequest{Issuer: "i", Subject: "s"})
	if !fault.OfKind(err, fault.Timeout) && !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("a certificate of another authority: %v", err)
	}
}
