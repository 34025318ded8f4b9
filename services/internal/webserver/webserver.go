// Package webserver serves HTTP until its context ends, and then lets running
// requests finish.
package webserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Serve serves on a listener until ctx ends: HTTPS where the server has a TLSConfig,
// else plain HTTP. Requests that run then are cut off when they take longer than
// drain, which is an error.
func Serve(ctx context.Context, s *http.Server, lis net.Listener, drain time.Duration) error {
	failed := make(chan error, 1)
	go func() {
		if s.TLSConfig != nil {
			failed <- s.ServeTLS(lis, "", "")
			return
		}
		failed <- s.Serve(lis)
	}()
	select {
	case err := <-failed:
		return fmt.Errorf("serve HTTP: %w", err)
	case <-ctx.Done():
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer cancel()
	if err := s.Shutdown(draining); err != nil {
		return errors.Join(fmt.Errorf("finish running requests: %w", err), s.Close())
	}
	return nil
}
