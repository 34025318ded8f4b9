// Package event says what to do with what Stripe tells us. An event is only a
// hint that something may have changed: the object itself is read again, so that
// events may come twice, late and in any order.
package event

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Object is one of Stripe's objects: Kind is Stripe's word for what it is, ID its id,
// empty for what has none.
type Object struct{ Kind, ID string }

// The kinds of objects that are read again.
const (
	CheckoutSession = "checkout.session" // a payment page
	PaymentIntent   = "payment_intent"   // a payment
	Charge          = "charge"           // one use of a card
	Refund          = "refund"           // money that goes back
	Dispute         = "dispute"          // a bank that asks for it back
	Warning         = "radar.early_fraud_warning"
	Payout          = "payout"       // money that goes to the bank
	Invoice         = "invoice"      // what asks for a payment of a subscription
	Subscription    = "subscription" // what is paid again and again
)

// ChargeRefunded is the type of an event that is about a charge and tells of its refunds.
const ChargeRefunded = "charge.refunded"

// Event is the readable part of an event: an allow-list of ids and times.
type Event struct {
	ID, Type string
	// Object is what the event is about.
	Object Object
	// Payment is Stripe's id of the payment that Object is or belongs to, empty where the
	// event does not say so.
	Payment                string
	OccurredAt, ReceivedAt time.Time
	// SHA256 is that of the raw body.
	SHA256 []byte
	// Week is the ISO week whose key seals the raw body.
	Week string
}

// OfPayment reports whether an event tells how a payment goes: once its money is recorded,
// it tells nothing new.
func (e Event) OfPayment() bool {
	k := e.Object.Kind
	return e.Type != ChargeRefunded && (k == CheckoutSession || k == PaymentIntent || k == Charge)
}

// State is where an event ends. The zero State is invalid.
type State string

// An event is Handled when its payment has been read again.
const (
	Owed    State = "OWED" // it has not ended
	Handled State = "HANDLED"
	Ignored State = "IGNORED" // nothing is to be done, now or later
	Kept    State = "KEPT"    // it waits for people, or its money does
)

// Reasons why an event is Ignored or Kept.
const (
	ReadElsewhere  = "READ_WITH_ANOTHER_EVENT" // the same fact comes with an event that is acted on
	NotOurs        = "NOT_USED_HERE"           // an object of a kind that we never make
	UnknownType    = "UNKNOWN_TYPE"
	UnknownPayment = string(fault.ReasonUnknownPayment) // no pledge of ours is named by the payment
	AmountDiffers  = string(fault.ReasonAmountDiffers)  // the payment is not of the pledge's amount
)

// verdict is a state with its reason.
type verdict struct {
	state  State
	reason string
}

// verdicts by type; a prefix that ends in "." covers what is not named itself.
var verdicts = map[string]verdict{
	"checkout.session.completed":               {Handled, ""},
	"checkout.session.async_payment_succeeded": {Handled, ""},
	"checkout.session.async_payment_failed":    {Handled, ""},
	"checkout.session.expired":                 {Handled, ""},
	"payment_intent.succeeded":                 {Handled, ""},
	"payment_intent.payment_failed":            {Handled, ""},
	"payment_intent.canceled":                  {Handled, ""},
	"payment_intent.processing":                {Handled, ""},
	"payment_intent.amount_capturable_updated": {Handled, ""},
	"charge.succeeded":                         {Handled, ""},
	"charge.failed":                            {Handled, ""},
	"charge.updated":                           {Handled, ""},
	"payment_intent.":                          {Ignored, ReadElsewhere},
	"charge.captured":                          {Ignored, ReadElsewhere},
	"charge.pending":                           {Ignored, ReadElsewhere},
	ChargeRefunded:                             {Handled, ""},
	"charge.refund.updated":                    {Handled, ""},
	"charge.refund.":                           {Handled, ""},
	"refund.created":                           {Handled, ""},
	"refund.updated":                           {Handled, ""},
	"refund.failed":                            {Handled, ""},
	"refund.":                                  {Handled, ""},
	"charge.dispute.created":                   {Handled, ""},
	"charge.dispute.updated":                   {Handled, ""},
	"charge.dispute.closed":                    {Handled, ""},
	"charge.dispute.funds_withdrawn":           {Handled, ""},
	"charge.dispute.funds_reinstated":          {Handled, ""},
	"charge.dispute.":                          {Handled, ""},
	"radar.early_fraud_warning.created":        {Handled, ""},
	"radar.early_fraud_warning.updated":        {Handled, ""},
	"radar.early_fraud_warning.":               {Handled, ""},
	"payout.created":                           {Handled, ""},
	"payout.updated":                           {Handled, ""},
	"payout.paid":                              {Handled, ""},
	"payout.failed":                            {Handled, ""},
	"payout.canceled":                          {Handled, ""},
	"payout.":                                  {Handled, ""},
	"invoice.paid":                             {Handled, ""},
	"invoice.payment_failed":                   {Handled, ""},
	"invoice.payment_action_required":          {Handled, ""},
	"invoice.voided":                           {Handled, ""},
	"invoice.marked_uncollectible":             {Handled, ""},
	"customer.subscription.updated":            {Handled, ""},
	"customer.subscription.deleted":            {Handled, ""},
	"invoice.":                                 {Ignored, ReadElsewhere},
	"customer.subscription.":                   {Ignored, ReadElsewhere},
	"setup_intent.":                            {Ignored, ReadElsewhere},
	"customer.":                                {Ignored, NotOurs},
	"payment_method.":                          {Ignored, NotOurs},
	"product.":                                 {Ignored, NotOurs},
	"price.":                                   {Ignored, NotOurs},
	"balance.available":                        {Ignored, ReadElsewhere},
}

// Judge says where an event of a type ends, and why where that is not Handled. An
// event of an unknown type is Kept.
func Judge(kind string) (State, string) {
	if v, ok := verdicts[kind]; ok {
		return v.state, v.reason
	}
	for prefix := kind; ; {
		i := strings.LastIndexByte(strings.TrimSuffix(prefix, "."), '.')
		if i < 0 {
			return Kept, UnknownType
		}
		prefix = prefix[:i+1]
		if v, ok := verdicts[prefix]; ok {
			return v.state, v.reason
		}
	}
}

// Kept is the object's id as it is kept: none of what nobody reads again, so that no
// customer's id outlives the customer.
func (e Event) Kept() string {
	if _, reason := Judge(e.Type); reason == NotOurs {
		return ""
	}
	return e.Object.ID
}

// Week names the ISO week of a moment, "2026-W48". The raw events of a week share
// one key, that of resource.StripeWeek.
func Week(t time.Time) string {
	year, week := t.UTC().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// openWeeks is how many whole weeks a raw event can still be opened.
const openWeeks = 1

// EndedBefore returns the first week whose raw events can still be opened at a
// moment. The keys of all earlier weeks are destroyed.
func EndedBefore(now time.Time) string { return Week(now.AddDate(0, 0, -7*openWeeks)) }

// Wanted are the types of events that Stripe must send, by name.
func Wanted() []string {
	var out []string
	for kind, v := range verdicts {
		if v.state == Handled && !strings.HasSuffix(kind, ".") {
			out = append(out, kind)
		}
	}
	slices.Sort(out)
	return out
}
