package oidcdev

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/webserver"
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
	return webserver.Serve(ctx, server, lis, stopTime)
}
