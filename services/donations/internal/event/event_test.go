package event_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
)

func TestEveryEventIsActedOnIgnoredWithAReasonOrKept(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]struct {
		state  event.State
		reason string
	}{
		"checkout.session.completed":            {event.Handled, ""},
		"checkout.session.expired":              {event.Handled, ""},
		"payment_intent.succeeded":              {event.Handled, ""},
		"payment_intent.created":                {event.Ignored, event.ReadElsewhere},
		"charge.updated":                        {event.Handled, ""},
		"charge.refunded":                       {event.Handled, ""},
		"charge.refund.updated":                 {event.Handled, ""},
		"charge.dispute.created":                {event.Handled, ""},
		"charge.dispute.funds_withdrawn":        {event.Handled, ""},
		"payout.paid":                           {event.Handled, ""},
		"customer.subscription.deleted":         {event.Handled, ""},
		"customer.subscription.pending.applied": {event.Ignored, event.ReadElsewhere},
		"invoice.payment_failed":                {event.Handled, ""},
		"invoice.created":                       {event.Ignored, event.ReadElsewhere},
		"customer.created":                      {event.Ignored, event.NotOurs},
		"charge.something_new":                  {event.Kept, event.UnknownType},
		"treasury.something":                    {event.Kept, event.UnknownType},
		"":                                      {event.Kept, event.UnknownType},
		".":                                     {event.Kept, event.UnknownType},
	} {
		if state, reason := event.Judge(kind); state != want.state || reason != want.reason {
			t.Errorf("Judge(%q) = %v %q, want %v %q", kind, state, reason, want.state, want.reason)
		}
	}
}

func TestRawEventsAreKeptForTheirWeekAndOneMore(t *testing.T) {
	t.Parallel()
	// Given a Tuesday in the first ISO week of a year.
	now := time.Date(2027, 1, 5, 12, 0, 0, 0, time.UTC)
	if got := event.Week(now); got != "2027-W01" {
		t.Errorf("Week = %q", got)
	}
	// Then the week before, of the other year, is the oldest that is kept.
	if got := event.EndedBefore(now); got != "2026-W53" {
		t.Errorf("EndedBefore = %q", got)
	}
}

func TestNoIdIsKeptOfWhatIsNeverReadAgain(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]string{
		"customer.created": "", "customer.deleted": "", "payment_method.attached": "", "checkout.session.completed": "x_1",
		"customer.subscription.updated": "x_1", "a.new.kind": "x_1",
	} {
		if got := (event.Event{Type: kind, Object: event.Object{ID: "x_1"}}).Kept(); got != want {
			t.Errorf("%s: %q", kind, got)
		}
	}
}
