package signin_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/signin"
)

// watched is an access service that tells who is stopped.
type watched struct {
	news chan *accessv1.Stops // what the stream says next

	mu    sync.Mutex
	list  *accessv1.Stops
	err   error // of a question
	asked int
}

func (w *watched) WatchStops(ctx context.Context, _ *accessv1.WatchStopsRequest, _ ...grpc.CallOption) (grpc.ServerStreamingClient[accessv1.WatchStopsResponse], error) {
	return &told{ctx: ctx, news: w.news}, nil
}

func (w *watched) ListStops(context.Context, *accessv1.ListStopsRequest, ...grpc.CallOption) (*accessv1.ListStopsResponse, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked++
	return &accessv1.ListStopsResponse{Stops: w.list}, w.err
}

func (w *watched) say(list *accessv1.Stops, err error) (asked int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	asked, w.asked, w.list, w.err = w.asked, 0, list, err
	return asked
}

// told is a stream of stops. A nil one ends it.
type told struct {
	grpc.ClientStream
	ctx  context.Context //nolint:containedctx // as that of any stream
	news chan *accessv1.Stops
}

func (s *told) Recv() (*accessv1.WatchStopsResponse, error) {
	select {
	case m := <-s.news:
		if m == nil {
			return nil, errors.New("the stream is lost")
		}
		return &accessv1.WatchStopsResponse{Stops: m}, nil
	case <-s.ctx.Done():
		return nil, s.ctx.Err()
	}
}

func endedAt(person string, since time.Time) *accessv1.Stops {
	return &accessv1.Stops{Ended: []*accessv1.EndedSessions{{Person: person, Since: timestamppb.New(since)}}}
}

// heeded is a world whose sign-in hears who is stopped. Each message that hear has sent
// was taken before the next one is: the last one is an empty one, sent twice.
func heeded(t *testing.T, strict bool) (w *world, access *watched, hear func(*accessv1.Stops)) {
	t.Helper()
	w, access = newWorld(t), &watched{news: make(chan *accessv1.Stops)}
	stops := signin.NewStops(access, slog.New(slog.DiscardHandler), w.clock.Now)
	w.auth.Heed(stops, strict)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		stops.Run(ctx)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return w, access, func(m *accessv1.Stops) {
		access.news <- m
		access.news <- &accessv1.Stops{Frozen: m.GetFrozen(), Engagements: m.GetEngagements()}
	}
}

// A token of a session that was ended is refused by who hears it, whoever else would
// still know the person: the ledger does not ask access who somebody is.
func TestATokenOfAnEndedSessionIsRefusedByWhoHearsOfIt(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{true, false} {
		w, _, hear := heeded(t, strict)
		token := w.token(w.issuer, "ada")
		hear(&accessv1.Stops{})
		if _, err := w.auth.Authenticate(t.Context(), token); err != nil {
			t.Fatalf("before: %v", err)
		}
		hear(endedAt("staff/s_other", w.clock.Now().Add(time.Second)))
		if _, err := w.auth.Authenticate(t.Context(), token); err != nil {
			t.Errorf("another's session: %v", err)
		}
		hear(endedAt("staff/s_ada", w.clock.Now().Add(time.Second)))
		if _, err := w.auth.Authenticate(t.Context(), token); strict != fault.Is(err, fault.ReasonUnauthenticated) {
			t.Errorf("strict %t: %v", strict, err)
		}
		w.clock.advance(2 * time.Second)
		hear(&accessv1.Stops{})
		if _, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada")); err != nil {
			t.Errorf("signed in again: %v", err)
		}
	}
}

func TestAFrozenPersonIsRefusedByWhoHearsOfItUntilTheyAreNot(t *testing.T) {
	t.Parallel()
	w, _, hear := heeded(t, true)
	token := w.token(w.issuer, "ada")
	hear(&accessv1.Stops{Frozen: []string{"staff/s_ada"}})
	if _, err := w.auth.Authenticate(t.Context(), token); !fault.Is(err, fault.ReasonFrozen) {
		t.Errorf("frozen: %v", err)
	}
	hear(&accessv1.Stops{})
	if _, err := w.auth.Authenticate(t.Context(), token); err != nil {
		t.Errorf("freed: %v", err)
	}
}

// An answer that is kept for a second is dropped as soon as something about the person
// is heard.
func TestWhatIsKnownOfSomebodyIsDroppedWhenTheyAreStopped(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]*accessv1.Stops{
		"ended":   endedAt("staff/s_ada", time.Date(2026, 11, 24, 12, 0, 1, 0, time.UTC)),
		"frozen":  {Frozen: []string{"staff/s_ada"}},
		"revoked": {Revoked: []string{"staff/s_ada"}},
		"another": {Revoked: []string{"staff/s_other"}},
	} {
		w, _, hear := heeded(t, false)
		token := w.token(w.issuer, "ada")
		for range 2 {
			if _, err := w.auth.Authenticate(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		hear(stop)
		if _, err := w.auth.Authenticate(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		want := int32(2)
		if name == "another" {
			want = 1
		}
		if got := w.access.asked.Load(); got != want {
			t.Errorf("%s: access was asked %d times, want %d", name, got, want)
		}
	}
}

// Where the stream is silent access is asked, and nobody is let in where it does not
// answer: who was stopped meanwhile must not go on.
func TestWhereNothingIsHeardAccessIsAsked(t *testing.T) {
	t.Parallel()
	w, access, hear := heeded(t, true)
	signIn := func() error {
		_, err := w.auth.Authenticate(t.Context(), w.token(w.issuer, "ada"))
		return err
	}
	// Nothing was ever heard.
	if err := signIn(); err != nil || access.say(nil, nil) != 1 {
		t.Errorf("at the beginning: %v", err)
	}
	hear(&accessv1.Stops{})
	w.clock.advance(999 * time.Millisecond)
	if err := signIn(); err != nil || access.say(nil, nil) != 0 {
		t.Errorf("a moment after a message: %v", err)
	}
	// The stream is lost, and the next one says nothing.
	access.news <- nil
	w.clock.advance(time.Minute)
	access.say(endedAt("staff/s_ada", w.clock.Now().Add(time.Hour)), nil)
	if err := signIn(); !fault.Is(err, fault.ReasonUnauthenticated) || access.say(nil, nil) != 1 {
		t.Errorf("stopped while the stream was silent: %v", err)
	}
	w.clock.advance(time.Minute)
	access.say(nil, errors.New("access is down"))
	if err := signIn(); !fault.Is(err, fault.ReasonSignInUnavailable) {
		t.Errorf("access is down: %v", err)
	}
}
