package command

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	// dialTime bounds how long a connection to a server takes to be made.
	dialTime = 15 * time.Second
	// silence is how long a server may say nothing, longer than the ten minutes that
	// one of ours takes at most to read its books.
	silence = 11 * time.Minute
)

// patientClient returns a client for a server that is not trusted. It bounds how
// long nothing comes, not how long a file takes: files may be large and lines slow.
func patientClient(silence time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: dialTime}
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, fmt.Errorf("connect: %w", err)
			}
			return silentConn{conn, silence}, nil
		},
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   16,
		IdleConnTimeout:       min(time.Minute, silence),
		TLSHandshakeTimeout:   dialTime,
		ResponseHeaderTimeout: silence,
	}}
}

// silentConn fails to read where nothing comes for long.
type silentConn struct {
	net.Conn
	silence time.Duration
}

// Read waits for the next bytes, not for ever.
func (c silentConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, fmt.Errorf("bound reading: %w", err)
	}
	return c.Conn.Read(p)
}
