package ledger

import (
	"log/slog"

	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// KeyPurpose names the secret of a generation of the signing key.
func KeyPurpose(ledger string, generation int) string { return keyPurpose(ledger, generation) }

// CheckPublishing reports what is wrong with the settings about publishing.
func CheckPublishing(cfg Config) error {
	_, err := newKeeper(slog.New(slog.DiscardHandler), cfg, seal.Master{}, nil)
	return err
}
