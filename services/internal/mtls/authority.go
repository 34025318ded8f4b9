package mtls

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// Lifetimes of the authority's and the services' certificates.
const (
	authorityLifetime = 10 * 365 * 24 * time.Hour
	serviceLifetime   = 90 * 24 * time.Hour
)

// Authority signs the certificates of an installation's services.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  func() time.Time
}

// ErrAuthorityThere says that a folder has an authority already.
var ErrAuthorityThere = errors.New("an authority is there already: a second one would sign what no service trusts")

// CreateAuthority makes an authority in dir, ErrAuthorityThere where one is. Its key
// stays in dir with mode 0600; services get only its certificate.
func CreateAuthority(dir string, now func() time.Time) (*Authority, error) {
	for _, name := range []string{caFile, keyFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil, ErrAuthorityThere
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("look for an authority: %w", err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make authority key: %w", err)
	}
	return signAuthority(dir, key, now)
}

// OpenAuthority loads the authority kept in dir and makes one at first use, for
// development.
func OpenAuthority(dir string, now func() time.Time) (*Authority, error) {
	a, err := LoadAuthority(dir, now)
	if errors.Is(err, fs.ErrNotExist) {
		if a, again := CreateAuthority(dir, now); !errors.Is(again, ErrAuthorityThere) {
			return a, again
		}
	}
	return a, err
}

// LoadAuthority loads the authority kept in dir.
func LoadAuthority(dir string, now func() time.Time) (*Authority, error) {
	cert, err := readPEM(filepath.Join(dir, caFile))
	if err != nil {
		return nil, fmt.Errorf("read authority: %w", err)
	}
	key, err := readPEM(filepath.Join(dir, keyFile))
	if err != nil {
		return nil, fmt.Errorf("read authority key: %w", err)
	}
	a := &Authority{now: now}
	if a.cert, err = x509.ParseCertificate(cert); err != nil {
		return nil, fmt.Errorf("parse authority: %w", err)
	}
	if a.key, err = x509.ParseECPrivateKey(key); err != nil {
		return nil, fmt.Errorf("parse authority key: %w", err)
	}
	if !a.key.PublicKey.Equal(a.cert.PublicKey) {
		return nil, errors.New("the authority's key does not belong to its certificate")
	}
	return a, nil
}

// Until is when the authority's own certificate ends.
func (a *Authority) Until() time.Time { return a.cert.NotAfter }

// Renewed is the authority with a new certificate for the key that it has, kept in
// dir. Who trusts the old one takes what either signed, until the old one ends.
func (a *Authority) Renewed(dir string) (*Authority, error) { return signAuthority(dir, a.key, a.now) }

// signAuthority signs an authority's certificate with its own key and keeps both.
func signAuthority(dir string, key *ecdsa.PrivateKey, now func() time.Time) (*Authority, error) {
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "Solidarity services"},
		NotBefore: now().Add(-time.Minute), NotAfter: now().Add(authorityLifetime),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("sign authority: %w", err)
	}
	if err := writePair(dir, der, key); err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("parse authority: %w", err)
	}
	return &Authority{cert: cert, key: key, now: now}, nil
}

// Issue writes into dir a fresh certificate for a service, valid 90 days but no
// longer than the authority's, with the authority's certificate beside it.
func (a *Authority) Issue(dir, service string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make key of %s: %w", service, err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: service},
		NotBefore: a.now().Add(-time.Minute), NotAfter: earlier(a.now().Add(serviceLifetime), a.cert.NotAfter),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{hostName(service)},
		URIs:        []*url.URL{{Scheme: "spiffe", Host: "solidarity", Path: "/" + service}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return fmt.Errorf("sign certificate of %s: %w", service, err)
	}
	if err := writePair(dir, der, key); err != nil {
		return err
	}
	return writePEM(filepath.Join(dir, caFile), "CERTIFICATE", a.cert.Raw)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func serial() *big.Int {
	n, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127)) // crypto/rand does not fail
	return n
}

// writePair stores a certificate and its key; an authority's own certificate
// stands in ca.pem.
func writePair(dir string, der []byte, key *ecdsa.PrivateKey) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make certificate folder: %w", err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode key: %w", err)
	}
	if err := writePEM(filepath.Join(dir, keyFile), "EC PRIVATE KEY", keyDER); err != nil {
		return err
	}
	for _, name := range []string{certFile, caFile} {
		if err := writePEM(filepath.Join(dir, name), "CERTIFICATE", der); err != nil {
			return err
		}
	}
	return nil
}

func writePEM(path, kind string, der []byte) error {
	tmp := path + ".new"
	if err := os.WriteFile(tmp, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}

func readPEM(path string) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("no PEM block in %s", filepath.Base(path))
	}
	return block.Bytes, nil
}
