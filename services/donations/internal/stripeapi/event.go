package stripeapi

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"
)

// Why a delivery is not an event.
var (
	// ErrSignature says that the signature is missing, malformed or of none of
	// the secrets.
	ErrSignature = errors.New("stripe: webhook signature does not match")
	// ErrStale says that it was signed more than five minutes ago or ahead.
	ErrStale = errors.New("stripe: webhook signature is too old or too new")
	// ErrMalformed says that it is signed but not an event.
	ErrMalformed = errors.New("stripe: webhook body is not an event")
)

// tolerance is how far the signature's time may be from now.
const tolerance = 5 * time.Minute

// Event says that something happened to an object. It carries ids only, which are
// the same in every version of the API: what the object now is has to be read again,
// in our version.
type Event struct {
	// ID is Stripe's "evt_…", the same in every delivery.
	ID string
	// Type is Stripe's word, such as "checkout.session.completed".
	Type string
	// Account is the connected account, empty for our own.
	Account string
	// ObjectID and ObjectKind name the object, for example "ch_…" and "charge"; the id
	// is empty for an object that has none, such as the balance.
	ObjectID, ObjectKind string
	// PaymentID is the payment intent that the object is, or belongs to, "pi_…"; empty
	// where it does not say so.
	PaymentID string
	// Created is when it happened.
	Created time.Time
	// Livemode is false in test mode.
	Livemode bool
}

// ParseEvent checks the signature of a webhook delivery against each secret (two
// during rotation) and its time against now, and reads the event.
func ParseEvent(payload []byte, signature string, secrets []string, now time.Time) (Event, error) {
	if !signed(payload, signature, secrets) {
		return Event{}, ErrSignature
	}
	if at, ok := signedAt(signature); !ok || now.Sub(at).Abs() > tolerance {
		return Event{}, ErrStale
	}
	var e stripe.Event
	if err := json.Unmarshal(payload, &e); err != nil {
		return Event{}, ErrMalformed
	}
	return event(&e)
}

// ListEvents reads a page of at most 100 events since a time, newest first, after the one
// with an id; more says that others follow. Stripe keeps events for 30 days.
func (c *Client) ListEvents(ctx context.Context, since time.Time, after string) (page []Event, more bool, err error) {
	p := &stripe.EventListParams{}
	p.Context, p.Limit, p.Single = ctx, stripe.Int64(100), true
	if !since.IsZero() {
		p.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()}
	}
	if after != "" {
		p.StartingAfter = stripe.String(after)
	}
	list := c.api.Events.List(p)
	for list.Next() {
		e, err := event(list.Event())
		if err != nil {
			return nil, false, err
		}
		page = append(page, e)
	}
	if err := list.Err(); err != nil {
		return nil, false, failed("list events", err)
	}
	return page, list.Meta().HasMore, nil
}

// signed reports whether the payload has a valid signature by any secret. All
// are tried, so that the time taken does not say which one matched.
func signed(payload []byte, signature string, secrets []string) bool {
	ok := false
	for _, secret := range secrets {
		if secret != "" && webhook.ValidatePayloadIgnoringTolerance(payload, signature, secret) == nil {
			ok = true
		}
	}
	return ok
}

// signedAt returns the time that was signed: the last "t" in the header, as the
// library takes it.
func signedAt(signature string) (time.Time, bool) {
	var seconds int64
	found := false
	for part := range strings.SplitSeq(signature, ",") {
		if text, ok := strings.CutPrefix(part, "t="); ok {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return time.Time{}, false
			}
			seconds, found = n, true
		}
	}
	return time.Unix(seconds, 0), found
}

// object is what an event's object says of itself.
type object struct {
	ID            string          `json:"id"`
	Object        string          `json:"object"`
	PaymentIntent json.RawMessage `json:"payment_intent"`
}

// payment is the id of the payment intent that an object is or names.
func (o object) payment() (id string) {
	if o.Object == "payment_intent" {
		return o.ID
	}
	if json.Unmarshal(o.PaymentIntent, &id) != nil {
		return "" // none, or written out
	}
	return id
}

func event(e *stripe.Event) (Event, error) {
	if e.ID == "" || e.Type == "" || e.Data == nil {
		return Event{}, ErrMalformed
	}
	var o object
	if err := json.Unmarshal(e.Data.Raw, &o); err != nil || o.Object == "" {
		return Event{}, ErrMalformed
	}
	return Event{
		ID: e.ID, Type: string(e.Type), Account: e.Account, ObjectID: o.ID, ObjectKind: o.Object, PaymentID: o.payment(),
		Created: instant(e.Created), Livemode: e.Livemode,
	}, nil
}
