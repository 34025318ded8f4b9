// Package webhook takes Stripe's events in: it verifies an event's signature, seals
// the raw body under the key of its week, and stores it before anything is
// answered. An event that it cannot verify leaves no trace.
package webhook

import (
	"context"
	"crypto/sha256"
	"errors"
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
	Create(ctx context.Context, subject seal.Subject) error
	// Seal encrypts a value for its place.
	Seal(ctx context.Context, place seal.Place, plaintext []byte) ([]byte, error)
}

// Receiver takes events in.
type Receiver struct {
	store   *store.Store
	keys    Keys
	secrets []string
	live    bool
	now     func() time.Time

	mu   sync.Mutex // guards week
	week string     // whose key is known to be there
}

// New returns a receiver of events that are signed with one of secrets (two while
// they are being changed) and of live or test mode.
func New(s *store.Store, keys Keys, secrets []string, live bool, now func() time.Time) *Receiver {
	return &Receiver{store: s, keys: keys, secrets: secrets, live: live, now: now}
}

// Receive verifies and stores one event. A forged, stale, altered or foreign one
// is fault Invalid, WEBHOOK_REFUSED, and nothing is stored.
func (r *Receiver) Receive(ctx context.Context, payload []byte, signature string) error {
	now := r.now().UTC()
	if len(payload) > maxPayload {
		return refused(fmt.Errorf("body of %d bytes", len(payload)))
	}
	parsed, err := stripeapi.ParseEvent(payload, signature, r.secrets, now)
	if err != nil {
		return refused(err)
	}
	if parsed.Livemode != r.live || parsed.Account != "" {
		return refused(errors.New("event of another mode or account"))
	}
	sum := sha256.Sum256(payload)
	e := event.Event{
		ID: parsed.ID, Type: parsed.Type, Object: event.Object{Kind: parsed.ObjectKind, ID: parsed.ObjectID}, Payment: parsed.PaymentID,
		OccurredAt: parsed.Created, ReceivedAt: now, SHA256: sum[:], Week: event.Week(now),
	}
	sealed, err := r.seal(ctx, e, payload)
	if err != nil {
		return err
	}
	return r.store.AddEvent(ctx, e, sealed)
}

func (r *Receiver) seal(ctx context.Context, e event.Event, payload []byte) ([]byte, error) {
	r.mu.Lock()
	known := r.week == e.Week
	r.mu.Unlock()
	if !known {
		if err := r.keys.Create(ctx, seal.Week(e.Week)); err != nil {
			return nil, fmt.Errorf("make key of week %s: %w", e.Week, err)
		}
		r.mu.Lock()
		r.week = e.Week
		r.mu.Unlock()
	}
	sealed, err := r.keys.Seal(ctx, store.Events.At(seal.Week(e.Week), e.ID, 1), payload)
	if err != nil {
		return nil, fmt.Errorf("seal event %s: %w", e.ID, err)
	}
	return sealed, nil
}

// refused is one answer for everything that is wrong with an event.
func refused(cause error) error {
	return fault.New(fault.Invalid, fault.ReasonWebhookRefused, "The event is not signed as it must be, or not for this installation.").With(cause)
}
