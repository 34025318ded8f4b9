package gateway

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/doctor"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

// httpsRenewal is how long before its end the certificate that clients see should have
// been renewed: most are made for 90 days and renewed after 60.
const httpsRenewal = 14 * 24 * time.Hour

// Examine says all that is wrong with what the gateway would run with.
func Examine(ctx context.Context, host service.Host, cfg Config) []doctor.Finding {
	settings := doctor.About("settings")
	settings.Failed(cfg.Check(), "change the setting; `solidarity config gateway` shows what is set")
	if cfg.Development {
		settings.Fault("it runs for development: its rates are twenty times as high", "leave out --development")
	}
	found := settings.Findings()
	found = append(found, service.ExamineCertificate(cfg.TLSDir, "gateway", host.Clock.Now())...)
	found = append(found, service.ExaminePeers(ctx, cfg.TLSDir, service.Addresses{
		"access": cfg.AccessAddr, "donations": cfg.DonationsAddr, "families": cfg.FamiliesAddr,
		"disbursements": cfg.DisbursementsAddr, "ledger": cfg.LedgerAddr,
	})...)
	found = append(found, examineHTTPS(cfg, host.Clock.Now())...)
	for i := range found {
		found[i].Service = "gateway"
	}
	return found
}

// examineHTTPS examines the certificate that clients see.
func examineHTTPS(cfg Config, now time.Time) []doctor.Finding {
	if cfg.HTTPSCert == "" || cfg.HTTPSKey == "" {
		return nil // a proxy has it, or the settings are at fault
	}
	r := doctor.About("https")
	const remedy = "get a new certificate and replace both files"
	pair, err := tls.LoadX509KeyPair(cfg.HTTPSCert, cfg.HTTPSKey)
	if err != nil {
		r.Fault("the certificate and key that clients see cannot be read", "check --https-cert and --https-key")
		return r.Findings()
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		r.Fault("the certificate that clients see cannot be read", remedy)
		return r.Findings()
	}
	switch ends := leaf.NotAfter.UTC().Format(time.DateOnly); {
	case now.Before(leaf.NotBefore):
		r.Fault("the certificate that clients see is not valid yet", "check this machine's clock")
	case !now.Before(leaf.NotAfter):
		r.Fault(fmt.Sprintf("the certificate that clients see ended on %s", ends), remedy)
	case leaf.NotAfter.Sub(now) < httpsRenewal:
		r.Warn(fmt.Sprintf("the certificate that clients see ends on %s", ends), remedy)
	}
	return r.Findings()
}
