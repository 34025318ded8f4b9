package transfer

import (
	"errors"
	"io"
	"net/http"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/edge"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/problem"
)

// maxEvent is the largest event, in bytes.
const maxEvent = 192 << 10

// Webhooks is Stripe's door.
type Webhooks struct {
	// Calls are the calls that run at once.
	Calls     *limit.Slots
	Donations donationsv1.WebhookServiceClient
}

// Stripe hands an event on as it came, with its signature, and answers only what
// the donations service answers: POST /webhooks/stripe.
func (h Webhooks) Stripe(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	if tooLong(r, maxEvent) {
		fail(w, r, problem.TooLarge())
		return
	}
	signature := r.Header.Get("Stripe-Signature")
	r.Header.Del("Authorization") // the signature is the only credential here
	ctx, cancel := begin(w, r, callTime)
	defer cancel()
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvent))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		fail(w, r, problem.TooLarge())
		return
	case err != nil:
		fail(w, r, problem.Incomplete())
		return
	}
	leave, ok := h.enter(r)
	if !ok {
		fail(w, r, problem.Overloaded())
		return
	}
	defer leave()
	_, err = h.Donations.ReceiveStripeEvent(ctx, &donationsv1.ReceiveStripeEventRequest{Payload: payload, Signature: signature})
	if err != nil {
		fail(w, r, problem.From(err))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, "{}\n") // the client has gone
}

// enter takes a slot for the caller of a request.
func (h Webhooks) enter(r *http.Request) (leave func(), ok bool) {
	return h.Calls.Enter(edge.From(r.Context()).Who)
}
