// Package mtls gives each service a certificate from the installation's own
// small authority and the TLS configurations by which services know each other.
// A service's name is in its certificate as spiffe://solidarity/<name>.
package mtls

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// Files of a service's folder.
const (
	caFile   = "ca.pem"
	certFile = "cert.pem"
	keyFile  = "key.pem"
)

// scheme is the beginning of a service's name in its certificate.
const scheme = "spiffe://solidarity/"

// Identity is the certificate of one service and the authority it trusts.
type Identity struct {
	dir  string
	pool *x509.CertPool
	last atomic.Pointer[tls.Certificate] // the last whole pair
}

// Load reads the folder of one service: ca.pem, cert.pem and key.pem. The
// certificate is read again at each handshake, so that it can be rotated
// without a restart.
func Load(dir string) (*Identity, error) {
	ca, err := os.ReadFile(filepath.Join(dir, caFile))
	if err != nil {
		return nil, fmt.Errorf("read certificate authority: %w", err)
	}
	id := &Identity{dir: dir, pool: x509.NewCertPool()}
	if !id.pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("read certificate authority: no certificate in %s", caFile)
	}
	if _, err := id.certificate(); err != nil {
		return nil, err
	}
	return id, nil
}

// Server returns the configuration of a server: TLS 1.3, and only clients with
// a certificate of the same authority.
func (i *Identity) Server() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ClientAuth: tls.RequireAndVerifyClientCert,
		ClientCAs:  i.pool,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return i.certificate()
		},
	}
}

// Client returns the configuration for connecting to the service named peer,
// and to no other.
func (i *Identity) Client(peer string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		RootCAs:    i.pool,
		ServerName: hostName(peer),
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return i.certificate()
		},
	}
}

// certificate reads the pair of certificate and key. They are two files: while they are
// rotated they do not belong together for a moment, and the pair before them serves.
func (i *Identity) certificate() (*tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(filepath.Join(i.dir, certFile), filepath.Join(i.dir, keyFile))
	if err == nil {
		i.last.Store(&c)
		return &c, nil
	}
	if last := i.last.Load(); last != nil {
		return last, nil
	}
	return nil, fmt.Errorf("read service certificate: %w", err)
}

// PeerName returns the service name in a verified certificate, empty where it
// has none.
func PeerName(state tls.ConnectionState) string {
	if len(state.VerifiedChains) == 0 {
		return ""
	}
	return serviceName(state.PeerCertificates[0])
}

// serviceName is the service that a certificate names, empty where it names none.
func serviceName(c *x509.Certificate) string {
	for _, u := range c.URIs {
		if name, ok := strings.CutPrefix(u.String(), scheme); ok {
			return name
		}
	}
	return ""
}

func hostName(service string) string { return service + ".solidarity.internal" }
