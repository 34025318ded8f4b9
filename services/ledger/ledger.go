// Package ledger wires the ledger service: postings in, books and proofs out. It
// decides nothing itself.
package ledger

import (
	"context"
	"errors"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/service"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// Config are the service's settings.
type Config struct {
	config.Service `embed:""`
	config.Access  `embed:""`
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

// Check says what of the settings is wrong.
func (c Config) Check() error {
	var own error
	if !c.Development && strings.HasPrefix(c.LogOrigin, "solidarity.invalid/") {
		own = errors.New("--log-origin: give the log a name of your own, for example fund.example.org/ledger/main; it can never be changed")
	}
	return errors.Join(own, c.checkPublishing(), c.Service.Check())
}

// policyDelay is how many days lie, for real, between the decision about a policy and
// its first day: everybody sees it come.
const policyDelay = 2

func (c Config) options() service.Options {
	return service.Options{Name: "ledger", Migrations: store.Migrations(), Peers: service.Addresses{
		"access": c.AccessAddr, "donations": c.DonationsAddr, "disbursements": c.DisbursementsAddr,
	}}
}

// Run serves until ctx ends.
func Run(ctx context.Context, host service.Host, cfg Config) error {
	s, err := service.Open(ctx, host, cfg, cfg.options())
	if err != nil {
		return err
	}
	defer s.Close()
	books, err := store.Open(ctx, s.DB, cfg.Ledger)
	if err != nil {
		return err
	}
	if !cfg.NoDelays() {
		books.PoliciesAfter(policyDelay)
	}
	publishing, err := newPublishing(s, cfg, books)
	if err != nil {
		return err
	}
	if err := publishing.Begin(ctx); err != nil {
		return err
	}
	defer publishing.Start(ctx)()
	writer := store.NewCommitter(books, s.Log, s.Now) //nolint:contextcheck // commits outlive the calls that began them
	defer writer.Stop()
	standing := server.NewStanding(books, server.NewIdentities(s.Secret("identity")), s.Now)
	serving := newServer(s, books, publishing, publishing.Gate().Guard(writer), standing)
	if serving.Authenticator, err = s.Staff(ctx, standing); err != nil {
		return err
	}
	serving.Agendas = []clock.Agenda{publishing}
	return s.Serve(ctx, serving)
}
