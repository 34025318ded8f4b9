package stripeapi

import (
	"context"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Payout is money that Stripe sends to the bank.
type Payout struct {
	// ID is Stripe's "po_…".
	ID string
	// Status is Stripe's word: "pending", "in_transit", "paid", "failed" or "canceled".
	Status string
	// Automatic payouts tell what they consist of.
	Automatic bool
	// Amount is what is sent.
	Amount money.Amount
	// Balance is what it took from the balance, nil while it took nothing; Failure what
	// came back, nil where it has not failed.
	Balance, Failure *BalanceTransaction
	// Created is when it was made, ArrivesAt when it is to arrive.
	Created, ArrivesAt time.Time
}

// GetPayout reads a payout with what it did to the balance; ErrNotFound where there is
// none.
func (c *Client) GetPayout(ctx context.Context, id string) (Payout, error) {
	p, err := c.api.Payouts.Get(id, &stripe.PayoutParams{Params: params(ctx, "", "balance_transaction", "failure_balance_transaction")})
	if err != nil {
		return Payout{}, failed("read payout", err)
	}
	out := Payout{ID: p.ID, Status: string(p.Status), Automatic: p.Automatic, Created: instant(p.Created), ArrivesAt: instant(p.ArrivalDate)}
	if out.Amount, err = FromStripe(p.Amount, string(p.Currency)); err != nil {
		return Payout{}, fmt.Errorf("payout: %w", err)
	}
	if out.Balance, err = moved(p.BalanceTransaction); err != nil {
		return Payout{}, err
	}
	out.Failure, err = moved(p.FailureBalanceTransaction)
	return out, err
}

// BalancePage asks for one page of the balance's movements, newest first.
type BalancePage struct {
	// Since leaves out what moved before; the zero time leaves out nothing.
	Since time.Time
	// PayoutID asks for those that an automatic payout consists of; empty for all.
	PayoutID string
	// After is the id of the last one of the page before, empty for the first page.
	After string
}

// ListBalanceTransactions reads a page of at most 100 movements; more says that others
// follow.
func (c *Client) ListBalanceTransactions(ctx context.Context, r BalancePage) (page []BalanceTransaction, more bool, err error) {
	p := &stripe.BalanceTransactionListParams{}
	p.Context, p.Limit, p.Single = ctx, stripe.Int64(100), true
	if !r.Since.IsZero() {
		p.CreatedRange = &stripe.RangeQueryParams{GreaterThanOrEqual: r.Since.Unix()}
	}
	if r.PayoutID != "" {
		p.Payout = stripe.String(r.PayoutID)
	}
	if r.After != "" {
		p.StartingAfter = stripe.String(r.After)
	}
	list := c.api.BalanceTransactions.List(p)
	for list.Next() {
		t, err := balanceTransaction(list.BalanceTransaction())
		if err != nil {
			return nil, false, err
		}
		page = append(page, *t)
	}
	if err := list.Err(); err != nil {
		return nil, false, failed("list balance transactions", err)
	}
	return page, list.Meta().HasMore, nil
}
