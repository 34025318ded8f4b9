// Package movement says what each movement of the Stripe balance is in the books. Every
// reporting category of API 2023-10-16 is mapped; what no rule explains is booked to
// suspense and waits for a person.
package movement

import (
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/back"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Movement is one balance transaction of Stripe, with Stripe's signs: positive adds to
// the balance.
type Movement struct {
	// ID is ours, BalanceID Stripe's "txn_…".
	ID, BalanceID string
	// Category is Stripe's reporting category, Source its id of what moved the balance.
	Category, Source string
	// Gross less Fee is Net.
	Gross, Fee, Net money.Amount
	// OccurredAt is when it moved.
	OccurredAt time.Time
	// Entry is what it is in the books, empty while that is not known.
	Entry Entry
	// Subject is what it is booked for.
	Subject Subject
	// Back says out of what it is taken; it adds up to what Stripe took.
	Back []back.Part
	// Booked is what the ledger has debited for it, in the order of its entries.
	Booked []Booked
	// PostedAt is when the ledger had booked it, nil before.
	PostedAt *time.Time
}

// Subject names what a movement is booked for, by our ids; the others are empty.
type Subject struct {
	Donation, Refund, Dispute, Payout, Item string
}

// Name is the name of the resource, the empty text for none.
func (s Subject) Name() string {
	switch {
	case s.Item != "":
		return resource.StripeItem.Of(s.Item)
	case s.Refund != "":
		return resource.Refund.Of(s.Donation, s.Refund)
	case s.Dispute != "":
		return resource.Dispute.Of(s.Donation, s.Dispute)
	case s.Payout != "":
		return resource.StripePayout.Of(s.Payout)
	case s.Donation != "":
		return resource.Donation.Of(s.Donation)
	}
	return ""
}

// Booked is a debited account.
type Booked struct {
	Account string `json:"account"`
	Minor   int64  `json:"minor"`
}

// Taken is what Stripe took, below zero where it gave.
func (m Movement) Taken() money.Amount {
	return money.Amount{MinorUnits: -m.Net.MinorUnits, Currency: m.Net.Currency}
}

// Entry is what a movement is in the books.
type Entry string

// The entries. The empty Entry is none yet.
const (
	Gift          Entry = "GIFT"           // booked with its donation
	ChargeFailure Entry = "CHARGE_FAILURE" // a payment that was credited has failed after all
	Refund        Entry = "REFUND"         // a refund that we started, of the amount that was set aside
	Taking        Entry = "TAKING"         // any other refund
	RefundFailed  Entry = "REFUND_FAILED"  // a refund came back
	Dispute       Entry = "DISPUTE"        // a disputed gift was taken
	DisputeWon    Entry = "DISPUTE_WON"    // and came back
	Cost          Entry = "COST"           // what Stripe costs, beside what it keeps of gifts
	Payout        Entry = "PAYOUT"         // on its way to the bank
	PayoutFailed  Entry = "PAYOUT_FAILED"  // and back
	Suspense      Entry = "SUSPENSE"       // nobody can explain it yet
	Nothing       Entry = "NOTHING"        // no money moved
)

// Object is what is read to understand a movement.
type Object string

// The objects that movements of known categories come from.
const (
	OfCharge  Object = "charge"
	OfRefund  Object = "refund"
	OfDispute Object = "dispute"
	OfPayout  Object = "payout"
	OfNothing Object = "" // the category says all
)

// rule is what a category means.
type rule struct {
	object Object
	entry  Entry
}

// rules are those of the categories that the books know.
var rules = map[string]rule{
	"charge":           {OfCharge, Gift},
	"charge_failure":   {OfCharge, ChargeFailure},
	"refund":           {OfRefund, Refund},
	"refund_failure":   {OfRefund, RefundFailed},
	"dispute":          {OfDispute, Dispute},
	"dispute_reversal": {OfDispute, DisputeWon},
	"payout":           {OfPayout, Payout},
	"payout_reversal":  {OfPayout, PayoutFailed},
	"fee":              {OfNothing, Cost},
	"network_cost":     {OfNothing, Cost},
	"tax":              {OfNothing, Cost},
}

// foreign are the categories of what is not used here (cards that one issues, money of
// other accounts, loans, reserves, money that was put in): what comes of them is a
// question.
var foreign = strings.Fields(`advance advance_funding anticipation_repayment climate_order_purchase climate_order_refund
	connect_collection_transfer connect_reserved_funds contribution financing_paydown financing_paydown_reversal
	financing_payout financing_payout_reversal issuing_authorization_hold issuing_authorization_release issuing_dispute
	issuing_dispute_fraud_liability_debit issuing_dispute_provisional_credit issuing_dispute_provisional_credit_reversal
	issuing_transaction other_adjustment partial_capture_reversal payment_network_reserve_hold payment_network_reserve_release
	platform_earning platform_earning_refund risk_reserved_funds topup topup_reversal transfer transfer_reversal
	unreconciled_customer_funds`)

// Of says what a movement of a category is, as far as the category tells, and from what
// it comes. An unknown one is for a person.
func Of(category string) (Object, Entry) {
	if r, ok := rules[category]; ok {
		return r.object, r.entry
	}
	return OfNothing, Suspense
}

// Categories are all that are mapped.
func Categories() []string {
	all := append([]string{}, foreign...)
	for category := range rules {
		all = append(all, category)
	}
	return all
}

// Judge says what m is for a rule that names an entry, by the direction of the money: one
// that goes the other way, or costs that come back, are for a person.
func (m Movement) Judge(e Entry) Entry {
	net := m.Net.MinorUnits
	gives := e == Gift || e == RefundFailed || e == DisputeWon || e == PayoutFailed
	switch {
	case net == 0 && m.Gross.MinorUnits == 0:
		return Nothing
	case e == Suspense, net == 0, gives != (net > 0):
		return Suspense
	default:
		return e
	}
}

// Reason writes a word of Stripe's, such as a category, as a stable word of ours; otherwise
// where there is none.
func Reason(word, otherwise string) string {
	word = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r == '_':
			return r
		default:
			return -1
		}
	}, word)
	if word == "" {
		return otherwise
	}
	return word
}

// OfOperations is what running costs carry of what Stripe costs.
func (m Movement) OfOperations() []back.Part {
	return []back.Part{{Fund: account.OperationsFund, Minor: m.Taken().MinorUnits, Cleared: true}}
}
