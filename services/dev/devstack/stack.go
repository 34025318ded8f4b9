// Package devstack is the development installation that `solidarity-dev run` runs: a
// private PostgreSQL, every service in a process of its own, the gateway, an
// OIDC issuer and a fake Stripe, all on loopback and all in one data folder.
package devstack

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/devclock"
	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
	"github.com/solidarity-fund/solidarity/services/dev/supervise"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
)

// Options are the choices of a development installation.
type Options struct {
	// Addr is where the gateway listens, for example "127.0.0.1:8080".
	Addr string
	// Data is the folder that everything lives in.
	Data string
	// Program is the path of the solidarity program.
	Program string
	// DatabaseURL is an administrator's URL of a PostgreSQL to use in place of
	// the embedded one; empty for the embedded one.
	DatabaseURL string
	// StripeKey is a secret test key of the real Stripe, StripeWebhookSecret the
	// secret of the endpoint that Stripe calls; empty for the fake.
	StripeKey, StripeWebhookSecret string
	// OIDCIssuer is the address of a real issuer, empty for ours; OIDCAudience is
	// what its tokens carry, "solidarity" where empty.
	OIDCIssuer, OIDCAudience string
	// Delays are "none" or those of "production"; none where empty.
	Delays string
	// LogLevel is that of the services.
	LogLevel string
	// Output receives the processes' logs.
	Output io.Writer
	// Log is for what the supervisor itself has to say.
	Log *slog.Logger
	Now func() time.Time
}

// Stack is a running installation.
type Stack struct {
	options  Options
	layout   Layout
	state    State
	lock     *os.File
	cluster  *clusterKeeper // nil with a PostgreSQL of somebody else's
	group    *supervise.Group
	clock    *devclock.Folder
	database databases
	sockets  map[string]*os.File // listening sockets by service
}

// ErrStopped is the error of an installation whose context ended while it started.
var ErrStopped = errors.New("stopped while starting")

// Start starts everything and returns when the gateway answers. On failure, and
// where ctx ends before, nothing is left running.
func Start(ctx context.Context, o Options) (*Stack, error) {
	layout, err := NewLayout(o.Data)
	if err != nil {
		return nil, err
	}
	s := &Stack{
		options: o, layout: layout, sockets: map[string]*os.File{},
		state: State{REST: "http://" + o.Addr, Addresses: map[string]string{}},
	}
	if err := s.start(ctx); err != nil {
		s.Stop()
		if ctx.Err() != nil { // whatever failed, it failed for that
			return nil, ErrStopped
		}
		return nil, err
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context) error {
	if err := s.layout.prepare(); err != nil {
		return err
	}
	var err error
	if s.lock, err = s.layout.lock(); err != nil {
		return err
	}
	if s.clock, err = devclock.Open(s.layout.Clock()); err != nil {
		return err
	}
	steps := []func(context.Context) error{
		s.listen, s.certificates, s.postgres, s.ensureDatabases, s.processes, s.ready, s.found,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return s.state.write(s.layout)
}

// Now is the time on the installation's clock.
func (s *Stack) Now() time.Time { return s.clock.Now() }

// State tells where the installation listens.
func (s *Stack) State() State { return s.state }

// Layout tells where its data lies.
func (s *Stack) Layout() Layout { return s.layout }

// Stop stops all processes in order, PostgreSQL last, and frees the data folder.
func (s *Stack) Stop() {
	if s.lock == nil {
		return
	}
	removeState(s.layout)
	if s.group != nil {
		s.group.Stop()
	}
	if s.cluster != nil {
		s.cluster.stop()
	}
	for _, f := range s.sockets {
		f.Close()
	}
	if s.clock != nil {
		s.clock.Close()
	}
	s.lock.Close()
	s.lock = nil
}

func (s *Stack) certificates(context.Context) error {
	authority, err := mtls.OpenAuthority(s.layout.Authority(), s.options.Now)
	if err != nil {
		return err
	}
	for _, svc := range services {
		if err := authority.Issue(s.layout.TLS(svc.name), svc.name); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stack) postgres(ctx context.Context) error {
	if s.options.DatabaseURL != "" {
		seed, err := s.layout.passwordSeed()
		if err != nil {
			return err
		}
		s.database, err = newServer(s.options.DatabaseURL, seed)
		return err
	}
	k, err := keepCluster(ctx, s.options.Log, pgcluster.Options{
		Dir: s.layout.Postgres(), Durable: true, Log: s.options.Output,
	})
	if err != nil {
		return err
	}
	s.cluster, s.database = k, k
	return nil
}

func (s *Stack) ensureDatabases(ctx context.Context) error {
	names := []string{keyStore}
	for _, svc := range services {
		if svc.database {
			names = append(names, svc.name)
		}
	}
	for _, name := range names {
		if err := s.database.EnsureDatabase(ctx, databaseName(name), databaseName(name)); err != nil {
			return err
		}
	}
	return nil
}

func databaseName(service string) string { return "solidarity_" + service }
