package stripefake

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

const (
	sendTimeout  = 10 * time.Second
	sendAtOnce   = 16 // deliveries on the wire at the same time
	defaultRetry = time.Second
	longestRetry = time.Minute
	giveUpAfter  = 3 * 24 * time.Hour // an event's deliveries end
)

// Webhooks says where events are sent, and what goes wrong on the way.
type Webhooks struct {
	// URL takes the deliveries; empty sends none.
	URL string `json:"url"`
	// Secrets sign each delivery, several during rotation.
	Secrets []string `json:"secrets"`
	// Types lists the event types sent; empty sends all.
	Types []string `json:"types"`
	// Copies is how many more times each event is delivered, at random up to this.
	Copies int `json:"copies"`
	// Shuffle delays each delivery at random up to this, so that they overtake.
	Shuffle time.Duration `json:"-"`
	// LosePercent of the events are never delivered.
	LosePercent int `json:"losePercent"`
	// Version of the API in which events are written; empty is the fake's own. In
	// another, an event's object has nothing but its id and kind.
	Version string `json:"version"`
	// FirstRetry is the pause after a failed delivery, doubling up to a minute;
	// zero is one second.
	FirstRetry time.Duration `json:"-"`
}

// delivery runs the deliveries of a server.
type delivery struct {
	ctx    context.Context // ends all deliveries
	cancel context.CancelFunc
	wg     sync.WaitGroup
	slots  chan struct{}
	client *http.Client

	now func() time.Time

	mu      sync.Mutex
	target  Webhooks                // guarded by mu
	busy    int                     // deliveries that do not wait; guarded by mu
	waiting map[*time.Time]struct{} // until when the others do; guarded by mu
}

func newDelivery(target Webhooks, now func() time.Time) *delivery {
	ctx, cancel := context.WithCancel(context.Background())
	return &delivery{
		ctx: ctx, cancel: cancel, now: now, target: target, waiting: map[*time.Time]struct{}{}, slots: make(chan struct{}, sendAtOnce),
		client: &http.Client{Timeout: sendTimeout, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
}

func (d *delivery) stop() {
	d.cancel()
	d.wg.Wait()
}

func (d *delivery) webhooks() Webhooks {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.target
}

// SetWebhooks changes where events go and what goes wrong, also for deliveries
// that are being retried.
func (s *Server) SetWebhooks(w Webhooks) {
	s.delivery.mu.Lock()
	defer s.delivery.mu.Unlock()
	s.delivery.target = w
}

// Redeliver sends an event once more, whether it has arrived or not.
func (s *Server) Redeliver(eventID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, refused := s.find("event", eventID); refused != nil {
		return fmt.Errorf("redeliver: no event %s", eventID)
	}
	s.send(eventID, s.delivery.webhooks())
	return nil
}

// Events returns the ids of all events, oldest first.
func (s *Server) Events() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := []string{}
	return append(ids, s.store.order["event"]...)
}

// emit records that something happened to an object, as it is now. The lock is
// held; update sends it once the change is kept.
func (s *Server) emit(kind string, o object) {
	w := s.delivery.webhooks()
	pending, version, shown := 0, APIVersion, o.snapshot()
	if w.URL != "" && (len(w.Types) == 0 || slices.Contains(w.Types, kind)) {
		pending = 1
	}
	if w.Version != "" && w.Version != APIVersion {
		version, shown = w.Version, object{"id": o["id"], "object": o["object"]}.snapshot()
	}
	e := s.create("event", "evt_", object{
		"type": kind, "api_version": version, "pending_webhooks": pending, "data": object{"object": shown},
	})
	if pending > 0 {
		s.fresh = append(s.fresh, e.text("id"))
	}
}

// schedule starts the deliveries of an event, or none if it is to be lost. The
// lock is held.
func (s *Server) schedule(eventID string) {
	w := s.delivery.webhooks()
	if s.lose > 0 {
		s.lose--
		return
	}
	if rand.IntN(100) < w.LosePercent {
		return
	}
	for range 1 + rand.IntN(w.Copies+1) {
		s.send(eventID, w)
	}
}

// send delivers an event in a goroutine of its own, again and again until it
// has arrived or the server closes.
func (s *Server) send(eventID string, w Webhooks) {
	payload := s.store.rows[eventID].snapshot()
	since := s.opts.Now()
	wait := time.Duration(0)
	if w.Shuffle > 0 {
		wait = rand.N(w.Shuffle)
	}
	s.delivery.begin()
	s.delivery.wg.Go(func() {
		defer s.delivery.end()
		for retry := time.Duration(0); s.delivery.pause(wait); wait = retry {
			if s.delivery.try(s.opts.Now(), payload) {
				s.arrived(eventID)
				return
			}
			if s.opts.Now().Sub(since) > giveUpAfter {
				s.opts.Log.Warn("webhook given up", "event", eventID)
				return
			}
			retry = s.delivery.next(retry)
			s.opts.Log.Info("webhook not delivered", "event", eventID, "retry", retry)
		}
	})
}

// arrived notes that an event needs no further delivery.
func (s *Server) arrived(eventID string) {
	s.update(func() *apiError {
		if e, known := s.store.rows[eventID]; known && e.number("pending_webhooks") > 0 {
			s.change(e, object{"pending_webhooks": 0})
		}
		return nil
	})
}

// next returns the pause after a failure that followed a pause of last.
func (d *delivery) next(last time.Duration) time.Duration {
	if last > 0 {
		return min(2*last, longestRetry)
	}
	if first := d.webhooks().FirstRetry; first > 0 {
		return first
	}
	return defaultRetry
}

// pause waits, not longer than until the fake's clock has come so far, which may be
// moved meanwhile; false says that the server closes.
func (d *delivery) pause(wait time.Duration) bool {
	due := d.now().Add(wait)
	d.wait(&due)
	defer d.resume(&due)
	for end := time.Now().Add(wait); time.Now().Before(end) && d.now().Before(due); {
		timer := time.NewTimer(min(time.Until(end), look))
		select {
		case <-timer.C:
		case <-d.ctx.Done():
			timer.Stop()
			return false
		}
	}
	return d.ctx.Err() == nil
}

// try sends a payload once and reports whether it was taken with a 2xx.
func (d *delivery) try(now time.Time, payload []byte) bool {
	select {
	case d.slots <- struct{}{}:
		defer func() { <-d.slots }()
	case <-d.ctx.Done():
		return false
	}
	target := d.webhooks()
	r, err := http.NewRequestWithContext(d.ctx, http.MethodPost, target.URL, bytes.NewReader(payload))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	r.Header.Set("User-Agent", "Stripe/1.0 (fake)")
	r.Header.Set("Stripe-Signature", sign(now, payload, target.Secrets))
	resp, err := d.client.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close() //nolint:errcheck // the body is not read
	return resp.StatusCode/100 == 2
}

// sign makes the header "t=…,v1=…", with one v1 for each secret.
func sign(now time.Time, payload []byte, secrets []string) string {
	parts := []string{fmt.Sprintf("t=%d", now.Unix())}
	for _, secret := range secrets {
		parts = append(parts, fmt.Sprintf("v1=%x", webhook.ComputeSignature(now, payload, secret)))
	}
	return strings.Join(parts, ",")
}
