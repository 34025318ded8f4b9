package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

const (
	nextSecret = "whsec_after_the_rotation"
	// tolerance is for how long a signature is good.
	tolerance = 5 * time.Minute
)

// letter is a copy of an event, on its way until an hour.
type letter struct {
	body    []byte
	arrives int
}

// mail is what Stripe has sent and has not arrived.
type mail struct {
	mu     sync.Mutex
	fresh  [][]byte // guarded by mu; the others are the test's own
	posted [][]byte
	onWay  []letter
	random *rand.Rand
	hooks  donationsv1.WebhookServiceClient
	sign   []string // secrets that Stripe signs with

	lost, copies, forged, stale int
	taken                       int // of forged and stale ones
	arrived                     int // copies that were renamed
}

func (m *mail) String() string {
	return fmt.Sprintf("%d events, %d copies, %d lost, %d forged, %d stale;", len(m.posted), m.copies, m.lost, m.forged, m.stale)
}

// receive has Stripe send its events to the test, which passes them on.
func (s *storm) receive() {
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s.mail.mu.Lock()
		defer s.mail.mu.Unlock()
		s.mail.fresh = append(s.mail.fresh, body)
	}))
	s.t.Cleanup(hook.Close)
	s.fake.SetWebhooks(stripefake.Webhooks{URL: hook.URL, Secrets: []string{signingSecret}})
	s.hook(signingSecret)
	s.mail.sign = []string{signingSecret}
}

// hook starts a server that knows these secrets.
func (s *storm) hook(secrets ...string) {
	s.hearing(secrets...)
	s.mail.hooks = donationsv1.NewWebhookServiceClient(s.rpc.As(identity.Caller{Service: "gateway"}))
}

// rotate changes the secret of the webhooks in the middle: Stripe signs with both for six
// hours, and the service has known the next one before.
func (s *storm) rotate() {
	switch s.hour {
	case stormHours/2 - 6:
		s.hook(nextSecret, signingSecret)
	case stormHours/2 - 3:
		s.mail.sign = []string{signingSecret, nextSecret}
	case stormHours/2 + 3:
		s.mail.sign = []string{nextSecret}
	case stormHours/2 + 6:
		s.hook(nextSecret)
	}
}

// collect takes what Stripe has sent: one in twenty is lost, some of them all those of one
// hour, and each other one is copied up to five times, to arrive some time in the three days.
func (s *storm) collect() {
	s.t.Helper()
	if _, err := s.fake.Settle(context.Background(), s.clock()); err != nil {
		s.t.Fatal(err)
	}
	s.mail.mu.Lock()
	fresh := s.mail.fresh
	s.mail.fresh = nil
	s.mail.mu.Unlock()
	made := s.fake.Events()
	slices.SortFunc(fresh, func(a, b []byte) int {
		return slices.Index(made, idOf(s.t, a)) - slices.Index(made, idOf(s.t, b))
	})
	for _, body := range fresh {
		s.mail.posted = append(s.mail.posted, body)
		if s.loses() {
			s.mail.lost++
			s.replay(body)
			continue
		}
		s.copy(body)
	}
}

// loses reports whether the next event is lost.
func (s *storm) loses() bool {
	most := s.events / 20
	switch {
	case s.hour == stormHours/6:
		return true
	case s.hour < stormHours/6:
		most /= 4 // the rest is lost then, and later
	}
	return s.mail.random.IntN(20) == 0 && s.mail.lost < most && s.hour < stormHours-1
}

// copy puts copies of an event on their way.
func (s *storm) copy(body []byte) {
	for range 1 + s.mail.random.IntN(5) {
		s.mail.copies++
		s.mail.onWay = append(s.mail.onWay, letter{body, s.hour + s.mail.random.IntN(stormHours-s.hour)})
	}
	if s.mail.random.IntN(100) == 0 {
		s.forge(body)
	}
}

// files puts the events of the shared data on their way, which are of another account's
// payments.
func (s *storm) files() {
	s.t.Helper()
	list, err := filepath.Glob(filepath.Join(os.Getenv("SOLIDARITY_DATA"), "stripe", "*.json"))
	if err != nil || os.Getenv("SOLIDARITY_DATA") == "" {
		return
	}
	for i, file := range list {
		body, err := os.ReadFile(file)
		if err != nil {
			s.t.Fatal(err)
		}
		body = bytes.Replace(body, []byte("evt_00000000000000"), fmt.Appendf(nil, "evt_file%010d", i), 1)
		s.copy(bytes.Replace(body, []byte(`"livemode": true`), []byte(`"livemode": false`), 1))
	}
}

// forge sends an event of the test's own invention, or one that is signed with a secret
// that is not known any more, or not yet.
func (s *storm) forge(body []byte) {
	s.mail.forged++
	forged := renamed(s.t, body, fmt.Sprintf("evt_forged%d", s.mail.forged))
	secret := "whsec_of_somebody_else"
	switch {
	case s.hour < stormHours/2-6:
		secret = nextSecret
	case s.hour > stormHours/2+6:
		secret = signingSecret
	}
	s.refuse(forged, sign(forged, secret, s.clock()))
}

// renamed is an event under another id.
func renamed(t testing.TB, body []byte, id string) []byte {
	t.Helper()
	return bytes.Replace(body, []byte(idOf(t, body)), []byte(id), 1)
}

func idOf(t testing.TB, body []byte) string {
	t.Helper()
	var e struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// replay sends a lost event with a signature that is too old. Then it is still lost.
func (s *storm) replay(body []byte) {
	if s.mail.stale*100 < s.events {
		s.mail.stale++
		s.refuse(body, sign(body, s.mail.sign[0], s.clock().Add(-tolerance-time.Second)))
	}
}

func (s *storm) refuse(body []byte, signature string) {
	if s.send(body, signature) == nil {
		s.mail.taken++
	}
}

func (s *storm) send(body []byte, signature string) error {
	_, err := s.mail.hooks.ReceiveStripeEvent(context.Background(), &donationsv1.ReceiveStripeEventRequest{Payload: body, Signature: signature})
	return err
}

// deliver lets arrive what arrives in this hour, in any order.
func (s *storm) deliver() {
	s.t.Helper()
	var now, later []letter
	for _, l := range s.mail.onWay {
		if l.arrives <= s.hour {
			now = append(now, l)
		} else {
			later = append(later, l)
		}
	}
	s.mail.onWay = later
	s.mail.random.Shuffle(len(now), func(i, j int) { now[i], now[j] = now[j], now[i] })
	for _, l := range now {
		body := l.body
		if s.anew {
			s.mail.arrived++
			body = renamed(s.t, body, fmt.Sprintf("evt_copy%d", s.mail.arrived))
		}
		if err := s.send(body, s.signed(body)); err != nil {
			s.t.Fatalf("deliver %s: %v", body, err)
		}
	}
}

// signed is Stripe's signature with each of its secrets.
func (s *storm) signed(body []byte) string {
	header := sign(body, s.mail.sign[0], s.clock())
	for _, secret := range s.mail.sign[1:] {
		_, v1, _ := strings.Cut(sign(body, secret, s.clock()), ",")
		header += "," + v1
	}
	return header
}
