package service

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Server is what a service serves, and what it does beside that.
type Server struct {
	// Register adds the service's RPCs.
	Register func(grpc.ServiceRegistrar)
	// Duties are what its rows can owe.
	Duties []duty.Duty
	// Agendas are what it does at certain times besides its duties.
	Agendas []clock.Agenda
	// Tasks are what it does once a minute beside them.
	Tasks []duty.Task
	// Authenticator knows callers by their credentials; nil for staff alone.
	Authenticator rpc.Authenticator
	// Health says which of its RPCs are not served at the moment; nil where all
	// always are.
	Health *health.Server
}

// Serve does duties and answers calls until ctx ends. Then it lets running calls
// finish, after them running duties, and returns; nothing of it runs any more.
func (s *Service) Serve(ctx context.Context, o Server) (err error) {
	if o.Health == nil {
		o.Health = health.NewServer()
	}
	if o.Authenticator == nil {
		if o.Authenticator, err = s.Staff(ctx, nil); err != nil {
			return err
		}
	}
	defer s.hear(ctx)()
	lis, err := rpc.Listen(s.config.Listen)
	if err != nil {
		return err
	}
	runner, stopDuties, err := duty.Run(ctx, s.jobs, s.Log, s.clock, append(s.tasks(), o.Tasks...), o.Duties...)
	if err != nil {
		return errors.Join(err, lis.Close())
	}
	defer func() { err = errors.Join(err, stopDuties()) }()
	unattend, err := s.clock.Show(ctx, s.name, append(o.Agendas, runner)...)
	if err != nil {
		return errors.Join(err, lis.Close())
	}
	defer unattend()
	g := rpc.NewServer(rpc.Options{
		TLS: s.identity.Server(), Authenticator: o.Authenticator, Idempotency: s.Secret("idempotency"), Log: s.Log, Now: s.Now,
	})
	o.Register(g)
	s.Log.InfoContext(ctx, "serving", "address", lis.Addr().String(), "development", s.config.Development)
	return rpc.ServeHealth(ctx, g, lis, o.Health)
}

// tasks are what every service does once a minute beside its duties.
func (s *Service) tasks() []duty.Task {
	return []duty.Task{{Name: "prune idempotency records", Do: idempotency.Pruner(s.DB, s.Now)}}
}
