package command

import (
	"context"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/ledger"
)

type witnessCommand struct {
	Listen         string   `help:"Address to listen on." default:"127.0.0.1:8090"`
	Name           string   `help:"Name of the witness's key, for example witness.example.org." required:""`
	KeyFile        string   `help:"File with the witness's secret key, made at the first start." required:"" type:"path"`
	StateFile      string   `help:"File with what was cosigned last of each log. Never restore an older copy of it, nor let two witnesses use it." required:"" type:"path"`
	Key            []string `help:"Verifier key (name+id+key) of a log to witness; may be given several times." required:""`
	config.Logging `embed:""`
}

// Run serves C2SP tlog-witness: it cosigns checkpoints that continue what it has
// cosigned before.
func (c *witnessCommand) Run(ctx context.Context, t *Terminal) error {
	lis, err := rpc.Listen(c.Listen)
	if err != nil {
		return err
	}
	return ledger.Witness(ctx, ledger.WitnessOptions{
		Name: c.Name, KeyFile: c.KeyFile, StateFile: c.StateFile, Logs: c.Key,
		Listener: lis, Log: ServiceLog(t, "witness", c.Logging), Now: time.Now,
	})
}
