package mtls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/secretfile"
)

// RenewBefore is how long before its end a certificate should be renewed.
const RenewBefore = 30 * 24 * time.Hour

// EndsSoon is an error about a certificate that is good for less than RenewBefore.
type EndsSoon struct {
	what string
	at   time.Time
}

// Error says when it ends.
func (e EndsSoon) Error() string {
	return fmt.Sprintf("the %s ends on %s", e.what, e.at.UTC().Format(time.DateOnly))
}

// errNoName says that a certificate names no service of an installation.
var errNoName = errors.New("its certificate names no service")

// Issued describes the certificate in a service's folder.
type Issued struct {
	// Service is who it is for.
	Service string
	// Until is when it ends.
	Until time.Time
	// AuthorityUntil is when the certificate of the authority beside it ends.
	AuthorityUntil time.Time
}

// Inspect reads the certificate in a service's folder.
func Inspect(dir string) (Issued, error) {
	cert, err := readCertificate(filepath.Join(dir, certFile))
	if err != nil {
		return Issued{}, err
	}
	authority, err := readCertificate(filepath.Join(dir, caFile))
	if err != nil {
		return Issued{}, err
	}
	name := serviceName(cert)
	if name == "" {
		return Issued{}, errNoName
	}
	return Issued{Service: name, Until: cert.NotAfter, AuthorityUntil: authority.NotAfter}, nil
}

// Examine says all that is wrong, or soon will be, with the folder of a service at a
// time.
func Examine(dir, service string, now time.Time) []error {
	cert, err := readCertificate(filepath.Join(dir, certFile))
	if err != nil {
		return []error{err}
	}
	authority, err := readCertificate(filepath.Join(dir, caFile))
	if err != nil {
		return []error{err}
	}
	var wrong []error
	if name := serviceName(cert); name != service || !slices.Contains(cert.DNSNames, hostName(service)) {
		wrong = append(wrong, fmt.Errorf("the certificate is for %q, not for %s", name, service))
	}
	if cert.CheckSignatureFrom(authority) != nil {
		wrong = append(wrong, errors.New("the certificate was not signed by the authority in "+caFile))
	}
	if _, err := tls.LoadX509KeyPair(filepath.Join(dir, certFile), filepath.Join(dir, keyFile)); err != nil {
		wrong = append(wrong, fmt.Errorf("the key in %s does not belong to the certificate or cannot be read", keyFile))
	}
	if info, err := os.Stat(filepath.Join(dir, keyFile)); err == nil && secretfile.Shared(info, os.Geteuid()) {
		wrong = append(wrong, fmt.Errorf("others on this machine can read %s", keyFile))
	}
	return append(wrong, ends(cert, authority, now)...)
}

// ends says what is over, has not begun or ends soon.
func ends(cert, authority *x509.Certificate, now time.Time) []error {
	var wrong []error
	for _, c := range []struct {
		what string
		*x509.Certificate
	}{{"certificate", cert}, {"authority's certificate", authority}} {
		switch {
		case now.Before(c.NotBefore):
			wrong = append(wrong, fmt.Errorf("the %s begins on %s", c.what, c.NotBefore.UTC().Format(time.DateOnly)))
		case !now.Before(c.NotAfter):
			wrong = append(wrong, fmt.Errorf("the %s ended on %s", c.what, c.NotAfter.UTC().Format(time.DateOnly)))
		case c.NotAfter.Sub(now) < RenewBefore:
			wrong = append(wrong, EndsSoon{what: c.what, at: c.NotAfter})
		}
	}
	return wrong
}

func readCertificate(path string) (*x509.Certificate, error) {
	der, err := readPEM(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Base(path), err)
	}
	return c, nil
}
