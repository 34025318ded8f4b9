package server

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

const (
	// beat is how often a stream of stops says something, where there is news or not.
	beat = 400 * time.Millisecond
	// stopsOf is of how long a time stops are told at first: no token lives longer.
	stopsOf = 24 * time.Hour
	// overlap is what the next message looks back beyond the one before: clocks of
	// replicas differ, and what is told twice is the same stop.
	overlap = 10 * time.Second
)

// WatchStops tells who is stopped until the caller or this process ends.
func (s *Server) WatchStops(_ *accessv1.WatchStopsRequest, out grpc.ServerStreamingServer[accessv1.WatchStopsResponse]) error {
	ctx, next := out.Context(), time.NewTicker(beat)
	defer next.Stop()
	for after := s.Now().Add(-stopsOf); ; {
		asked := s.Now()
		stops, err := s.stops(ctx, after)
		if err != nil {
			return err
		}
		if err := out.Send(&accessv1.WatchStopsResponse{Stops: stops}); err != nil {
			return err
		}
		after = asked.Add(-overlap)
		select {
		case <-next.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.Stopping:
			return fault.New(fault.Unavailable, fault.ReasonStopping, "The service is stopping; try again.")
		}
	}
}

// ListStops tells who was stopped within a day.
func (s *Server) ListStops(ctx context.Context, _ *accessv1.ListStopsRequest) (*accessv1.ListStopsResponse, error) {
	stops, err := s.stops(ctx, s.Now().Add(-stopsOf))
	return &accessv1.ListStopsResponse{Stops: stops}, err
}

func (s *Server) stops(ctx context.Context, after time.Time) (*accessv1.Stops, error) {
	rows, err := s.Store.Stops(ctx, after, s.Now())
	if err != nil {
		return nil, err
	}
	out := &accessv1.Stops{}
	for _, r := range rows {
		switch person := resource.Staff.Of(r.Staff); r.Kind {
		case staff.StoppedSessions:
			out.Ended = append(out.Ended, &accessv1.EndedSessions{Person: person, Since: timestamppb.New(r.At)})
		case staff.StoppedFrozen:
			out.Frozen = append(out.Frozen, person)
		case staff.StoppedRole:
			out.Revoked = append(out.Revoked, person)
		}
	}
	engaged, err := s.Store.EngagementsNow(ctx, "", s.Now())
	for _, e := range engaged {
		out.Engagements = append(out.Engagements, termsProto(e))
	}
	return out, err
}
