package stripeapi

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// PaymentIntent is one attempt of a donor to pay, with as many charges as cards
// were tried.
type PaymentIntent struct {
	// ID is Stripe's "pi_…".
	ID string
	// Status is Stripe's word, such as "succeeded" or "requires_payment_method".
	Status string
	// Reference is the opaque id given to the checkout session, empty for a payment of
	// an invoice.
	Reference string
	// InvoiceID is the invoice that it pays, empty for none.
	InvoiceID string
	// Amount is what is to be paid.
	Amount money.Amount
	// Received is what was paid.
	Received money.Amount
	// FailureCode is the code of the last failure, empty where there is none.
	FailureCode string
	// LatestCharge is the last charge with its balance transaction, nil where no
	// card was tried.
	LatestCharge *Charge
}

// Charge is one use of a card.
type Charge struct {
	// ID is Stripe's "ch_…".
	ID string
	// PaymentIntentID is the intent that it belongs to.
	PaymentIntentID string
	// Reference is the opaque id given to the checkout session.
	Reference string
	// Status is Stripe's word: "succeeded", "pending" or "failed".
	Status string
	// Paid, Captured and Disputed are Stripe's flags of these names.
	Paid, Captured, Disputed bool
	// Amount is what was charged, in the donor's currency.
	Amount money.Amount
	// Refunded is how much of it went back.
	Refunded money.Amount
	// CardCountry is where the card was issued, ISO 3166 of two letters.
	CardCountry string
	// FailureCode says why it failed, empty where it did not.
	FailureCode string
	// Created is when the card was used.
	Created time.Time
	// Balance is what it did to the Stripe balance, nil while it did nothing.
	Balance *BalanceTransaction
}

// BalanceTransaction is one movement of the Stripe balance, in the currency of
// settlement and with Stripe's signs: positive adds to the balance.
type BalanceTransaction struct {
	// ID is Stripe's "txn_…".
	ID string
	// Type and ReportingCategory are Stripe's words, both "charge" for a gift.
	Type, ReportingCategory string
	// SourceID is the charge, refund, dispute or payout that moved the balance.
	SourceID string
	// Status is "pending" until AvailableOn, then "available".
	Status string
	// Gross is the movement before fees, Fee what Stripe kept, Net the rest.
	Gross, Fee, Net money.Amount
	// ExchangeRate is a decimal number from the presentment to the settlement
	// currency, empty where they are the same.
	ExchangeRate string
	// Created is when it moved, AvailableOn when it can be paid out.
	Created, AvailableOn time.Time
}

// GetPaymentIntent reads an intent with its latest charge and the charge's
// balance transaction; ErrNotFound where there is none.
func (c *Client) GetPaymentIntent(ctx context.Context, id string) (PaymentIntent, error) {
	p, err := c.api.PaymentIntents.Get(id, &stripe.PaymentIntentParams{
		Params: params(ctx, "", "latest_charge.balance_transaction"),
	})
	if err != nil {
		return PaymentIntent{}, failed("read payment intent", err)
	}
	return intent(p)
}

func intent(p *stripe.PaymentIntent) (_ PaymentIntent, err error) {
	out := PaymentIntent{ID: p.ID, Status: string(p.Status), Reference: p.Metadata[referenceKey]}
	if out.Amount, err = FromStripe(p.Amount, string(p.Currency)); err != nil {
		return PaymentIntent{}, fmt.Errorf("payment intent: %w", err)
	}
	if out.Received, err = FromStripe(p.AmountReceived, string(p.Currency)); err != nil {
		return PaymentIntent{}, fmt.Errorf("payment intent: %w", err)
	}
	if p.Invoice != nil {
		out.InvoiceID = p.Invoice.ID
	}
	if p.LastPaymentError != nil {
		out.FailureCode = string(p.LastPaymentError.Code)
	}
	if p.LatestCharge != nil && p.LatestCharge.Object != "" {
		ch, err := charge(p.LatestCharge)
		if err != nil {
			return PaymentIntent{}, err
		}
		out.LatestCharge = &ch
	}
	return out, nil
}

// GetCharge reads a charge with its balance transaction; ErrNotFound where
// there is none.
func (c *Client) GetCharge(ctx context.Context, id string) (Charge, error) {
	ch, err := c.api.Charges.Get(id, &stripe.ChargeParams{Params: params(ctx, "", "balance_transaction")})
	if err != nil {
		return Charge{}, failed("read charge", err)
	}
	return charge(ch)
}

func charge(ch *stripe.Charge) (Charge, error) {
	out := Charge{
		ID: ch.ID, Reference: ch.Metadata[referenceKey], Status: string(ch.Status), Paid: ch.Paid,
		Captured: ch.Captured, Disputed: ch.Disputed, FailureCode: ch.FailureCode, Created: instant(ch.Created),
	}
	var err error
	if out.Amount, err = FromStripe(ch.Amount, string(ch.Currency)); err != nil {
		return Charge{}, fmt.Errorf("charge: %w", err)
	}
	if out.Refunded, err = FromStripe(ch.AmountRefunded, string(ch.Currency)); err != nil {
		return Charge{}, fmt.Errorf("charge: %w", err)
	}
	if ch.PaymentIntent != nil {
		out.PaymentIntentID = ch.PaymentIntent.ID
	}
	if d := ch.PaymentMethodDetails; d != nil && d.Card != nil {
		out.CardCountry = d.Card.Country
	}
	if ch.BalanceTransaction != nil && ch.BalanceTransaction.Object != "" {
		out.Balance, err = balanceTransaction(ch.BalanceTransaction)
	}
	return out, err
}

func balanceTransaction(t *stripe.BalanceTransaction) (*BalanceTransaction, error) {
	out := &BalanceTransaction{
		ID: t.ID, Type: string(t.Type), ReportingCategory: string(t.ReportingCategory), Status: string(t.Status),
		Created: instant(t.Created), AvailableOn: instant(t.AvailableOn),
	}
	if t.Source != nil {
		out.SourceID = t.Source.ID
	}
	if t.ExchangeRate != 0 {
		// The shortest decimal that reads back as this number is the one Stripe wrote.
		out.ExchangeRate = strconv.FormatFloat(t.ExchangeRate, 'f', -1, 64)
	}
	for minor, amount := range map[*int64]*money.Amount{&t.Amount: &out.Gross, &t.Fee: &out.Fee, &t.Net: &out.Net} {
		a, err := FromStripe(*minor, string(t.Currency))
		if err != nil {
			return nil, fmt.Errorf("balance transaction: %w", err)
		}
		*amount = a
	}
	return out, nil
}
