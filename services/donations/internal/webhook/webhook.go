// Package webhook is the door for what Stripe tells: it verifies an event's
// signature, seals the raw body under the key of its week, and keeps it before
// anything is answered. What it cannot verify leaves no trace.
package webhook

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// maxPayload bounds an event's body, in bytes.
const maxPayload = 192 << 10

// Keys seals raw events; each week has a key of its own.
type Keys interface {
	// Create makes a subject's key where there is none.
	Create(ctx context.Context, subject string) error
	// Seal encrypts a value for its place.
	Seal(ctx context.Context, subject string, ref seal.Ref, plaintext []byte) ([]byte, error)
	// Destroy ends a subject's key for good.
	Destroy(ctx context.Context, subject string) error
}

// Door takes events in.
type Door struct {
	store   *store.Store
	keys    Keys
	secrets []string
	live    bool
	now     func() time.Time

	mu   sync.Mutex // guards week
	week string     // whose key is known to be there
}

// New returns a door that accepts events signed with one of secrets (two while
// they are being changed) of live or test mode.
func New(s *store.Store, keys Keys, secrets []string, live bool, now func() time.Time) *Door {
	return &Door{store: s, keys: keys, secrets: secrets, live: live, now: now}
}

// Receive verifies and keeps one event. A forged, stale, altered or foreign one
// is fault Invalid, WEBHOOK_REFUSED, and nothing is stored.
func (d *Door) Receive(ctx context.Context, payload []byte, signature string) error {
	now := d.now().UTC()
	if len(payload) > maxPayload {
		return refused(fmt.Errorf("body of %d bytes", len(payload)))
	}
	parsed, err := stripeapi.ParseEvent(payload, signature, d.secrets, now)
	if err != nil {
		return refused(err)
	}
	if parsed.Livemode != d.live || parsed.Account != "" {
		return refused(fmt.Errorf("event of another mode or account"))
	}
	sum := sha256.Sum256(payload)
	e := event.Event{
		ID: parsed.ID, Type: parsed.Type, ObjectID: parsed.ObjectID,
		SessionID: parsed.SessionID, IntentID: parsed.PaymentIntentID, ChargeID: parsed.ChargeID,
		OccurredAt: parsed.Created, ReceivedAt: now, SHA256: sum[:], Week: event.Week(now),
	}
	sealed, err := d.seal(ctx, e, payload)
	if err != nil {
		return err
	}
	return d.store.KeepEvent(ctx, e, sealed)
}

func (d *Door) seal(ctx context.Context, e event.Event, payload []byte) ([]byte, error) {
	d.mu.Lock()
	known := d.week == e.Week
	d.mu.Unlock()
	if !known {
		if err := d.keys.Create(ctx, subject(e.Week)); err != nil {
			return nil, fmt.Errorf("make key of week %s: %w", e.Week, err)
		}
		d.mu.Lock()
		d.week = e.Week
		d.mu.Unlock()
	}
	sealed, err := d.keys.Seal(ctx, subject(e.Week), place(e.ID), payload)
	if err != nil {
		return nil, fmt.Errorf("seal event %s: %w", e.ID, err)
	}
	return sealed, nil
}

// OwedWeeks lists the weeks whose raw events must be gone.
func (d *Door) OwedWeeks(ctx context.Context, before time.Time, limit int) ([]string, error) {
	return d.store.WeeksBefore(ctx, event.EndedBefore(before), limit)
}

// Forget destroys the key of a week and then what it had sealed.
func (d *Door) Forget(ctx context.Context, week string) error {
	if err := d.keys.Destroy(ctx, subject(week)); err != nil {
		return fmt.Errorf("destroy key of week %s: %w", week, err)
	}
	return d.store.ForgetWeek(ctx, week)
}

func subject(week string) string { return "stripeWeeks/" + week }

func place(eventID string) seal.Ref {
	return seal.Ref{Table: "stripe_events", Column: "sealed", Row: eventID, Version: 1}
}

// refused is one answer for everything that is wrong with an event.
func refused(cause error) error {
	return fault.New(fault.Invalid, "WEBHOOK_REFUSED", "The event is not signed as it must be, or not for this installation.").With(cause)
}
