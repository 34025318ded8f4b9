package mtls_test

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/mtls"
)

func TestServicesOfOneAuthorityKnowEachOtherByName(t *testing.T) {
	t.Parallel()
	a := authority(t)
	ledger, families := issue(t, a, "ledger"), issue(t, a, "families")
	peer, err := handshake(t, ledger.Server(), families.Client("ledger"))
	if err != nil || peer != "families" {
		t.Errorf("the ledger sees %q, %v", peer, err)
	}
}

func TestAnotherServiceCannotPoseAsTheLedger(t *testing.T) {
	t.Parallel()
	a := authority(t)
	families, donations := issue(t, a, "families"), issue(t, a, "donations")
	if _, err := handshake(t, families.Server(), donations.Client("ledger")); err == nil {
		t.Error("donations took families for the ledger")
	}
}

func TestACertificateOfAnotherAuthorityIsRefused(t *testing.T) {
	t.Parallel()
	ours, theirs := authority(t), authority(t)
	ledger, stranger := issue(t, ours, "ledger"), issue(t, theirs, "gateway")
	if _, err := handshake(t, ledger.Server(), stranger.Client("ledger")); err == nil {
		t.Error("a stranger was let in")
	}
}

func TestAClientWithoutACertificateIsRefused(t *testing.T) {
	t.Parallel()
	ledger := issue(t, authority(t), "ledger")
	bare := &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the server must refuse it
	if _, err := handshake(t, ledger.Server(), bare); err == nil {
		t.Error("a client without a certificate was let in")
	}
}

func TestAnAuthorityIsKeptAndARotatedCertificateIsTakenUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, err := mtls.OpenAuthority(filepath.Join(dir, "authority"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "ledger")
	if err := first.Issue(folder, "ledger"); err != nil {
		t.Fatal(err)
	}
	ledger, err := mtls.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	again, err := mtls.OpenAuthority(filepath.Join(dir, "authority"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Issue(folder, "ledger"); err != nil {
		t.Fatal(err)
	}
	if _, err := handshake(t, ledger.Server(), issue(t, first, "families").Client("ledger")); err != nil {
		t.Errorf("after rotation: %v", err)
	}
}

func authority(t *testing.T) *mtls.Authority {
	t.Helper()
	a, err := mtls.OpenAuthority(t.TempDir(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func issue(t *testing.T, a *mtls.Authority, service string) *mtls.Identity {
	t.Helper()
	dir := filepath.Join(t.TempDir(), service)
	if err := a.Issue(dir, service); err != nil {
		t.Fatal(err)
	}
	id, err := mtls.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// handshake connects a client to a server and returns the name that the server
// reads in the client's certificate.
func handshake(t *testing.T, server, client *tls.Config) (string, error) {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	go func() {
		conn, err := net.Dial("tcp", lis.Addr().String())
		if err != nil {
			return
		}
		defer conn.Close()
		c := tls.Client(conn, client)
		if c.Handshake() == nil {
			_, _ = c.Read(make([]byte, 1)) // until the server hangs up
		}
	}()
	conn, err := lis.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s := tls.Server(conn, server)
	if err := s.Handshake(); err != nil {
		return "", err
	}
	return mtls.PeerName(s.ConnectionState()), nil
}
