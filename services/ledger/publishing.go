package ledger

import (
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// newPublishing returns who publishes checkpoints, by the settings.
func newPublishing(log *slog.Logger, cfg Config, secrets seal.Master, books *store.Store) (*publish.Runner, error) {
	policy, err := cfg.policy()
	if err != nil {
		return nil, err
	}
	days := cfg.CheckpointDays
	switch {
	case cfg.Development:
		days = 0
	case days < 1:
		return nil, fmt.Errorf("--checkpoint-days must be at least 1")
	}
	return publish.New(publish.Options{
		Store: books, Origin: cfg.LogOrigin, Seed: func(generation int) []byte {
			return secrets.Derive(keyPurpose(cfg.Ledger, generation))
		},
		Generation: cfg.LogKeyGeneration, Days: days, File: cfg.CheckpointFile, Policy: policy, Log: log, Now: time.Now,
	})
}

// gateHealth says that postings are not served while the gate is shut; reading
// goes on.
func gateHealth(k *publish.Runner) *health.Server {
	h := health.NewServer()
	k.Gate().Watch(func(open bool) {
		status := healthv1.HealthCheckResponse_NOT_SERVING
		if open {
			status = healthv1.HealthCheckResponse_SERVING
		}
		h.SetServingStatus(ledgerv1.PostingService_ServiceDesc.ServiceName, status)
	})
	return h
}

// keyPurpose names the secret of a generation of the signing key. The first has the
// name that it had when there was one.
func keyPurpose(ledger string, generation int) string {
	purpose := "ledger/checkpoint/" + ledger
	if generation > 1 {
		purpose += "/" + strconv.Itoa(generation)
	}
	return purpose
}

// policy reads the witness policy; nil where there is none.
func (c Config) policy() (*checkpoint.Policy, error) {
	if c.WitnessPolicy == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.WitnessPolicy)
	if err != nil {
		return nil, fmt.Errorf("read witness policy: %w", err)
	}
	policy, err := checkpoint.ParsePolicy(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.WitnessPolicy, err)
	}
	if !c.Development {
		if err := policy.CheckAddresses(); err != nil {
			return nil, fmt.Errorf("read %s: %w", c.WitnessPolicy, err)
		}
	}
	return &policy, nil
}
