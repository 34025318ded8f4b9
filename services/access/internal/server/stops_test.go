package server_test

import (
	"slices"
	"testing"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Whoever hears the stream hears each stop, without asking.
func TestWhoIsStoppedIsToldToWhoListens(t *testing.T) {
	t.Parallel()
	b := fund(t)
	tom, karl := b.self("tom").GetName(), b.self("karl").GetName()
	stream, err := b.service("ledger").WatchStops(t.Context(), &accessv1.WatchStopsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	next := func() *accessv1.Stops {
		m, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		return m.GetStops()
	}
	// until hears on until a message says something; the test's own deadline bounds it.
	until := func(says func(*accessv1.Stops) bool) {
		for !says(next()) {
		}
	}
	hasEnded := func(m *accessv1.Stops, person string) bool {
		return slices.ContainsFunc(m.GetEnded(), func(e *accessv1.EndedSessions) bool { return e.GetPerson() == person })
	}
	if m := next(); len(m.GetEnded())+len(m.GetFrozen())+len(m.GetRevoked()) > 0 {
		t.Errorf("before anybody is stopped: %v", m)
	}

	if _, err := b.person("tom").RevokeSessions(t.Context(), &accessv1.RevokeSessionsRequest{Parent: tom}); err != nil {
		t.Fatal(err)
	}
	until(func(m *accessv1.Stops) bool { return hasEnded(m, tom) })
	if _, err := b.freeze("kasia", karl); err != nil {
		t.Fatal(err)
	}
	until(func(m *accessv1.Stops) bool { return slices.Contains(m.GetFrozen(), karl) })
	for _, by := range []string{"kasia", olga} {
		if _, err := b.unfreeze(by, karl); err != nil {
			t.Fatal(err)
		}
	}
	until(func(m *accessv1.Stops) bool { return !slices.Contains(m.GetFrozen(), karl) })
	grant := b.self("tom").GetGrants()[0].GetName()
	for _, by := range []string{olga, "kasia"} {
		if _, err := b.person(by).RevokeGrant(t.Context(), &accessv1.RevokeGrantRequest{Name: grant}); err != nil {
			t.Fatal(err)
		}
	}
	until(func(m *accessv1.Stops) bool { return slices.Contains(m.GetRevoked(), tom) })

	// Who asks is told all of a day,
	list, err := b.service("ledger").ListStops(t.Context(), &accessv1.ListStopsRequest{})
	if err != nil || !hasEnded(list.GetStops(), tom) || !slices.Contains(list.GetStops().GetRevoked(), tom) {
		t.Errorf("asked: %v, %v", list, err)
	}
	// and others are told nothing.
	if _, err := b.service("gateway").ListStops(t.Context(), &accessv1.ListStopsRequest{}); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("the gateway asks: %v", err)
	}
	other, err := b.service("gateway").WatchStops(t.Context(), &accessv1.WatchStopsRequest{})
	if err == nil {
		_, err = other.Recv()
	}
	if !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("the gateway listens: %v", err)
	}
}
