package event_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
)

func TestEveryEventIsActedOnIgnoredWithAReasonOrKept(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]struct {
		action event.Action
		reason string
	}{
		"checkout.session.completed":            {event.Reread, ""},
		"checkout.session.expired":              {event.Reread, ""},
		"payment_intent.succeeded":              {event.Reread, ""},
		"payment_intent.created":                {event.Ignore, event.ReadElsewhere},
		"charge.updated":                        {event.Reread, ""},
		"charge.refunded":                       {event.Keep, event.RefundOwed},
		"charge.refund.updated":                 {event.Keep, event.RefundOwed},
		"charge.dispute.created":                {event.Keep, event.DisputeOwed},
		"charge.dispute.funds_withdrawn":        {event.Keep, event.DisputeOwed},
		"payout.paid":                           {event.Keep, event.PayoutOwed},
		"customer.subscription.deleted":         {event.Keep, event.RecurringOwed},
		"customer.subscription.pending.applied": {event.Keep, event.RecurringOwed},
		"customer.created":                      {event.Ignore, event.NotOurs},
		"charge.something_new":                  {event.Keep, event.UnknownType},
		"treasury.something":                    {event.Keep, event.UnknownType},
		"":                                      {event.Keep, event.UnknownType},
		".":                                     {event.Keep, event.UnknownType},
	} {
		if action, reason := event.Judge(kind); action != want.action || reason != want.reason {
			t.Errorf("Judge(%q) = %v %q, want %v %q", kind, action, reason, want.action, want.reason)
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
