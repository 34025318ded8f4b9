package ledger

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/service"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/store"
)

// checkPublishing says what is wrong with the settings about publishing.
func (c Config) checkPublishing() error {
	_, err := c.policy()
	if !c.Development && c.CheckpointDays < 1 {
		err = errors.Join(errors.New("--checkpoint-days must be at least 1"), err)
	}
	return err
}

// newPublishing returns who publishes checkpoints, by the settings.
func newPublishing(s *service.Service, cfg Config, books *store.Store) (*publish.Runner, error) {
	policy, err := cfg.policy()
	if err != nil {
		return nil, err
	}
	days := cfg.CheckpointDays
	if cfg.NoDelays() {
		days = 0
	}
	return publish.New(publish.Options{
		Store: books, Origin: cfg.LogOrigin,
		Seed:       func(generation int) []byte { return s.Secret(keyPurpose(cfg.Ledger, generation)) },
		Generation: cfg.LogKeyGeneration, Days: days, File: cfg.CheckpointFile, Policy: policy, Log: s.Log, Now: s.Now,
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

// keyPurpose names the secret of a generation of the signing key among the
// service's. The first has the name that it had when there was one.
func keyPurpose(ledger string, generation int) string {
	purpose := "checkpoint/" + ledger
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
