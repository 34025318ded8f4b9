package ledger

import (
	"errors"

	"google.golang.org/grpc/health"

	"github.com/solidarity-fund/solidarity/services/internal/service"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/publish"
)

// KeyPurpose names the secret of a generation of the signing key.
func KeyPurpose(ledger string, generation int) string { return keyPurpose(ledger, generation) }

// GateHealth is the health of a service that is guarded by the gate.
func GateHealth(k *publish.Runner) *health.Server { return gateHealth(k) }

// CheckPublishing reports what is wrong with the settings about publishing.
func CheckPublishing(cfg Config) error {
	_, err := newPublishing(&service.Service{}, cfg, nil)
	return errors.Join(cfg.checkPublishing(), err)
}
