// Package config holds the settings that the services share, as flags that the
// environment can give too (SOLIDARITY_LISTEN for --listen). Each service embeds
// them in a Config of its own.
package config

import (
	"errors"
	"net"
	"strings"
	"time"
)

// Common are the settings of every service that serves gRPC.
type Common struct {
	Listen        string        `help:"Address to listen on: host:port, or fd:N for an inherited socket." default:"127.0.0.1:0"`
	TLSDir        string        `name:"tls-dir" help:"Folder with ca.pem, cert.pem and key.pem of this service." required:""`
	OIDCIssuer    string        `name:"oidc-issuer" help:"Address of the OIDC issuer for staff." required:""`
	OIDCAudience  string        `name:"oidc-audience" help:"Audience that staff tokens must carry." default:"solidarity"`
	OIDCTokenLife time.Duration `name:"oidc-token-life" help:"Longest life of a staff token, from its issue to its end." default:"1h"`
	// Development is refused together with live keys.
	Development bool `help:"Development: made-up data only. Never with live keys."`
	// Delays says how long things wait: clearing, cooling-off, resting, publishing.
	Delays  string `help:"Delays in development: none (as without it) or those of production." enum:",none,production" default:""`
	Logging `embed:""`
}

// Service are the settings of every service that serves gRPC and stores.
type Service struct {
	Common   `embed:""`
	Database `embed:""`
	Secrets  `embed:""`
}

// Every returns the settings that every service has, of a Config that embeds them
// among its own.
func (s Service) Every() Service { return s }

// NoDelays reports whether nothing waits: only where the data are made up.
func (c Common) NoDelays() bool { return c.Development && c.Delays != "production" }

// Check refuses development settings on a service that others than this machine
// can reach, and no delays on one that is for real.
func (c Common) Check() error {
	if !c.Development && c.Delays == "none" {
		return errors.New("--delays=none goes with --development only")
	}
	if !c.Development || strings.HasPrefix(c.Listen, "fd:") {
		return nil
	}
	host, _, err := net.SplitHostPort(c.Listen)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("--development goes with a --listen address on the loopback only")
	}
	return nil
}

// Access are the settings of a service that asks access who a person is.
type Access struct {
	AccessAddr string `help:"Address of the access service." required:""`
}

// Ledger are the settings of a service that tells the ledger.
type Ledger struct {
	LedgerAddr string `help:"Address of the ledger service." required:""`
}

// Logging are the settings of the log.
type Logging struct {
	LogLevel  string `help:"Least severe level to log: debug, info, warn or error." enum:"debug,info,warn,error" default:"info"`
	LogFormat string `help:"Format of the log: json or text." enum:"json,text" default:"json"`
}

// Database are the settings of a service that stores.
type Database struct {
	DatabaseURL string `name:"database-url" help:"PostgreSQL URL of this service's database." required:"" secret:"true"`
	// MigrateURL reaches the same database as the role that owns its tables, by a
	// direct connection.
	MigrateURL string `name:"migrate-url" help:"PostgreSQL URL of the same database as its owner, for migrations; a direct connection." secret:"true"`
	// JobsURL reaches the same database as the service's role, by a direct connection.
	JobsURL string `name:"jobs-url" help:"PostgreSQL URL of the same database by a direct connection, for jobs; needed where --database-url leads to a pooler such as pgbouncer." secret:"true"`
	// MigrateOnly is for a job that knows the owner's password, so that the service
	// need not.
	MigrateOnly bool `help:"Bring the databases up to date and end, without serving."`
}

// Direct is the address by which the service's role reaches its database without a
// pooler in between.
func (d Database) Direct() string {
	if d.JobsURL != "" {
		return d.JobsURL
	}
	return d.DatabaseURL
}

// Sealed are the settings of a service that seals personal data.
type Sealed struct {
	// KeyStoreURL is the database of wrapped data keys, kept apart from the
	// others with backups of its own.
	KeyStoreURL string `name:"key-store-url" help:"PostgreSQL URL of the key store." required:"" secret:"true"`
	// KeyStoreMigrateURL reaches the key store as the role that owns its tables.
	KeyStoreMigrateURL string `name:"key-store-migrate-url" help:"PostgreSQL URL of the key store as its owner, for migrations; a direct connection." secret:"true"`
}

// Secrets are the settings of a service that derives secrets of its own: page
// tokens, blind indexes, the key-encryption key.
type Secrets struct {
	// SecretFile is the master keyset of this service, mode 0600, made at first
	// start in development.
	SecretFile string `help:"File with this service's master keyset (mode 0600)." required:""`
}
