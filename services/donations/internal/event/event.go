// Package event says what to do with what Stripe tells us. An event is only a
// hint that something may have changed: the object itself is read again, so that
// events may come twice, late and in any order.
package event

import (
	"fmt"
	"strings"
	"time"
)

// Event is what is kept readable of an event: an allow-list of ids and times.
type Event struct {
	ID, Type, ObjectID string
	// SessionID, IntentID and ChargeID are what the object belongs to, each
	// empty where the object does not say.
	SessionID, IntentID, ChargeID string
	OccurredAt, ReceivedAt        time.Time
	// SHA256 is that of the raw body.
	SHA256 []byte
	// Week is the ISO week whose key seals the raw body.
	Week string
}

// Action is what an event asks for. The zero Action is invalid.
type Action int

// The actions.
const (
	Reread Action = iota + 1 // read the payment again
	Ignore                   // nothing to do, now or later
	Keep                     // something is owed that is not done yet; keep it and say so
)

// Reasons for ignoring or keeping an event.
const (
	ReadElsewhere  = "READ_WITH_ANOTHER_EVENT" // the same fact comes with an event that is acted on
	NotOurs        = "NOT_USED_HERE"           // an object of a kind that we never make
	RefundOwed     = "REFUND_NOT_HANDLED_YET"
	DisputeOwed    = "DISPUTE_NOT_HANDLED_YET"
	PayoutOwed     = "PAYOUT_NOT_HANDLED_YET"
	RecurringOwed  = "RECURRING_NOT_HANDLED_YET"
	UnknownType    = "UNKNOWN_TYPE"
	UnknownPayment = "UNKNOWN_PAYMENT" // no pledge of ours is named by the payment
	AmountDiffers  = "AMOUNT_DIFFERS"  // the payment is not of the pledge's amount
)

// verdict is an action with its reason.
type verdict struct {
	action Action
	reason string
}

// verdicts by type; a prefix that ends in "." covers what is not named itself.
var verdicts = map[string]verdict{
	"checkout.session.completed":               {Reread, ""},
	"checkout.session.async_payment_succeeded": {Reread, ""},
	"checkout.session.async_payment_failed":    {Reread, ""},
	"checkout.session.expired":                 {Reread, ""},
	"payment_intent.succeeded":                 {Reread, ""},
	"payment_intent.payment_failed":            {Reread, ""},
	"payment_intent.canceled":                  {Reread, ""},
	"payment_intent.processing":                {Reread, ""},
	"charge.succeeded":                         {Reread, ""},
	"charge.failed":                            {Reread, ""},
	"charge.updated":                           {Reread, ""},
	"payment_intent.":                          {Ignore, ReadElsewhere},
	"charge.captured":                          {Ignore, ReadElsewhere},
	"charge.pending":                           {Ignore, ReadElsewhere},
	"charge.refunded":                          {Keep, RefundOwed},
	"charge.refund.":                           {Keep, RefundOwed},
	"refund.":                                  {Keep, RefundOwed},
	"charge.dispute.":                          {Keep, DisputeOwed},
	"radar.early_fraud_warning.":               {Keep, DisputeOwed},
	"payout.":                                  {Keep, PayoutOwed},
	"invoice.":                                 {Keep, RecurringOwed},
	"customer.subscription.":                   {Keep, RecurringOwed},
	"setup_intent.":                            {Ignore, NotOurs},
	"customer.":                                {Ignore, NotOurs},
	"payment_method.":                          {Ignore, NotOurs},
	"product.":                                 {Ignore, NotOurs},
	"price.":                                   {Ignore, NotOurs},
	"balance.available":                        {Ignore, ReadElsewhere},
}

// Judge says what an event of a type asks for, and why where that is not to read
// again. What it does not know is kept.
func Judge(kind string) (Action, string) {
	if v, ok := verdicts[kind]; ok {
		return v.action, v.reason
	}
	for prefix := kind; ; {
		i := strings.LastIndexByte(strings.TrimSuffix(prefix, "."), '.')
		if i < 0 {
			return Keep, UnknownType
		}
		prefix = prefix[:i+1]
		if v, ok := verdicts[prefix]; ok {
			return v.action, v.reason
		}
	}
}

// Week names the ISO week of a moment, "2026-W48"; the raw events of a week share
// one key.
func Week(t time.Time) string {
	year, week := t.UTC().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// keptWeeks is how many whole weeks a raw event can still be opened.
const keptWeeks = 1

// EndedBefore returns the first week whose raw events must still be kept at a
// moment; the keys of all earlier ones are destroyed.
func EndedBefore(now time.Time) string { return Week(now.AddDate(0, 0, -7*keptWeeks)) }
