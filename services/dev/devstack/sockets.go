package devstack

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// addressFile remembers where the processes listened, so that an installation
// keeps its addresses: people are known by the issuer's, and donors may have a
// checkout page open.
const addressFile = "addresses.json"

// listen opens every socket here, so that a port in use is known before anything
// starts and a service that restarts refuses nobody.
func (s *Stack) listen(ctx context.Context) error {
	before := map[string]string{}
	if b, err := os.ReadFile(filepath.Join(s.layout.root, addressFile)); err == nil {
		_ = json.Unmarshal(b, &before) // a broken file is as good as none
	}
	names := []string{"oidc", "stripe"}
	for _, svc := range services {
		names = append(names, svc.name)
	}
	for _, name := range names {
		lis, err := s.open(ctx, name, before[name])
		if err != nil {
			return err
		}
		s.state.Addresses[name] = lis.Addr().String()
		s.sockets[name], err = lis.(*net.TCPListener).File()
		lis.Close() // the file keeps the socket
		if err != nil {
			return fmt.Errorf("keep socket of %s: %w", name, err)
		}
	}
	s.state.REST = "http://" + s.state.Addresses["gateway"]
	return s.rememberAddresses()
}

// open listens where the process listened before, and on any free port if that
// is taken; the gateway listens where it was told to.
func (s *Stack) open(ctx context.Context, name, before string) (net.Listener, error) {
	var config net.ListenConfig
	if name == "gateway" {
		lis, err := config.Listen(ctx, "tcp", s.options.Addr)
		if err != nil {
			return nil, fmt.Errorf("cannot listen on %s: the port is in use or not allowed; give another --addr", s.options.Addr)
		}
		return lis, nil
	}
	if before != "" {
		if lis, err := config.Listen(ctx, "tcp", before); err == nil {
			return lis, nil
		}
		s.options.Log.Warn("an address is taken, another one is used", "process", name, "address", before)
	}
	lis, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a port for %s: %w", name, err)
	}
	return lis, nil
}

func (s *Stack) rememberAddresses() error {
	b, err := json.Marshal(s.state.Addresses)
	if err != nil {
		return fmt.Errorf("remember addresses: %w", err)
	}
	if err := os.WriteFile(filepath.Join(s.layout.root, addressFile), b, 0o600); err != nil {
		return fmt.Errorf("remember addresses: %w", err)
	}
	return nil
}
