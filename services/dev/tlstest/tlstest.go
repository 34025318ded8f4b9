// Package tlstest gives the services of a test their certificates, addresses and
// connections.
package tlstest

import (
	"net"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/solidarity-fund/solidarity/services/internal/mtls"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Authority issues certificates that trust each other.
type Authority struct {
	t         testing.TB
	dir       string
	authority *mtls.Authority
}

// New makes an authority of the test's own.
func New(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{t: t, dir: t.TempDir()}
	var err error
	if a.authority, err = mtls.OpenAuthority(filepath.Join(a.dir, "authority"), time.Now); err != nil {
		t.Fatal(err)
	}
	return a
}

// Folder issues the certificate of a service and returns its folder.
func (a *Authority) Folder(service string) string {
	a.t.Helper()
	dir := filepath.Join(a.dir, service)
	if err := a.authority.Issue(dir, service); err != nil {
		a.t.Fatal(err)
	}
	return dir
}

// Identity issues the certificate of a service and loads it.
func (a *Authority) Identity(service string) *mtls.Identity {
	a.t.Helper()
	id, err := mtls.Load(a.Folder(service))
	if err != nil {
		a.t.Fatal(err)
	}
	return id
}

// Dial connects as a service to another at an address.
func (a *Authority) Dial(address, as, to string) *grpc.ClientConn {
	a.t.Helper()
	return Dial(a.t, address, a.Identity(as), to)
}

// Dial connects with an identity to a service at an address. The connection ends
// with the test.
func Dial(t testing.TB, address string, as *mtls.Identity, to string) *grpc.ClientConn {
	t.Helper()
	conn, err := rpc.Dial(address, as.Client(to))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// FreeAddress returns an address on the loopback that was free a moment ago.
func FreeAddress(t testing.TB) string {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer lis.Close()
	return lis.Addr().String()
}
