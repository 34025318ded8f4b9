// Package postgres is the one way to PostgreSQL: a pool with safe defaults, the
// only place that begins a transaction, and migrations. It promises two
// things. What a caller is told to be done is on disk. A lost COMMIT is never taken
// for a refused one.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// defaultConns bounds a pool whose URL says nothing (pool_max_conns): enough for
// callers that wait for each other's locks, few enough that every service and
// replica fits under the server's limit.
const defaultConns = 16

// bulkConns bounds the pool of long reads, beside defaultConns.
const bulkConns = 6

// pingTime bounds the question whether a connection that has idled still leads anywhere,
// where the URL says nothing (pool_ping_timeout). A server that stands still or is cut off
// answers nothing: each connection to it would cost a caller all of its time.
const pingTime = 2 * time.Second

// warned is the key under which a connection remembers that the server sent a
// warning since the flag was last cleared.
const warned = "solidarity.warned"

// DB is one database. It is safe for concurrent use.
type DB struct {
	// Pool serves reads outside transactions; writes go through InTx.
	Pool *pgxpool.Pool
	// Bulk serves reads that may take long, or whose reader may be slow: however many
	// they are, they never take a connection that a write waits for. It opens
	// connections when it needs them, six at most.
	Bulk *pgxpool.Pool
}

// Open connects a pool to url and checks that the server answers. Sessions are
// in UTC. A statement is ended after a minute (SET LOCAL statement_timeout for
// what may take longer). A wait for a lock ends after 10 s, a transaction that
// idles after 30 s.
func Open(ctx context.Context, url string) (*DB, error) {
	config, err := poolConfig(url)
	if err != nil {
		return nil, err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open database pool: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach database: %w", err)
	}
	config = config.Copy()
	config.MaxConns, config.MinConns, config.MinIdleConns = bulkConns, 0, 0
	bulk, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		pool.Close()
		return nil, fmt.Errorf("open database pool: %w", err)
	}
	return &DB{Pool: pool, Bulk: bulk}, nil
}

// Close waits for borrowed connections to come back and closes the pools.
func (db *DB) Close() {
	db.Bulk.Close()
	db.Pool.Close()
}

func poolConfig(url string) (*pgxpool.Config, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("the database URL is not valid") // pgx's text may quote a password
	}
	if own, err := pgx.ParseConfig(url); err == nil && own.RuntimeParams["pool_max_conns"] == "" {
		config.MaxConns = defaultConns
	}
	config.MaxConnIdleTime = 5 * time.Minute
	if config.PingTimeout == 0 {
		config.PingTimeout = pingTime
	}
	for name, value := range map[string]string{
		"timezone":                            "UTC",
		"statement_timeout":                   "60s",
		"lock_timeout":                        "10s",
		"idle_in_transaction_session_timeout": "30s",
		// A server process that waits for a lock notices that its client was killed
		// and lets go of its own locks.
		"client_connection_check_interval": "1s",
	} {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	config.ConnConfig.OnNotice = noteWarning
	config.AfterConnect = scanUTC
	return config, nil
}

// scanUTC makes timestamps arrive in UTC whatever the machine's zone is.
func scanUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// noteWarning runs on the goroutine that uses the connection.
func noteWarning(conn *pgconn.PgConn, notice *pgconn.Notice) {
	if notice.SeverityUnlocalized == "WARNING" || notice.Severity == "WARNING" {
		conn.CustomData()[warned] = true
	}
}

// IsNotFound reports whether err says that a query found no row.
func IsNotFound(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// Violates reports whether err is the violation of the named constraint: unique,
// check, foreign key, exclusion or not null.
func Violates(err error, constraint string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && len(e.Code) == 5 && e.Code[:2] == "23" && e.ConstraintName == constraint
}

// Unreachable reports whether err says that the server was not there, went away or
// is shutting down, so that a read may be tried again. A write in InTx becomes a
// fault of kind Unavailable by itself.
func Unreachable(err error) bool {
	var refusal *pgconn.ConnectError
	switch {
	case err == nil:
		return false
	case errors.As(err, &refusal), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET):
		return true
	}
	switch code(err) {
	case "57P01", "57P02", "57P03": // ending, crashed, starting
		return true
	}
	return false
}

// code returns err's SQLSTATE, empty where it has none.
func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
