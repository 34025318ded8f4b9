// Package access wires the access service: who works for the fund, what they
// were granted, who is frozen. It decides nothing itself.
package access

import (
	"context"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/server"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/doctor"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

// Config are the service's settings.
type Config struct {
	config.Service `embed:""`
	config.Ledger  `embed:""`
}

func (c Config) options() service.Options {
	return service.Options{Name: "access", Migrations: store.Migrations(), Peers: service.Addresses{"ledger": c.LedgerAddr}}
}

// Examine says all that is wrong with what the service would run with.
func Examine(ctx context.Context, host service.Host, cfg Config) []doctor.Finding {
	return service.Examine(ctx, host, cfg, cfg.options())
}

// Run serves until ctx ends.
func Run(ctx context.Context, host service.Host, cfg Config) error {
	s, people, err := open(ctx, host, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	authenticator, err := s.Staff(ctx, itself{people})
	if err != nil {
		return err
	}
	return s.Serve(ctx, service.Server{
		Authenticator: authenticator,
		Duties:        people.Duties(),
		Tasks:         people.Tasks(),
		Register: func(g grpc.ServiceRegistrar) {
			accessv1.RegisterAccessServiceServer(g, people)
			accessv1.RegisterStaffServiceServer(g, people)
		},
	})
}

// Init names the first protection officers of an empty installation, two or three, by
// the subjects of their tokens, and returns their pseudonyms. It needs the service's
// own settings, secrets and certificate, beside a service that runs or not, and the
// ledger takes it once: there is no RPC that does it.
func Init(ctx context.Context, host service.Host, cfg Config, officers []string) ([]string, error) {
	s, people, err := open(ctx, host, cfg)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return people.Found(ctx, officers)
}

// open opens the service and makes its server.
func open(ctx context.Context, host service.Host, cfg Config) (*service.Service, *server.Server, error) {
	s, err := service.Open(ctx, host, cfg, cfg.options())
	if err != nil {
		return nil, nil, err
	}
	rest := staff.RestDays
	if cfg.NoDelays() {
		rest = 0
	}
	return s, server.New(server.Options{
		Store: store.New(s.DB), Identities: staff.NewIdentities(s.Secret("identity")), Issuer: cfg.OIDCIssuer, RestDays: rest,
		Posting:  ledgerv1.NewPostingServiceClient(s.Peer("ledger")),
		Standing: ledgerv1.NewStandingServiceClient(s.Peer("ledger")),
		Pager:    s.Pager(), Log: s.Log, Now: s.Now, Stopping: ctx.Done(),
	}), nil
}

// itself lets the service resolve its own callers without a connection.
type itself struct{ server *server.Server }

// ResolveCaller asks the server of this process.
func (i itself) ResolveCaller(ctx context.Context, req *accessv1.ResolveCallerRequest, _ ...grpc.CallOption) (*accessv1.ResolveCallerResponse, error) {
	return i.server.ResolveCaller(ctx, req)
}
