// Package families wires the families service: the register of prisoners and
// families, sealed, with the checks before money travels. It decides nothing
// itself.
package families

import (
	"context"
	"time"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/duty"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/server"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/doctor"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

// Config are the service's settings.
type Config struct {
	config.Service `embed:""`
	config.Access  `embed:""`
	config.Ledger  `embed:""`
	config.Sealed  `embed:""`
	// DestinationCoolingOff is how long a changed payout destination waits; none
	// in development.
	DestinationCoolingOff time.Duration `help:"How long a changed payout destination waits before it is paid to (none in development)." default:"48h"`
}

// coolingOff is how long a changed payout destination waits.
func (c Config) coolingOff() time.Duration {
	if c.NoDelays() {
		return 0
	}
	return c.DestinationCoolingOff
}

// silence is how long a channel waits for its second confirmer where those known before are
// dead.
func (c Config) silence() time.Duration {
	if c.NoDelays() {
		return 0
	}
	return family.ChannelWait
}

// delay is for how long a policy stands before it counts.
func (c Config) delay() time.Duration {
	if c.NoDelays() {
		return 0
	}
	return agreement.Delay
}

func (c Config) options() service.Options {
	return service.Options{
		Name: "families", Migrations: store.Migrations(), KeyStore: &c.Sealed,
		Peers: service.Addresses{"access": c.AccessAddr, "ledger": c.LedgerAddr},
	}
}

// Examine says all that is wrong with what the service would run with.
func Examine(ctx context.Context, host service.Host, cfg Config) []doctor.Finding {
	return service.Examine(ctx, host, cfg, cfg.options())
}

// Run serves until ctx ends.
func Run(ctx context.Context, host service.Host, cfg Config) error {
	s, err := service.Open(ctx, host, cfg, cfg.options())
	if err != nil {
		return err
	}
	defer s.Close()
	posting := ledgerv1.NewPostingServiceClient(s.Peer("ledger"))
	prisoners := register.New(s.DB, s.Keys, s.Queue, s.Now)
	policies := agreed.New(agreed.Options{DB: s.DB, Ledger: posting, Leaves: server.PolicyLeaves, Log: s.Log, Now: s.Now})
	households := household.New(household.Options{DB: s.DB, Keys: s.Keys, Queue: s.Queue, Rows: s.Rows(), Ledger: posting, Policies: policies, Log: s.Log, Now: s.Now, CoolingOff: cfg.coolingOff(), Silence: cfg.silence()})
	access := accessv1.NewAccessServiceClient(s.Peer("access"))
	lot := duty.Lot{Households: households, Access: access, Log: s.Log}
	return s.Serve(ctx, service.Server{
		Tasks:  lot.Tasks(),
		Duties: append(append(duty.Register(prisoners), duty.Families(households, lot)...), runner.By(decision.Kind, decision.NewRecorder(s.DB, posting.RecordByRule, s.Now))),
		Register: server.New(server.Options{
			Prisoners: prisoners, Households: households, Access: access,
			Decisions: posting, Policies: policies, Delay: cfg.delay(), Pager: s.Pager(), Now: s.Now,
		}).Register,
	})
}
