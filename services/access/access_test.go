package access_test

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access"
	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/tlstest"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
)

// service is the whole access service, as shipped.
type service struct {
	t         *testing.T
	dir       string
	address   string
	authority *tlstest.Authority
	issuer    *oidcdev.Issuer
	issuerURL string
}

func start(t *testing.T) *service {
	t.Helper()
	s := &service{t: t, dir: t.TempDir(), authority: tlstest.New(t), address: tlstest.FreeAddress(t)}
	var err error
	oidc := httptest.NewUnstartedServer(nil)
	s.issuerURL = "http://" + oidc.Listener.Addr().String()
	if s.issuer, err = oidcdev.New(oidcdev.Options{Issuer: s.issuerURL, Dir: s.dir, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	oidc.Config.Handler = s.issuer.Handler()
	oidc.Start()
	t.Cleanup(oidc.Close)
	url, ownerURL := postgrestest.URLs(t, nil)
	cfg := access.Config{
		Service: config.Service{
			Common: config.Common{
				Listen: s.address, TLSDir: s.authority.Folder("access"), OIDCIssuer: s.issuerURL, OIDCAudience: "solidarity", OIDCTokenLife: time.Hour,
				Development: true,
			},
			Database: config.Database{DatabaseURL: url, MigrateURL: ownerURL},
			Secrets:  config.Secrets{SecretFile: filepath.Join(s.dir, "secret.json")},
		},
		Ledger: config.Ledger{LedgerAddr: "127.0.0.1:1"}, // nobody: decisions stay owed
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- access.Run(ctx, slog.New(slog.DiscardHandler), cfg) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return s
}

// dial connects as another service.
func (s *service) dial(name string) *grpc.ClientConn {
	s.t.Helper()
	return s.authority.Dial(s.address, name, "access")
}

func TestAPersonIsGrantedSignsInAndIsFrozen(t *testing.T) {
	t.Parallel()
	s := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	// Given a person with a development grant and a token of the issuer.
	minted, err := accessv1.NewAccessServiceClient(s.dial("cli")).MintDevelopmentGrant(ctx, &accessv1.MintDevelopmentGrantRequest{
		Issuer: s.issuerURL, Subject: "ada", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER},
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := s.issuer.Mint("ada")
	if err != nil {
		t.Fatal(err)
	}
	signedIn := metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+token)
	people := accessv1.NewStaffServiceClient(s.dial("gateway"))

	// When they ask who they are, the service resolves its own caller.
	self, err := people.GetSelf(signedIn, &accessv1.GetSelfRequest{})
	if err != nil || self.GetName() != minted.GetStaff().GetName() {
		t.Fatalf("self is %v: %v", self, err)
	}

	// Then freezing acts within a second, and without a credential nothing works.
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

func TestAServiceOfAnotherAuthorityIsNotHeard(t *testing.T) {
	t.Parallel()
	s := start(t)
	if _, err := accessv1.NewStaffServiceClient(s.dial("gateway")).GetSelf(t.Context(), &accessv1.GetSelfRequest{}); !fault.Is(err, "UNAUTHENTICATED") {
		t.Fatalf("the service does not answer: %v", err)
	}
	// The client trusts the real service, but its own certificate is the forger's.
	dir := tlstest.New(t).Folder("cli")
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
	_, err = accessv1.NewAccessServiceClient(tlstest.Dial(t, s.address, forged, "access")).MintDevelopmentGrant(ctx, &accessv1.MintDevelopmentGrantRequest{
		Issuer: s.issuerURL, Subject: "eve", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER},
	})
	if !fault.OfKind(err, fault.Timeout) && !fault.OfKind(err, fault.Unavailable) {
		t.Errorf("a certificate of another authority: %v", err)
	}
}
