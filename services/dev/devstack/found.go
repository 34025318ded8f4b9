package devstack

import (
	"context"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/access"
	"github.com/solidarity-fund/solidarity/services/dev/oidcdev"
	"github.com/solidarity-fund/solidarity/services/dev/pgroles"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	hosted "github.com/solidarity-fund/solidarity/services/internal/service"
)

// Officers are the subjects of the two made-up protection officers that found a
// development installation.
func Officers() []string { return []string{"first-officer", "second-officer"} }

// found names the first officers, as `solidarity access init` does, where that was not
// done before. With somebody else's issuer that is for its people to do.
func (s *Stack) found(ctx context.Context) error {
	if !s.state.DevelopmentIssuer {
		return nil
	}
	audience := s.options.OIDCAudience
	if audience == "" {
		audience = "solidarity"
	}
	name := databaseName("access")
	_, err := access.Init(ctx, hosted.Host{Log: s.options.Log, Clock: s.clock.Clock()}, access.Config{
		Service: config.Service{
			Common: config.Common{
				Listen: "127.0.0.1:0", TLSDir: s.layout.TLS("access"), Development: true,
				OIDCIssuer: s.state.Issuer, OIDCAudience: audience, OIDCTokenLife: oidcdev.TokenLifetime,
			},
			Database: config.Database{
				DatabaseURL: s.database.URL(name, name), MigrateURL: s.database.URL(pgroles.Owner(name), name),
			},
			Secrets: config.Secrets{SecretFile: s.layout.Secret("access")},
		},
		Ledger: config.Ledger{LedgerAddr: s.state.Addresses["ledger"]},
	}, Officers())
	if err != nil && !fault.Is(err, fault.ReasonAlreadyFounded) {
		return fmt.Errorf("name the first officers: %w", err)
	}
	return nil
}
