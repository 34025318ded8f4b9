package duty

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"

	"github.com/solidarity-fund/solidarity/services/donations/internal/notice"
	"github.com/solidarity-fund/solidarity/services/donations/internal/outgoing"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// Messages reaches partners' endpoints.
type Messages interface {
	// Post sends a message and returns the status of the answer.
	Post(ctx context.Context, address string, header http.Header, body []byte) (status int, err error)
}

// Secrets opens what is sealed.
type Secrets interface {
	// OpenJSON opens a value that was sealed at its place.
	OpenJSON(ctx context.Context, place seal.Place, sealed []byte, v any) error
}

// Notice makes messages of what changed of a partner's.
func (w *Worker) Notice(ctx context.Context, partnerID string) error {
	more, err := w.Store.Spread(ctx, partnerID)
	if err == nil && more {
		return duty.ErrUnfinished
	}
	return err
}

// Deliver sends a message that is due. Where it is not taken, it is owed for later: the
// duty itself has not failed.
func (w *Worker) Deliver(ctx context.Context, id string) error {
	if !w.sending.enter() {
		return w.Store.Postpone(ctx, id)
	}
	defer w.sending.leave()
	d, e, err := w.Store.ClaimDelivery(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // sent by another run, or not due yet
	}
	if err != nil {
		return err
	}
	result, err := w.send(ctx, d, e)
	if err != nil {
		return err
	}
	return w.Store.NoteDelivery(ctx, d, result)
}

// send makes one attempt.
func (w *Worker) send(ctx context.Context, d notice.Delivery, e notice.Endpoint) (r notice.Result, err error) {
	if e.State != notice.Enabled {
		return notice.Result{Failure: notice.NotEnabled}, nil
	}
	var secrets notice.Secrets
	if err := w.Secrets.OpenJSON(ctx, store.EndpointSecrets.At(seal.Partner(e.Partner), e.ID, e.SecretsVersion), e.Secrets, &secrets); err != nil {
		return r, err
	}
	body, err := d.Body(d.CreatedAt)
	if err != nil {
		return r, err
	}
	now := w.now()
	signature, err := secrets.Signature(d.ID, now, e.OldUntil, body)
	if err != nil {
		return r, err
	}
	status, err := w.Messages.Post(ctx, e.URL, http.Header{
		"Content-Type": {"application/json"}, "User-Agent": {"solidarity-webhooks/1"},
		"Webhook-Id": {d.ID}, "Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)}, "Webhook-Signature": {signature},
	}, body)
	return notice.Result{Status: status, Failure: failureOf(status, err)}, nil
}

// failureOf says what went wrong with an attempt.
func failureOf(status int, err error) notice.Failure {
	var slow net.Error
	switch {
	case errors.Is(err, outgoing.ErrAddress), errors.Is(err, outgoing.ErrScheme):
		return notice.AddressRefused
	case errors.As(err, &slow) && slow.Timeout():
		return notice.Timeout
	case err != nil:
		return notice.Connection
	case status < 200 || status > 299:
		return notice.Status
	}
	return ""
}

// sendingAtOnce is how many messages one replica sends at a time: endpoints that answer
// slowly leave room for the books.
const sendingAtOnce = 4

// sending counts the messages that are being sent.
type sending struct {
	mu sync.Mutex // guards n
	n  int
}

func (s *sending) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.n >= sendingAtOnce {
		return false
	}
	s.n++
	return true
}

func (s *sending) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n--
}
