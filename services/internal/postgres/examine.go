package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"github.com/solidarity-fund/solidarity/services/internal/doctor"
)

const (
	// oldestServer is the oldest PostgreSQL that serves, as server_version_num.
	oldestServer = 150000
	// clockTolerance is how far a server's clock may be from this machine's: days are
	// written by both.
	clockTolerance = 5 * time.Second
	// examineTime bounds an examination of one database.
	examineTime = 10 * time.Second
)

// Examine says what is wrong with a database as its service would use it. ownerURL is
// empty where the service does not migrate.
func Examine(ctx context.Context, part, url, ownerURL string, migrations Migrations, now func() time.Time) []doctor.Finding {
	ctx, cancel := context.WithTimeout(ctx, examineTime)
	defer cancel()
	r := doctor.About(part)
	if ownerURL != "" {
		owner, err := connect(ctx, ownerURL)
		if err != nil {
			r.Fault("its owner cannot connect: "+err.Error(), "check the owner's URL (--migrate-url, --key-store-migrate-url)")
		} else {
			defer owner.Close(ctx)
		}
	}
	conn, err := connect(ctx, url)
	if err != nil {
		r.Fault("the service cannot connect: "+err.Error(), "check that the server runs, and the URL's address, user, password and sslmode")
		return r.Findings()
	}
	defer conn.Close(ctx)
	x := examination{Report: r, conn: conn, now: now}
	for _, look := range []func(context.Context) error{x.version, x.clock, x.owner, x.durability, x.logging, x.encryption} {
		r.Failed(look(ctx), "check the role's right to read settings")
	}
	for _, o := range migrations {
		r.Failed(x.migrations(ctx, o, ownerURL != ""), "look at the server's log")
	}
	return r.Findings()
}

// connect connects to a database; its error tells no password.
func connect(ctx context.Context, url string) (*pgx.Conn, error) {
	config, err := poolConfig(url)
	if err != nil {
		return nil, err
	}
	conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
	switch {
	case err == nil:
		return conn, nil
	case code(err) != "":
		return nil, errors.New("the server refuses the user or the database (" + code(err) + ")")
	}
	return nil, errors.New("the server does not answer")
}

// examination is a look at one database.
type examination struct {
	*doctor.Report
	conn *pgx.Conn
	now  func() time.Time
}

func (x examination) version(ctx context.Context) error {
	var number int
	if err := x.conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&number); err != nil {
		return fmt.Errorf("read the server's version: %w", err)
	}
	if number < oldestServer {
		x.Fault(fmt.Sprintf("the server is PostgreSQL %d", number/10000), "use PostgreSQL 15 or later")
	}
	return nil
}

func (x examination) clock(ctx context.Context) error {
	var theirs time.Time
	before := x.now()
	if err := x.conn.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&theirs); err != nil {
		return fmt.Errorf("read the server's clock: %w", err)
	}
	after := x.now()
	if off := max(before.Sub(theirs), theirs.Sub(after)); off > clockTolerance {
		x.Fault(fmt.Sprintf("its clock and this machine's are %s apart", off.Round(time.Second)), "set both by NTP")
	}
	return nil
}

func (x examination) owner(ctx context.Context) error {
	var owns bool
	if err := x.conn.QueryRow(ctx, ownsTables).Scan(&owns); err != nil {
		return fmt.Errorf("look for the tables' owner: %w", err)
	}
	if owns {
		x.Warn("the service's role owns its tables and could change what is final", "give them to another role and migrate as that one (--migrate-url)")
	}
	return nil
}

// durability is what makes true that whatever was acknowledged is on disk.
func (x examination) durability(ctx context.Context) error {
	return x.settings(ctx, `name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'`,
		"%s is off: what was acknowledged can be lost", "set it to on")
}

// logging is what would write into the server's log what a query carried.
func (x examination) logging(ctx context.Context) error {
	return x.settings(ctx, `name = 'log_statement' AND setting <> 'none'
		OR name IN ('log_parameter_max_length', 'log_parameter_max_length_on_error') AND setting <> '0'`,
		"%s lets the server's log hold what queries carry", "see deploy/postgresql/roles.sql")
}

func (x examination) settings(ctx context.Context, bad, problem, remedy string) error {
	rows, err := x.conn.Query(ctx, `SELECT name FROM pg_settings WHERE `+bad+` ORDER BY name`)
	if err != nil {
		return fmt.Errorf("read the server's settings: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("read the server's settings: %w", err)
	}
	for _, name := range names {
		x.Fault(fmt.Sprintf(problem, name), remedy)
	}
	return nil
}

// encryption is asked for wherever the server is not on this machine.
func (x examination) encryption(ctx context.Context) error {
	var near, encrypted bool
	err := x.conn.QueryRow(ctx, `
		SELECT inet_server_addr() IS NULL OR host(inet_server_addr()) IN ('127.0.0.1', '::1'),
			coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)`).Scan(&near, &encrypted)
	if err != nil {
		return fmt.Errorf("look at the connection: %w", err)
	}
	if !near && !encrypted {
		x.Fault("the connection is not encrypted", "let the server speak TLS, and give sslmode=verify-full in the URL")
	}
	return nil
}

// migrations compares what is applied with what the program has.
func (x examination) migrations(ctx context.Context, o Owner, migrates bool) error {
	sources, err := o.sources()
	if err != nil || len(sources) == 0 {
		return err
	}
	var there bool
	if err := x.conn.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, o.versions()).Scan(&there); err != nil {
		return fmt.Errorf("look for migrations: %w", err)
	}
	var applied int64
	if there {
		query := `SELECT coalesce(max(version_id), 0) FROM ` + pgx.Identifier{o.versions()}.Sanitize() + ` WHERE is_applied`
		if err := x.conn.QueryRow(ctx, query).Scan(&applied); err != nil {
			return fmt.Errorf("read migrations: %w", err)
		}
	}
	last := sources[len(sources)-1].version
	switch {
	case applied > last:
		x.Fault(fmt.Sprintf("the database is newer than this program (%s: %d, the program has %d)", o.Name, applied, last),
			"run the version of the program that migrated it, or a later one")
	case applied < last && !migrates:
		x.Fault(fmt.Sprintf("the database lacks migrations (%s: %d of %d)", o.Name, applied, last), errNoOwner)
	}
	return x.changed(ctx, o, sources, applied)
}

const errNoOwner = "start one replica with the owner's URL (--migrate-url, --key-store-migrate-url)"

// changed says whether a migration that was applied is another now.
func (x examination) changed(ctx context.Context, o Owner, sources []source, applied int64) error {
	for _, s := range sources {
		if s.version > applied {
			continue
		}
		var same bool
		err := x.conn.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM goose_file_digest WHERE versions = $1 AND version = $2 AND sha256 = $3)`,
			o.versions(), s.version, s.digest[:]).Scan(&same)
		if err != nil {
			return fmt.Errorf("read digests of migrations: %w", err)
		}
		if !same {
			x.Fault(ErrChanged.Error(), "use the version of the program that made the database, or another database")
			return nil
		}
	}
	return nil
}

// source is a migration of the program.
type source struct {
	version int64
	digest  [sha256.Size]byte
}

// sources are an owner's migrations in their order.
func (o Owner) sources() ([]source, error) {
	files, err := o.files()
	if err != nil || files == nil {
		return nil, err
	}
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, fmt.Errorf("list migrations of %s: %w", o.Name, err)
	}
	var out []source
	for _, name := range names { // sorted by name, as their numbers are
		if name == rightsFile {
			continue
		}
		version, err := goose.NumericComponent(path.Base(name))
		if err != nil {
			return nil, fmt.Errorf("number of migration %s: %w", name, err)
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migration %s: %w", name, err)
		}
		out = append(out, source{version: version, digest: sha256.Sum256(content)})
	}
	return out, nil
}
