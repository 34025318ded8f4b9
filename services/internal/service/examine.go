package service

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	healthv1 "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/doctor"
	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

// peerTime is how long a peer may take to answer an examination.
const peerTime = 3 * time.Second

// Examine says all that is wrong with what Open would open, and with what it serves
// beside. It changes nothing. What a service has of its own it adds.
func Examine(ctx context.Context, h Host, c Config, o Options, own ...[]doctor.Finding) []doctor.Finding {
	every := c.Every()
	found := slices.Concat(
		examineSettings(c, every),
		ExamineCertificate(every.TLSDir, o.Name, h.Clock.Now()),
		postgres.Examine(ctx, "database", every.Direct(), every.MigrateURL, o.Migrations, h.Clock.Now),
		examineKeyStore(ctx, o.KeyStore, h.Clock.Now),
		signin.Examine(ctx, (&Service{config: every}).issuer(), h.Clock.Now),
		ExaminePeers(ctx, every.TLSDir, o.Peers),
		doctor.Disk(every.SecretFile),
		slices.Concat(own...),
	)
	for i := range found {
		found[i].Service = o.Name
	}
	return found
}

func examineSettings(c Config, every config.Service) []doctor.Finding {
	settings, secret := doctor.About("settings"), doctor.About("secret")
	for _, err := range each(c.Check()) {
		settings.Fault(err.Error(), "change the setting; `solidarity config SERVICE` shows what is set")
	}
	settings.Failed((&Service{config: every}).issuer().Check(), "change the setting; docs/operations.md, Staff")
	if every.Development {
		settings.Fault("it runs for development: without delays, and with keys that it makes itself", "leave out --development")
	}
	_, err := seal.LoadMaster(every.SecretFile, false)
	secret.Failed(err, "bring the file back from its copy, mode 0600: with another key nothing opens that was sealed under the old one")
	return append(settings.Findings(), secret.Findings()...)
}

// each are the errors that were joined.
func each(err error) []error {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		if err == nil {
			return nil
		}
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, each(e)...)
	}
	return out
}

// ExamineCertificate examines the folder by which a service is known to the others.
func ExamineCertificate(dir, name string, now time.Time) []doctor.Finding {
	r := doctor.About("certificate")
	for _, wrong := range mtls.Examine(dir, name, now) {
		if soon := (mtls.EndsSoon{}); errors.As(wrong, &soon) {
			r.Warn(wrong.Error(), "renew it: `solidarity ca renew AUTHORITY "+dir+"`")
			continue
		}
		r.Fault(wrong.Error(), "issue it anew: `solidarity ca issue AUTHORITY FOLDER "+name+"`")
	}
	return r.Findings()
}

func examineKeyStore(ctx context.Context, keys *config.Sealed, now func() time.Time) []doctor.Finding {
	if keys == nil {
		return nil
	}
	return postgres.Examine(ctx, "key store", keys.KeyStoreURL, keys.KeyStoreMigrateURL, seal.KeyStoreMigrations(), now)
}

// ExaminePeers asks each peer, with the certificate in a folder, whether it serves.
func ExaminePeers(ctx context.Context, dir string, addresses Addresses) []doctor.Finding {
	identity, err := mtls.Load(dir)
	if err != nil {
		return nil // said about the certificate
	}
	r := doctor.About("peers")
	connections, err := connect(identity, addresses)
	if err != nil {
		r.Fault(err.Error(), "give the address as host:port")
		return r.Findings()
	}
	defer connections.close()
	for _, name := range slices.Sorted(maps.Keys(connections)) {
		ctx, cancel := context.WithTimeout(ctx, peerTime)
		answer, err := healthv1.NewHealthClient(connections[name]).Check(ctx, &healthv1.HealthCheckRequest{})
		cancel()
		remedy := fmt.Sprintf("start %s, then check --%s-addr and the certificates of both: its log says more", name, name)
		switch {
		case err != nil:
			r.Fault(fmt.Sprintf("%s does not answer at %s", name, addresses[name]), remedy)
		case answer.GetStatus() != healthv1.HealthCheckResponse_SERVING:
			r.Fault(fmt.Sprintf("%s answers and does not serve", name), "look at the log of "+name)
		}
	}
	return r.Findings()
}
