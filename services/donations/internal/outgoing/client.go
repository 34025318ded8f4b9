package outgoing

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

const (
	timeout    = 5 * time.Second // of a whole call
	maxAnswer  = 4 << 10         // bytes that are read of an answer
	maxHeaders = 16 << 10        // bytes
)

// ErrScheme is the error of a call that would not be encrypted.
var ErrScheme = errors.New("the address is not https")

// Options are what a Client is made of.
type Options struct {
	// Loopback allows this machine's own addresses, over plain http, too: for development.
	Loopback bool
	// Roots are the certificates that are trusted; nil for the system's.
	Roots *x509.CertPool
}

// Client posts messages.
type Client struct {
	http     *http.Client
	loopback bool
}

// New returns a client.
func New(o Options) *Client { return newClient(o, control(o.Loopback)) }

func newClient(o Options, control func(network, address string, c syscall.RawConn) error) *Client {
	dialer := &net.Dialer{Timeout: timeout, Control: control}
	return &Client{loopback: o.Loopback, http: &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			// No proxy: it would be asked for the address instead of the check.
			DialContext: dialer.DialContext, TLSClientConfig: &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout, MaxResponseHeaderBytes: maxHeaders,
			DisableKeepAlives: true, // each call is judged anew
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Post sends a message and returns the status of the answer, of which no more than the
// beginning is read. It follows no redirect. ErrAddress and ErrScheme are refusals; a call
// that took too long is context.DeadlineExceeded or a timeout.
func (c *Client) Post(ctx context.Context, address string, header http.Header, body []byte) (status int, err error) {
	u, err := url.Parse(address)
	if err != nil {
		return 0, fmt.Errorf("read address: %w", err)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && c.loopback) {
		return 0, ErrScheme
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make request: %w", err)
	}
	req.Header = header
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, fmt.Errorf("post message: %w", err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxAnswer) // what is said is of no interest
	return resp.StatusCode, nil
}
