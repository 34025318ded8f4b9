package signin

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const (
	// silence is after how long without a word from access it is asked.
	silence = time.Second
	// pause is how long a lost stream waits before the next one.
	pause = 200 * time.Millisecond
	// askTime bounds a question to access.
	askTime = 2 * time.Second
)

// Watched is what of accessv1.AccessServiceClient tells who is stopped.
type Watched interface {
	WatchStops(ctx context.Context, req *accessv1.WatchStopsRequest, opts ...grpc.CallOption) (grpc.ServerStreamingClient[accessv1.WatchStopsResponse], error)
	ListStops(ctx context.Context, req *accessv1.ListStopsRequest, opts ...grpc.CallOption) (*accessv1.ListStopsResponse, error)
}

// Stops knows whom access has stopped: it hears it by a stream and, where that is
// silent, asks. It is safe for concurrent use.
type Stops struct {
	access Watched
	log    *slog.Logger
	now    func() time.Time

	mu     sync.Mutex
	ended  map[string]time.Time // since when tokens count, by pseudonym; guarded by mu
	frozen map[string]bool      // guarded by mu
	// terms are those of auditors, by pseudonym; guarded by mu
	terms map[string][]identity.Terms
	heard time.Time           // when access last said something; guarded by mu
	tell  func(person string) // hears of each stop; guarded by mu
}

// NewStops returns what hears from access once it runs.
func NewStops(access Watched, log *slog.Logger, now func() time.Time) *Stops {
	return &Stops{access: access, log: log, now: now, ended: map[string]time.Time{}, tell: func(string) {}}
}

// Run hears from access until ctx ends. A stream that is lost is begun anew.
func (s *Stops) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if err := s.follow(ctx); ctx.Err() == nil {
			s.log.DebugContext(ctx, "the stream of stops was lost", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// follow hears one stream to its end.
func (s *Stops) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := s.access.WatchStops(ctx, &accessv1.WatchStopsRequest{})
	if err != nil {
		return fmt.Errorf("watch stops: %w", err)
	}
	for {
		m, err := stream.Recv()
		if err != nil {
			return fmt.Errorf("watch stops: %w", err)
		}
		s.take(m.GetStops(), s.now())
	}
}

// take notes who is stopped, as access knew it at a time.
func (s *Stops) take(m *accessv1.Stops, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range m.GetEnded() {
		if since := e.GetSince().AsTime(); since.After(s.ended[e.GetPerson()]) {
			s.ended[e.GetPerson()] = since
			s.tell(e.GetPerson())
		}
	}
	s.frozen = map[string]bool{}
	for _, person := range m.GetFrozen() {
		s.frozen[person] = true
		s.tell(person)
	}
	for _, person := range m.GetRevoked() {
		s.tell(person)
	}
	s.terms = map[string][]identity.Terms{}
	for _, t := range m.GetEngagements() {
		if id, _, err := resource.Engagement.IDs("name", t.GetName()); err == nil {
			person := resource.Staff.Of(id)
			s.terms[person] = append(s.terms[person], termsOf(t))
		}
	}
	s.heard = at
}

// check refuses somebody who was stopped, or whose token is of a session that was ended.
// Where access has been silent it is asked; where it does not answer either, nobody is
// let in: who was stopped a moment ago must not go on meanwhile.
func (s *Stops) check(ctx context.Context, person string, issued time.Time) error {
	if !s.fresh() {
		if err := s.ask(ctx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.frozen[person]:
		return fault.New(fault.PermissionDenied, fault.ReasonFrozen, "The caller is frozen.")
	case issued.Before(s.ended[person]):
		return refused(fault.Cause("the session was ended"))
	}
	return nil
}

// ask has access say everything now.
func (s *Stops) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	asked := s.now()
	m, err := s.access.ListStops(identity.Into(ctx, identity.Caller{}), &accessv1.ListStopsRequest{})
	if err != nil {
		return unavailable(fmt.Errorf("%w: %w", fault.Cause("access does not say who is stopped"), err))
	}
	s.take(m.GetStops(), asked)
	return nil
}

// fresh reports whether access has said something a moment ago.
func (s *Stops) fresh() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	age := s.now().Sub(s.heard)
	return !s.heard.IsZero() && 0 <= age && age < silence
}

// told has a function hear of each stop, in place of the one before.
func (s *Stops) told(tell func(person string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell = tell
}
