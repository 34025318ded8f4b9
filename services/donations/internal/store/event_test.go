package store_test

import (
	"context"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func told(id string, at time.Time) event.Event {
	sum := sha256.Sum256([]byte(id))
	return event.Event{
		ID: id, Type: "charge.succeeded", Object: event.Object{Kind: event.Charge, ID: "ch_1"},
		OccurredAt: at, ReceivedAt: at, SHA256: sum[:], Week: event.Week(at),
	}
}

func TestAnEventIsOwedUntilItIsSettledOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	e := told("evt_1", noon())
	for range 3 { // as Stripe does
		b.must(b.AddEvent(ctx, e, []byte("sealed")))
	}
	got, err := b.OwedEvent(ctx, "evt_1")
	if diff := cmp.Diff(e, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if b.count("stripe_events", "true") != 1 || b.count("river_job", "args->>'duty' = 'stripe.event'") != 1 {
		t.Error("a repeated event was stored, or is done twice")
	}
	b.must(b.SettleEvent(ctx, "evt_1", event.Kept, event.UnknownType))
	b.must(b.SettleEvent(ctx, "evt_1", event.Handled, "")) // by a slower run
	if b.count("stripe_events", "state = 'KEPT' AND reason = 'UNKNOWN_TYPE' AND owed_at IS NULL") != 1 {
		t.Error("the event did not end as it was first judged")
	}
	if _, err := b.OwedEvent(ctx, "evt_1"); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("settled event: %v", err)
	}
}

func TestWhatIsOwedComesPageByPage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	for i, id := range []string{"evt_c", "evt_a", "evt_b"} {
		b.must(b.AddEvent(ctx, told(id, noon().Add(time.Duration(i)*time.Minute)), nil))
	}
	for _, c := range []struct {
		before time.Time
		after  string
		limit  int
		want   []string
	}{
		{noon(), "", 10, nil},
		{noon().Add(time.Hour), "", 2, []string{"evt_a", "evt_b"}},
		{noon().Add(time.Hour), "evt_b", 2, []string{"evt_c"}},
		{noon().Add(90 * time.Second), "", 10, []string{"evt_a", "evt_c"}},
	} {
		if got, err := b.OwedEvents(ctx, c.before, c.after, c.limit); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("before %v, after %q, at most %d: %v, %v; want %v", c.before, c.after, c.limit, got, err, c.want)
		}
	}
}

func TestTheRawEventsOfAWeekAreForgottenTogether(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	b.must(b.AddEvent(ctx, told("evt_old", noon().AddDate(0, 0, -14)), []byte("sealed")))
	b.must(b.AddEvent(ctx, told("evt_new", noon()), []byte("sealed")))
	weeks, err := b.WeeksBefore(ctx, event.Week(noon()), "", 10)
	if err != nil || len(weeks) != 1 {
		t.Fatalf("weeks = %v, %v", weeks, err)
	}
	b.must(b.ForgetWeek(ctx, weeks[0]))
	if b.count("stripe_events", "id = 'evt_old' AND sealed IS NULL AND state = 'OWED'") != 1 || b.count("stripe_events", "sealed IS NOT NULL") != 1 {
		t.Error("the wrong events are forgotten, or one is no longer owed")
	}
	if weeks, err := b.WeeksBefore(ctx, event.Week(noon()), "", 10); err != nil || len(weeks) != 0 {
		t.Errorf("afterwards: %v, %v", weeks, err)
	}
}
