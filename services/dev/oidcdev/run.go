package oidcdev

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// stopTime bounds how long running requests may take at the end.
const stopTime = 5 * time.Second

// Run serves an issuer on a loopback listener until ctx ends.
func Run(ctx context.Context, lis net.Listener, o Options) error {
	if !loopback(lis.Addr().String()) {
		return errors.New("the development issuer listens on the loopback only")
	}
	issuer, err := New(o)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: issuer.Handler(), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(lis) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve development issuer: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return fmt.Errorf("stop development issuer: %w", err)
	}
	return nil
}
