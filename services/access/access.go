// Package access wires the access service: who works for the fund, what they
// were granted, who is frozen. It decides nothing itself.
package access

import (
	"context"
	"log/slog"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/server"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

// Config are the service's settings.
type Config struct {
	config.Service `embed:""`
	config.Ledger  `embed:""`
}

// Run serves until ctx ends.
func Run(ctx context.Context, log *slog.Logger, cfg Config) error {
	s, err := service.Open(ctx, log, cfg, service.Options{
		Name: "access", Migrations: store.Migrations(), Peers: service.Addresses{"ledger": cfg.LedgerAddr},
	})
	if err != nil {
		return err
	}
	defer s.Close()
	people := server.New(server.Options{
		Store:      store.New(s.DB, s.Queue),
		Identities: staff.NewIdentities(s.Secret("identity")),
		Pager:      s.Pager(), Now: s.Now, Development: cfg.Development,
	})
	authenticator, err := s.Staff(ctx, itself{people})
	if err != nil {
		return err
	}
	ledger := ledgerv1.NewPostingServiceClient(s.Peer("ledger"))
	return s.Serve(ctx, service.Server{
		Authenticator: authenticator,
		Duties:        []duty.Duty{duty.By(decision.Kind, decision.NewRecorder(s.DB, ledger.RecordByRule, s.Now))},
		Register: func(g grpc.ServiceRegistrar) {
			accessv1.RegisterAccessServiceServer(g, people)
			accessv1.RegisterStaffServiceServer(g, people)
		},
	})
}

// itself lets the service resolve its own callers without a connection.
type itself struct{ server *server.Server }

// ResolveCaller asks the server of this process.
func (i itself) ResolveCaller(ctx context.Context, req *accessv1.ResolveCallerRequest, _ ...grpc.CallOption) (*accessv1.ResolveCallerResponse, error) {
	return i.server.ResolveCaller(ctx, req)
}
