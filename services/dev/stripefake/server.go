// Package stripefake is a Stripe of our own on the wire, for development and
// tests: checkout pages, payments, fees, refunds, payouts, idempotency keys and
// signed webhooks, with state that survives a restart. It refuses what Stripe's
// published contract refuses, and fails in Stripe's ways when it is asked to.
package stripefake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/webserver"
)

// APIVersion is the only version of Stripe's API that the fake speaks.
const APIVersion = "2023-10-16"

// Options says how a Server behaves.
type Options struct {
	// Dir keeps the state, made when missing; empty keeps it in memory only.
	Dir string
	// Key is the only secret key accepted; empty accepts any "sk_test_…".
	Key string
	// PublicURL is where browsers find this server; empty takes the address that
	// a session was created through.
	PublicURL string
	// Webhooks says where events go.
	Webhooks Webhooks
	// Contract is Stripe's contract, shared between servers of one process; nil
	// loads one.
	Contract *Contract
	// Log takes lines about deliveries; nil is silent.
	Log *slog.Logger
	// Now is the clock of objects and signatures; required.
	Now func() time.Time
	// Clock, where it can be moved, is told what is due; its reading is Now.
	Clock clock.Clock
}

// Server is one Stripe account. It is an http.Handler and safe for concurrent
// use.
type Server struct {
	opts     Options
	contract *Contract
	mux      *http.ServeMux
	delivery *delivery

	mu          sync.Mutex
	store       *store        // guarded by mu
	requests    []Request     // guarded by mu
	disruptions []*Disruption // guarded by mu
	fresh       []string      // events of the change in progress; guarded by mu
	account     Account       // guarded by mu
	moment      int64         // the time of the step in progress, else 0; guarded by mu
	lose        int64         // how many of the next events are not delivered; guarded by mu
	stepped     int           // steps that Settle has not told of; guarded by mu
}

var _ http.Handler = (*Server)(nil)

// New loads the state from o.Dir and resumes deliveries that were under way.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		return nil, fmt.Errorf("start fake Stripe: no clock")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	contract := o.Contract
	if contract == nil {
		var err error
		if contract, err = LoadContract(); err != nil {
			return nil, err
		}
	}
	st, err := openStore(o.Dir, o.Now())
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts: o, contract: contract, mux: http.NewServeMux(), store: st,
		delivery: newDelivery(o.Webhooks, o.Now), account: Account{Descriptor: "EXAMPLE FOUNDATION"},
	}
	s.routes()
	s.mu.Lock()
	defer s.mu.Unlock()
	for e := range st.all("event") {
		if e.number("pending_webhooks") > 0 {
			s.schedule(e.text("id"))
		}
	}
	return s, nil
}

// Close ends all deliveries and waits for them; those that had not arrived are
// taken up again by the next New with the same folder.
func (s *Server) Close() error {
	s.delivery.stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.store.close()
}

// ServeHTTP answers the API, the hosted page and the controls.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Run serves on lis until ctx ends.
func Run(ctx context.Context, lis net.Listener, o Options) error {
	s, err := New(o)
	if err != nil {
		return err
	}
	unattend, err := o.Clock.Show(ctx, "stripe", s)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	defer unattend()
	defer s.keepUp()()
	web := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	err = webserver.Serve(ctx, web, lis, 5*time.Second)
	return errors.Join(err, s.Close())
}

// now returns the clock in Stripe's seconds; of a step that was due earlier its own
// time. The lock is held.
func (s *Server) now() int64 {
	if s.moment != 0 {
		return s.moment
	}
	return s.opts.Now().Unix()
}

// update takes the steps that are due, runs change under the lock, writes what was
// put into the store, and starts the deliveries of the events that it emitted.
func (s *Server) update(change func() *apiError) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.catchUp()
	fault := change()
	if err := s.store.commit(); err != nil {
		s.opts.Log.Error("fake Stripe cannot write its state", "error", err)
		return &apiError{status: http.StatusInternalServerError, Type: "api_error", Message: "State could not be written."}
	}
	for _, id := range s.fresh {
		s.schedule(id)
	}
	s.fresh = nil
	return fault
}
