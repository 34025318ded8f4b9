package server_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
)

// stormHours is how long Stripe's events are on their way at most; in the first half of
// it something happens.
const stormHours = 72

// storm is three days in which Stripe tells everything late, again and again, in any order
// or not at all, while its calls fail now and then.
type storm struct {
	*wire
	random  *rand.Rand // of what happens
	want    books
	mail    mail
	events  int // how many Stripe makes, about
	p       testPartner
	pledges int
	office  *grpc.ClientConn // of a treasurer
	funds   []string
	gifts   []*gift // of which something may come back
	hour    int
	begun   []*gift // that come each month
	fights  []fight // that are not decided
	back    []fight // refunds in Stripe's dashboard, which may fail
	quiet   int     // until this hour nobody asks Stripe for a refund again
	anew    bool    // each copy of an event is another one
}

// seedOf is that of a run, another one each time that nobody names one. It says what
// happens, and what becomes of each event on its way. Names are Stripe's and ours, and the
// order of what is done in one hour goes by them.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64N(1_000_000)
	if text := os.Getenv("SOLIDARITY_SEED"); text != "" {
		given, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("SOLIDARITY_SEED: %v", err)
		}
		seed = given
	}
	t.Logf("SOLIDARITY_SEED=%d", seed)
	return seed
}

func newStorm(t *testing.T, seed uint64, events int) *storm {
	t.Helper()
	s := &storm{wire: newWire(t), random: rand.New(rand.NewPCG(seed, 1)), want: newBooks(), events: events}
	s.mail.random = rand.New(rand.NewPCG(seed, 2))
	s.worker.Givings = s.client
	s.p, s.office, s.funds = s.newPartner(), s.treasurer(), []string{"emergency", s.openFund("food")}
	s.receive()
	return s
}

// pass lives through the three days. The lists that are read again are not read meanwhile.
func (s *storm) pass() {
	s.t.Helper()
	s.files()
	for s.hour = range stormHours {
		s.rotate()
		switch s.hour {
		case stormHours / 6: // nobody hears of this gift
			s.pay("visa")
			s.collect()
		case stormHours / 4:
			s.trouble()
		}
		for s.hour < stormHours/2 && len(s.mail.posted)*stormHours/2 < s.events*(s.hour+1) {
			s.act()
			s.collect()
		}
		s.later(time.Hour)
		s.collect()
		s.deliver()
		s.strive()
	}
	s.quiet = 0
	s.calm()
}

// calm lets what is still on its way arrive, and what follows from it.
func (s *storm) calm() {
	s.t.Helper()
	for seen := -1; seen < len(s.mail.posted); {
		seen = len(s.mail.posted)
		s.strive()
		s.collect()
		s.deliver()
	}
}

// again reads the lists of Stripe again, and then what payouts consist of.
func (s *storm) again() {
	s.t.Helper()
	if err := s.store.OweSweeps(s.t.Context(), true); err != nil {
		s.t.Fatal(err)
	}
	s.strive(store.DutySweep)
	s.calm()
	s.strive(store.DutyPayoutLines)
	s.calm()
}

// strive does what is owed, and some more duties, as far as it can be done now.
func (s *storm) strive(more ...string) {
	s.t.Helper()
	left := map[string]bool{
		store.DutyForget: true, store.DutyReread: true, store.DutyClear: true, store.DutyCover: true,
		store.DutyPayoutLines: true, store.DutySweep: true, store.DutySendRefund: s.hour < s.quiet,
	}
	for _, kind := range more {
		left[kind] = false
	}
	for done := 1; done > 0; {
		done = 0
		for _, d := range s.worker.Duties() {
			if !left[d.Kind] {
				done += s.try(d)
			}
		}
	}
}

// try does all of a duty that is owed now, and says how much of it could be done. What
// cannot be done yet, or is not answered, is tried again later.
func (s *storm) try(d runner.Duty) (done int) {
	s.t.Helper()
	for after := ""; ; {
		ids, err := d.Owed(s.t.Context(), s.clock().Add(time.Second), after, 500)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, id := range ids {
			if err := d.Do(context.Background(), id); err == nil || errors.Is(err, runner.ErrUnfinished) {
				done++
			}
		}
		if len(ids) < 500 {
			return done
		}
		after = ids[len(ids)-1]
	}
}

// Whatever becomes of Stripe's events on their way, the books equal a model that knows
// nothing but what donors, banks and people have done.
func TestAfterAStormOfEventsTheBooksEqualTheModel(t *testing.T) {
	t.Parallel()
	events := 500
	if os.Getenv("SOLIDARITY_LONG") != "" {
		events = 10_000
	}
	s := newStorm(t, seedOf(t), events)
	s.pass()
	s.again()
	for _, diff := range s.compare() {
		t.Error(diff)
	}
	s.wantStripe()
	if made := len(s.mail.posted); made < events {
		t.Errorf("%d events, want %d", made, events)
	}
	if n := s.count("stripe_events", "id LIKE 'evt_forged%'"); n != 0 || s.mail.taken != 0 {
		t.Errorf("%d forged events are stored, %d forged or stale ones were taken", n, s.mail.taken)
	}
	for _, payout := range s.payouts("") {
		if !payout.GetReconciled() {
			t.Errorf("%s does not add up", payout.GetName())
		}
	}
	t.Log(s.mail.String(), s.want.String())
}

// Without the readings of Stripe's lists what was lost is missing, and where nothing is
// recognised again what came twice is booked twice.
func TestAStormIsNotWeatheredUnprotected(t *testing.T) {
	t.Parallel()
	for name, weather := range map[string]func(s *storm){
		"without reading again": func(s *storm) { s.pass() },
		"without recognising what is there": func(s *storm) {
			s.forget()
			s.pass()
			s.again()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStorm(t, 7, 200)
			weather(s)
			if len(s.compare()) == 0 {
				t.Error(fmt.Sprint("the books are right all the same: ", s.mail.String()))
			}
		})
	}
}
