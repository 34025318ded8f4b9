package service_test

import (
	"context"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/tlstest"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

// first are the migrations of a made-up service.
func first() postgres.Migrations { return migrations(things()) }

// second are those of its next version.
func second() postgres.Migrations {
	files := things()
	files["migrations/00002_colours.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE colours (id text PRIMARY KEY);\n")}
	files["migrations/rights.sql"] = &fstest.MapFile{Data: []byte("GRANT SELECT, INSERT ON things TO :service; GRANT SELECT ON colours TO :service")}
	return migrations(files)
}

func things() fstest.MapFS {
	return fstest.MapFS{
		"migrations/00001_things.sql": {Data: []byte("-- +goose Up\nCREATE TABLE things (id text PRIMARY KEY);\n")},
		"migrations/rights.sql":       {Data: []byte("GRANT SELECT, INSERT ON things TO :service")},
	}
}

func migrations(files fstest.MapFS) postgres.Migrations {
	return postgres.Migrations{idempotency.Tables(), duty.Tables(), {Name: "things", Files: files}}
}

// settings are those of a made-up service.
type settings struct {
	config.Service
	config.Sealed
}

// world is what a service finds when it starts: certificates, a secret, a database
// and a key store.
type world struct {
	t         *testing.T
	dir       string
	authority *tlstest.Authority
	settings  settings
}

// newWorld makes a world for the service access, whose database has the given
// migrations.
func newWorld(t *testing.T, migrations postgres.Migrations) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), authority: tlstest.New(t)}
	secret := filepath.Join(w.dir, "secret.json")
	if err := seal.CreateMaster(secret); err != nil {
		t.Fatal(err)
	}
	url, owner := postgrestest.URLs(t, migrations)
	keys, keysOwner := postgrestest.URLs(t, nil)
	w.settings = settings{
		Service: config.Service{
			Common: config.Common{
				Listen: "127.0.0.1:0", TLSDir: w.authority.Folder("access"),
				OIDCIssuer: "https://issuer.example", OIDCAudience: "solidarity", OIDCTokenLife: time.Hour,
			},
			Database: config.Database{DatabaseURL: url, MigrateURL: owner},
			Secrets:  config.Secrets{SecretFile: secret},
		},
		Sealed: config.Sealed{KeyStoreURL: keys, KeyStoreMigrateURL: keysOwner},
	}
	return w
}

// options are those of the made-up service.
func (w *world) options() service.Options {
	return service.Options{
		Name: "access", Migrations: first(), KeyStore: &w.settings.Sealed,
		Peers: service.Addresses{"ledger": "127.0.0.1:1"},
	}
}

// open opens the service, which must succeed.
func (w *world) open(ctx context.Context, o service.Options) *service.Service {
	w.t.Helper()
	s, err := service.Open(ctx, service.Host{Log: discard()}, w.settings, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// fail opens the service, which must not succeed, and returns why.
func (w *world) fail(o service.Options) error {
	w.t.Helper()
	s, err := service.Open(w.t.Context(), service.Host{Log: discard()}, w.settings, o)
	if err == nil {
		s.Close()
		w.t.Fatal("the service opens")
	}
	return err
}

// people answers as access does, when hold lets it.
type people struct {
	accessv1.UnimplementedAccessServiceServer
	asked chan struct{} // gets one for each call that has begun
	hold  chan struct{} // closed when calls may end
}

// ResolveCaller knows everybody.
func (p people) ResolveCaller(context.Context, *accessv1.ResolveCallerRequest) (*accessv1.ResolveCallerResponse, error) {
	p.asked <- struct{}{}
	<-p.hold
	return &accessv1.ResolveCallerResponse{Person: "staff/s_1"}, nil
}

func (p people) register(g grpc.ServiceRegistrar) { accessv1.RegisterAccessServiceServer(g, p) }
