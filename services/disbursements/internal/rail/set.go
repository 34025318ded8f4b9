package rail

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Set are the rails of an installation.
type Set []Rail

// Find finds a rail by its id.
func (s Set) Find(id string) (Rail, error) {
	i := slices.IndexFunc(s, func(r Rail) bool { return r.Capabilities().ID == id })
	if i < 0 {
		return nil, fmt.Errorf("rail %s is not configured", id)
	}
	return s[i], nil
}

// Filer finds a rail that has files.
func (s Set) Filer(id string) (Filer, error) {
	r, err := s.Find(id)
	if err != nil {
		return nil, err
	}
	f, ok := r.(Filer)
	if !ok {
		return nil, fmt.Errorf("rail %s has no files", id)
	}
	return f, nil
}

// Sender finds a sender of a rail.
func (s Set) Sender(railID, id string) (Sender, error) {
	r, err := s.Find(railID)
	if err != nil {
		return Sender{}, err
	}
	sender, known := r.Capabilities().Sender(id)
	if !known {
		return Sender{}, fmt.Errorf("sender %s of rail %s is not configured", id, railID)
	}
	return sender, nil
}

// Reconcile has the first rail read a file from outside that can. Where none can, the
// refusal of the first is answered that it is a file for.
func (s Set) Reconcile(ctx context.Context, file []byte) (Report, error) {
	var refused error
	for _, r := range s {
		if !r.Capabilities().Reconciles {
			continue
		}
		report, err := r.Reconcile(ctx, file)
		if err == nil {
			return report, nil
		}
		if refused == nil || fault.Is(refused, fault.ReasonStatementNotXML) {
			refused = err
		}
	}
	if refused == nil {
		refused = errors.New("no rail reads files from outside")
	}
	return Report{}, refused
}
