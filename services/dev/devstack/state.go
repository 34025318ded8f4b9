package devstack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// stateFile tells other commands where a running installation listens.
const stateFile = "stack.json"

// State is what `solidarity-dev token` and other commands need to reach a running
// development installation.
type State struct {
	// REST is the address of the gateway, for example "http://127.0.0.1:8080".
	REST string `json:"rest"`
	// Issuer is the address of the OIDC issuer.
	Issuer string `json:"issuer"`
	// DevelopmentIssuer says that the issuer is ours and mints tokens.
	DevelopmentIssuer bool `json:"developmentIssuer"`
	// Stripe is the address of the fake Stripe, empty with a real key.
	Stripe string `json:"stripe,omitempty"`
	// Addresses are those of the services' gRPC servers, by name.
	Addresses map[string]string `json:"addresses"`
}

// ReadState reads the state of the installation that runs on a data folder.
func ReadState(l Layout) (State, error) {
	var s State
	b, err := os.ReadFile(filepath.Join(l.root, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("no development installation runs on %s: start one with `solidarity-dev run --data %s`", l.root, l.root)
	}
	if err != nil {
		return s, fmt.Errorf("read %s: %w", stateFile, err)
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("read %s: %w", stateFile, err)
	}
	return s, nil
}

// Attending are the processes that have something to do at certain times.
func (s State) Attending() []string {
	var names []string
	for _, svc := range services {
		if svc.database {
			names = append(names, svc.name)
		}
	}
	if s.Stripe != "" {
		names = append(names, "stripe")
	}
	return names
}

func (s State) write(l Layout) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", stateFile, err)
	}
	tmp := filepath.Join(l.root, stateFile+".new")
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", stateFile, err)
	}
	return os.Rename(tmp, filepath.Join(l.root, stateFile))
}

func removeState(l Layout) { _ = os.Remove(filepath.Join(l.root, stateFile)) }
