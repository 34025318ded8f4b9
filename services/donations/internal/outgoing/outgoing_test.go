package outgoing_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/outgoing"
)

func TestOnlyAddressesThatEverybodyReachesArePublic(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"93.184.215.14": true, "1.1.1.1": true, "2606:2800:21f:cb07:6820:80da:af6b:8b2c": true, "::ffff:1.1.1.1": true,
		"127.0.0.1": false, "127.8.8.8": false, "0.0.0.0": false, "0.1.2.3": false, "10.1.2.3": false, "172.16.0.1": false,
		"172.31.255.255": false, "192.168.1.1": false, "169.254.169.254": false, "100.64.0.1": false, "100.100.100.200": false,
		"192.0.0.192": false, "198.18.0.1": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:10.0.0.1": false,
		"::127.0.0.1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::a00:1": false, "2002:7f00:1::": false, "2001:0:7f00:1::": false,
		"fe80::1": false, "fe80::1%eth0": false, "fec0::1": false, "fc00::1": false, "fd00:ec2::254": false, "ff02::1": false,
		"100::1": false, "2001:db8::1": false,
	} {
		if got := outgoing.Public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// server counts who reaches it, over TLS.
func server(t *testing.T, answer http.HandlerFunc) (*httptest.Server, *x509.CertPool, *atomic.Int32) {
	t.Helper()
	var reached atomic.Int32
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reached.Add(1)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, roots, &reached
}

func ok(http.ResponseWriter, *http.Request) {}

func post(c *outgoing.Client, address string) (int, error) {
	return c.Post(context.Background(), address, http.Header{"Webhook-Id": {"wd_1"}}, []byte(`{}`))
}

// A name that leads to this machine is refused when it is dialled, in each spelling of the
// address: so a name that led elsewhere a moment ago gets nothing either.
func TestANameThatLeadsIntoTheNetworkIsRefusedWhenItIsDialled(t *testing.T) {
	t.Parallel()
	s, roots, reached := server(t, ok)
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	addresses := []string{"https://127.0.0.1" + port, "https://localhost" + port, "https://[::ffff:127.0.0.1]" + port, "https://0.0.0.0" + port, "https://2130706433" + port}
	// when
	checked := outgoing.New(outgoing.Options{Roots: roots})
	for _, address := range addresses[:4] {
		if _, err := post(checked, address); !errors.Is(err, outgoing.ErrAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
	if _, err := post(checked, addresses[4]); err == nil {
		t.Error("a number was dialled")
	}
	// then
	if n := reached.Load(); n != 0 {
		t.Fatalf("%d calls came through", n)
	}
	// Without the protection they do: the test can see it.
	if status, err := post(outgoing.NewUnchecked(outgoing.Options{Roots: roots}), addresses[0]); err != nil || status != http.StatusOK || reached.Load() != 1 {
		t.Errorf("without the protection: %d, %v", status, err)
	}
}

func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	inner, _, reached := server(t, ok)
	s, roots, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inner.URL, http.StatusTemporaryRedirect)
	})
	status, err := post(outgoing.New(outgoing.Options{Roots: roots, Loopback: true}), s.URL)
	if err != nil || status != http.StatusTemporaryRedirect || reached.Load() != 0 {
		t.Errorf("%d, %v; the other was reached %d times", status, err, reached.Load())
	}
}

func TestPlainHTTPIsForDevelopmentOnly(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(ok))
	t.Cleanup(s.Close)
	if _, err := post(outgoing.New(outgoing.Options{}), s.URL); !errors.Is(err, outgoing.ErrScheme) {
		t.Errorf("plain http: %v", err)
	}
	if status, err := post(outgoing.New(outgoing.Options{Loopback: true}), s.URL); err != nil || status != http.StatusOK {
		t.Errorf("in development: %d, %v", status, err)
	}
}

func TestACertificateOfNobodyIsRefused(t *testing.T) {
	t.Parallel()
	s, _, reached := server(t, ok)
	if _, err := post(outgoing.New(outgoing.Options{Loopback: true}), s.URL); err == nil || reached.Load() != 0 {
		t.Errorf("%v, reached %d times", err, reached.Load())
	}
}

// What talks for ever is left: after the beginning of an answer, or five seconds.
func TestAnAnswerWithoutEndIsLeft(t *testing.T) {
	t.Parallel()
	s, roots, _ := server(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte("a"), 1<<10)); err != nil {
				return
			}
		}
	})
	began := time.Now()
	if status, err := post(outgoing.New(outgoing.Options{Roots: roots, Loopback: true}), s.URL); err != nil || status != http.StatusOK {
		t.Errorf("%d, %v", status, err)
	}
	if time.Since(began) > 4*time.Second {
		t.Error("the whole answer was waited for")
	}
}
