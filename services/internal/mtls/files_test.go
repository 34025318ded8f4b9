package mtls_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/mtls"
)

// certificate reads the first certificate of a file.
func certificate(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		t.Fatalf("%s holds no PEM block", path)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// issued is an authority's folder and that of a service, made at a time.
func issued(t *testing.T, at time.Time, service string) (authority, folder string) {
	t.Helper()
	authority, folder = filepath.Join(t.TempDir(), "authority"), filepath.Join(t.TempDir(), service)
	a, err := mtls.OpenAuthority(authority, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Issue(folder, service); err != nil {
		t.Fatal(err)
	}
	return authority, folder
}

func TestACertificateIsForOneServiceAndNinetyDays(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	authority, folder := issued(t, at, "ledger")
	c, ca := certificate(t, filepath.Join(folder, "cert.pem")), certificate(t, filepath.Join(authority, "ca.pem"))
	if len(c.URIs) != 1 || c.URIs[0].String() != "spiffe://solidarity/ledger" || len(c.DNSNames) != 1 || c.DNSNames[0] != "ledger.solidarity.internal" {
		t.Errorf("it names %v, %v", c.URIs, c.DNSNames)
	}
	if c.IsCA || c.KeyUsage != x509.KeyUsageDigitalSignature || c.NotAfter.Sub(at) != 90*24*time.Hour || !c.NotBefore.Before(at) {
		t.Errorf("authority %t, usage %v, from %v to %v", c.IsCA, c.KeyUsage, c.NotBefore, c.NotAfter)
	}
	// The authority signs services and nothing that signs in turn.
	if !ca.IsCA || !ca.MaxPathLenZero || ca.NotAfter.Before(c.NotAfter) || c.CheckSignatureFrom(ca) != nil {
		t.Errorf("signed by %v until %v", ca.Subject, ca.NotAfter)
	}
	if beside := certificate(t, filepath.Join(folder, "ca.pem")); !beside.Equal(ca) {
		t.Errorf("the service trusts %v", beside.Subject)
	}
}

func TestOnlyTheOwnerReadsKeysAndTheAuthoritysStaysAtHome(t *testing.T) {
	t.Parallel()
	authority, folder := issued(t, time.Now(), "ledger")
	keys := map[string]bool{}
	for _, dir := range []string{authority, folder} {
		path := filepath.Join(dir, "key.pem")
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		keys[string(text)] = true
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 3 || len(keys) != 2 {
		t.Errorf("the service has %v, %v, and there are %d keys", files, err, len(keys))
	}
}

func TestAnExpiredCertificateIsRefused(t *testing.T) {
	t.Parallel()
	// Given two services whose certificates were made a hundred days ago,
	_, folder := issued(t, time.Now().AddDate(0, 0, -100), "ledger")
	ledger, err := mtls.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	// then neither side takes the other's.
	if _, err := handshake(t, ledger.Server(), ledger.Client("ledger")); err == nil {
		t.Error("an expired certificate was taken")
	}
}

func TestWhatIsNoTLS13IsRefused(t *testing.T) {
	t.Parallel()
	a := authority(t)
	ledger, families := issue(t, a, "ledger"), issue(t, a, "families")
	old := families.Client("ledger")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	if _, err := handshake(t, ledger.Server(), old); err == nil {
		t.Error("TLS 1.2 was taken")
	}
}

func TestADamagedFolderIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(folder string) error{
		"no authority":    func(d string) error { return os.Remove(filepath.Join(d, "ca.pem")) },
		"no certificate":  func(d string) error { return os.Remove(filepath.Join(d, "cert.pem")) },
		"no key":          func(d string) error { return os.Remove(filepath.Join(d, "key.pem")) },
		"empty authority": func(d string) error { return os.WriteFile(filepath.Join(d, "ca.pem"), nil, 0o600) },
		"another's key": func(d string) error {
			_, other := issued(t, time.Now(), "families")
			return os.Rename(filepath.Join(other, "key.pem"), filepath.Join(d, "key.pem"))
		},
	} {
		_, folder := issued(t, time.Now(), "ledger")
		if err := damage(folder); err != nil {
			t.Fatal(err)
		}
		if _, err := mtls.Load(folder); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

// An authority that cannot be read is never made anew: every service would refuse
// every other.
func TestADamagedAuthorityIsNotReplaced(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"ca.pem", "key.pem"} {
		for name, content := range map[string]string{"empty": "", "other": "-----BEGIN X-----\nAAAA\n-----END X-----\n"} {
			dir, _ := issued(t, time.Now(), "ledger")
			if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := mtls.OpenAuthority(dir, time.Now); err == nil || !strings.Contains(err.Error(), "authority") {
				t.Errorf("%s %s: %v", name, file, err)
			}
			if left, err := os.ReadFile(filepath.Join(dir, file)); err != nil || string(left) != content {
				t.Errorf("%s %s was replaced", name, file)
			}
		}
	}
	dir, _ := issued(t, time.Now(), "ledger")
	if err := os.Remove(filepath.Join(dir, "key.pem")); err != nil {
		t.Fatal(err)
	}
	if _, err := mtls.OpenAuthority(dir, time.Now); err == nil {
		t.Error("an authority without its key was opened")
	}
}

// A name counts only where the chain was verified, and only under our own scheme.
func TestANameIsReadFromAVerifiedCertificateOnly(t *testing.T) {
	t.Parallel()
	at := func(uris ...string) *x509.Certificate {
		c := &x509.Certificate{}
		for _, text := range uris {
			u, err := url.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			c.URIs = append(c.URIs, u)
		}
		return c
	}
	for want, c := range map[string]*x509.Certificate{
		"ledger":   at("https://x.example/y", "spiffe://solidarity/ledger"),
		"":         at("spiffe://other/ledger", "SPIFFE:solidarity/ledger", "https://solidarity/ledger"),
		"families": at("spiffe://solidarity/families", "spiffe://solidarity/ledger"),
	} {
		state := tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}}
		if got := mtls.PeerName(state); got != "" {
			t.Errorf("unverified: %q", got)
		}
		state.VerifiedChains = [][]*x509.Certificate{{c}}
		if got := mtls.PeerName(state); got != want {
			t.Errorf("%v: %q, want %q", c.URIs, got, want)
		}
	}
}

// Key and certificate are two files: a handshake between their renames must not fail.
func TestNoHandshakeFailsWhileACertificateIsRotated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, err := mtls.OpenAuthority(filepath.Join(dir, "authority"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "ledger")
	if err := a.Issue(folder, "ledger"); err != nil {
		t.Fatal(err)
	}
	ledger, err := mtls.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	families := issue(t, a, "families")
	// Given a rotation that has come half way,
	if err := a.Issue(filepath.Join(dir, "next"), "ledger"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "next", "key.pem"), filepath.Join(folder, "key.pem")); err != nil {
		t.Fatal(err)
	}
	// then the old pair still serves, on both sides,
	for peer, pair := range map[string][2]*tls.Config{
		"families": {ledger.Server(), families.Client("ledger")}, "ledger": {families.Server(), ledger.Client("families")},
	} {
		if got, err := handshake(t, pair[0], pair[1]); err != nil || got != peer {
			t.Errorf("half way: the peer is %q, %v", got, err)
		}
	}
	// and the new one when it is whole.
	if err := os.Rename(filepath.Join(dir, "next", "cert.pem"), filepath.Join(folder, "cert.pem")); err != nil {
		t.Fatal(err)
	}
	want := certificate(t, filepath.Join(folder, "cert.pem"))
	got, err := ledger.Server().GetCertificate(nil)
	if err != nil || string(got.Certificate[0]) != string(want.Raw) {
		t.Errorf("after it: %v", err)
	}
}
