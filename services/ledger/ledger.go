// Package ledger wires the ledger service: postings in, books and proofs out. It
// decides nothing itself.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/duty"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// Config are the service's settings.
type Config struct {
	config.Common   `embed:""`
	config.Access   `embed:""`
	config.Database `embed:""`
	config.Secrets  `embed:""`
	// DonationsAddr is the address of the donations service, which asks Stripe.
	DonationsAddr string `help:"Address of the donations service, which knows Stripe's balance when a period is closed." required:""`
	// DisbursementsAddr is the address of the disbursements service, which has the
	// bank statements.
	DisbursementsAddr string `help:"Address of the disbursements service, which knows the bank statements when a period is closed." required:""`
	// Ledger is the id of the one ledger that this process keeps.
	Ledger string `help:"Id of the ledger that is kept." default:"main"`
	// LogOrigin is the first line of each checkpoint and the name of its key; it
	// never changes in the life of a ledger.
	LogOrigin string `help:"Origin line of the log's checkpoints, a name without a scheme such as fund.example.org/ledger/main. It can never be changed." default:"solidarity.invalid/ledger/main"`
	// CheckpointDays is how often the log is looked at for a checkpoint, in the first
	// round of a UTC day; in development it is published at once when it is read.
	CheckpointDays int `help:"Number of days between two looks for a new checkpoint (none in development: each read publishes)." default:"1"`
	// CheckpointFile keeps the last published checkpoint outside the database.
	CheckpointFile string `help:"File of this replica, outside the database, that keeps the last published checkpoint: a database restored from an older copy is noticed by it."`
	// WitnessPolicy is the path of a C2SP tlog-policy.
	WitnessPolicy string `help:"C2SP tlog-policy file whose witnesses, with addresses, are asked to cosign each checkpoint." type:"existingfile"`
	// LogKeyGeneration is the generation of the signing key that shall sign; the
	// books know which one does.
	LogKeyGeneration int `help:"Generation of the key that signs checkpoints; one more than before changes the key." default:"1"`
}

// Check refuses settings that only development may have.
func (c Config) Check() error {
	if !c.Development && strings.HasPrefix(c.LogOrigin, "solidarity.invalid/") {
		return errors.New("--log-origin: give the log a name of your own, for example fund.example.org/ledger/main; it can never be changed")
	}
	return c.Common.Check()
}

// Run serves until ctx ends.
func Run(ctx context.Context, log *slog.Logger, cfg Config) (err error) {
	if err := cfg.Check(); err != nil {
		return err
	}
	secrets, err := seal.LoadMaster(cfg.SecretFile, cfg.Development)
	if err != nil {
		return fmt.Errorf("load secrets: %w", err)
	}
	db, err := openDatabase(ctx, log, cfg)
	if err != nil {
		return err
	}
	defer db.Close()
	tls, err := mtls.Load(cfg.TLSDir)
	if err != nil {
		return err
	}
	peers, err := dial(cfg, tls)
	if err != nil {
		return err
	}
	defer peers.close()
	people, err := signin.New(ctx, cfg.OIDCIssuer, cfg.OIDCAudience, accessv1.NewAccessServiceClient(peers.access), time.Now)
	if err != nil {
		return err
	}

	books, err := store.Open(ctx, db, cfg.Ledger)
	if err != nil {
		return err
	}
	publishing, err := newPublishing(log, cfg, secrets, books)
	if err != nil {
		return err
	}
	if err := publishing.Begin(ctx); err != nil {
		return err
	}
	defer publishing.Start(ctx)()
	writer := store.NewCommitter(books, log, time.Now) //nolint:contextcheck // commits outlive the calls that began them
	defer writer.Stop()
	committer := publishing.Gate().Guard(writer)

	posting := server.NewPosting(committer, books, time.Now)
	adjustments := store.NewAdjustments(books, runner.NewQueue())
	booking := duty.NewAdjustments(adjustments, committer, time.Now)
	stopDuties, err := runner.Run(ctx, db, log, time.Now, decision.Duty(db, itself{posting: posting}), booking.Duty())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stopDuties()) }()

	g := rpc.NewServer(rpc.Options{TLS: tls.Server(), Authenticator: people, Log: log, Now: time.Now})
	ledgerv1.RegisterPostingServiceServer(g, posting)
	pager := page.New(secrets.Derive("ledger/page"))
	ledgerv1.RegisterLedgerServiceServer(g, server.NewReader(books, pager))
	ledgerv1.RegisterLogServiceServer(g, server.NewLog(publishing.Publisher(), books))
	ledgerv1.RegisterAdjustmentServiceServer(g, server.NewAdjustments(adjustments, booking, pager, time.Now))
	ledgerv1.RegisterPeriodServiceServer(g, server.NewPeriods(store.NewPeriods(books), committer, peers.holders, pager, time.Now))
	lis, err := rpc.Listen(cfg.Listen)
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "serving", "address", lis.Addr().String(), "development", cfg.Development)
	return rpc.ServeHealth(ctx, g, lis, gateHealth(publishing))
}

// openDatabase brings the schema up to date and connects as the service.
func openDatabase(ctx context.Context, log *slog.Logger, cfg Config) (*postgres.DB, error) {
	if err := postgres.Upgrade(ctx, log, cfg.DatabaseURL, cfg.MigrateURL, store.Migrations()); err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return postgres.Open(ctx, cfg.DatabaseURL)
}

// itself lets the service record its own decisions without a connection. Only
// Record is ever called.
type itself struct {
	ledgerv1.PostingServiceClient
	posting *server.Posting
}

// Record asks the server of this process, under a name that no caller has.
func (i itself) Record(ctx context.Context, req *ledgerv1.RecordRequest, _ ...grpc.CallOption) (*ledgerv1.RecordResponse, error) {
	return i.posting.Record(identity.Into(ctx, identity.Caller{Service: string(rule.Ledger)}), req)
}
