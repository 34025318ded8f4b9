// Package service opens what every service opens, in one order, and serves: its
// settings, secrets, certificates, databases, peers and sign-in, then its duties
// and its gRPC server. A service's own Run says only what is its own.
package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

// Host is what a program hands to a service that it runs.
type Host struct {
	// Log is the service's log.
	Log *slog.Logger
	// Clock is what it reads the time from.
	Clock clock.Clock
}

// Config are the settings of a service; it embeds config.Service.
type Config interface {
	// Check says what of the settings is wrong.
	Check() error
	// Every returns the settings that every service has.
	Every() config.Service
}

// Options are what is a service's own.
type Options struct {
	// Name is the service's, "families": its secrets are derived by it.
	Name string
	// Migrations are those of the service's database.
	Migrations postgres.Migrations
	// KeyStore is where the keys of what is sealed lie; nil for a service that seals
	// nothing.
	KeyStore *config.Sealed
	// Peers are the addresses of the services that it calls, by name.
	Peers Addresses
}

// ErrMigrated ends a service that was to bring its databases up to date and no more: it
// has done so.
var ErrMigrated = errors.New("the databases are up to date")

// Service is an opened service. Its methods are called by one goroutine.
type Service struct {
	// Log is the service's log, Now its clock.
	Log *slog.Logger
	Now func() time.Time
	// DB is the service's database.
	DB *postgres.DB
	// Queue puts duties beside the rows that owe them.
	Queue *duty.Queue
	// Keys seal under the keys of the key store; nil for a service that seals
	// nothing.
	Keys *seal.Keyring

	name     string
	clock    clock.Clock
	config   config.Service
	secrets  seal.Master
	identity *mtls.Identity
	jobs     *postgres.DB // DB itself, where that is reached directly
	keyStore *postgres.DB // nil for a service that seals nothing
	peers    peers
	stops    *signin.Stops // nil before Staff, and for a service that access is no peer of
}

// Open checks the settings and opens everything, bringing the databases up to date
// on the way. All that is wrong with the settings is said at once. On success Close
// must be called. Where the settings say --migrate-only it is ErrMigrated.
func Open(ctx context.Context, h Host, c Config, o Options) (*Service, error) {
	s := &Service{Log: h.Log, Now: h.Clock.Now, name: o.Name, clock: h.Clock, config: c.Every()}
	if err := s.settle(c); err != nil {
		return nil, err
	}
	if err := s.open(ctx, o); err != nil {
		s.Close()
		if ctx.Err() != nil { // whatever failed, it failed for that
			return nil, ctx.Err()
		}
		return nil, err
	}
	if s.config.MigrateOnly {
		s.Close()
		return nil, ErrMigrated
	}
	return s, nil
}

// open opens what lies elsewhere. What it has opened before it fails Close closes.
func (s *Service) open(ctx context.Context, o Options) (err error) {
	if s.Queue, err = duty.NewQueue(s.clock); err != nil {
		return err
	}
	if s.peers, err = connect(s.identity, o.Peers); err != nil {
		return err
	}
	if s.DB, err = openDatabase(ctx, s.Log, s.config.Database, o.Migrations); err != nil {
		return err
	}
	if s.jobs, err = openJobs(ctx, s.config.Database, s.DB); err != nil {
		return err
	}
	if o.KeyStore == nil {
		return nil
	}
	if s.keyStore, err = openKeyStore(ctx, s.Log, *o.KeyStore); err != nil {
		return err
	}
	s.Keys = seal.New(s.secrets, s.keyStore)
	return nil
}

// Close closes the connections to peers, then the databases.
func (s *Service) Close() {
	s.peers.close()
	if s.jobs != nil && s.jobs != s.DB {
		s.jobs.Close()
	}
	for _, db := range []*postgres.DB{s.keyStore, s.DB} {
		if db != nil {
			db.Close()
		}
	}
}

// Secret returns the service's 32-byte secret for a purpose, which stands in its
// name: "page" is "families/page".
func (s *Service) Secret(purpose string) []byte { return s.secrets.Derive(s.name + "/" + purpose) }

// Pager makes the tokens of pages.
func (s *Service) Pager() *page.Pager { return page.New(s.Secret("page")) }

// Rows makes and checks the MACs of rows that decide something. Where the service has a
// key store, it knows there which version of a row it has seen last.
func (s *Service) Rows() *rowmac.Key {
	key := rowmac.New(s.Secret("rows"), s.Log)
	if s.keyStore == nil {
		return key
	}
	return key.Over(seal.NewHeads(s.keyStore))
}

// Peer returns the connection to a service of Options.Peers; calls to any other
// fail. It is made at the first call: services start in any order.
func (s *Service) Peer(name string) grpc.ClientConnInterface {
	if conn, ok := s.peers[name]; ok {
		return conn
	}
	return stranger(name)
}

// Staff returns who knows staff by their tokens. It asks who they are at resolver,
// or, where that is nil, at the peer access. Where access is a peer, it tells who is
// stopped; a resolver of the service's own knows it by that alone.
func (s *Service) Staff(ctx context.Context, resolver signin.Resolver) (*signin.Authenticator, error) {
	own := resolver != nil
	if !own {
		resolver = accessv1.NewAccessServiceClient(s.Peer("access"))
	}
	staff, err := signin.New(ctx, s.issuer(), resolver, s.Now)
	if err != nil {
		return nil, fmt.Errorf("sign-in of staff: %w", err)
	}
	if _, told := s.peers["access"]; told {
		s.stops = signin.NewStops(accessv1.NewAccessServiceClient(s.Peer("access")), s.Log, s.Now)
		staff.Heed(s.stops, own)
	}
	return staff, nil
}

// hear has the service hear who is stopped, until the function that it returns is called.
func (s *Service) hear(ctx context.Context) (stop func()) {
	if s.stops == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.stops.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}
