package stripeapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// balanceTries bounds how often a balance is read that moves while it is read.
const balanceTries = 4

// ErrMoving says that money kept moving while the balance was read.
var ErrMoving = errors.New("the balance moves")

// BalanceAt returns what Stripe held for us before a time, by currency, without
// those that are zero. Stripe tells only what it holds now, available and pending:
// what moved since is taken off again. ErrMoving says that no two readings around
// the list of movements were the same.
func (c *Client) BalanceAt(ctx context.Context, before time.Time) ([]money.Amount, error) {
	for range balanceTries {
		held, err := c.balance(ctx)
		if err != nil {
			return nil, err
		}
		later, err := c.movedSince(ctx, before)
		if err != nil {
			return nil, err
		}
		again, err := c.balance(ctx)
		if err != nil {
			return nil, err
		}
		if maps.Equal(held, again) {
			return difference(held, later)
		}
	}
	return nil, ErrMoving
}

// balance reads the present balance in Stripe's units, by Stripe's currency.
func (c *Client) balance(ctx context.Context) (map[string]int64, error) {
	b, err := c.api.Balance.Get(&stripe.BalanceParams{Params: params(ctx, "")})
	if err != nil {
		return nil, failed("read balance", err)
	}
	held := map[string]int64{}
	for _, a := range slices.Concat(b.Available, b.Pending) {
		held[string(a.Currency)] += a.Amount
	}
	return held, nil
}

// movedSince sums up what moved the balance at or after a time.
func (c *Client) movedSince(ctx context.Context, since time.Time) (map[string]int64, error) {
	p := &stripe.BalanceTransactionListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()}}
	p.Context, p.Limit = ctx, stripe.Int64(100)
	moved := map[string]int64{}
	list := c.api.BalanceTransactions.List(p)
	for list.Next() {
		t := list.BalanceTransaction()
		moved[string(t.Currency)] += t.Net
	}
	if err := list.Err(); err != nil {
		return nil, failed("list balance transactions", err)
	}
	return moved, nil
}

func difference(held, later map[string]int64) ([]money.Amount, error) {
	for currency, net := range later {
		held[currency] -= net
	}
	var out []money.Amount
	for _, currency := range slices.Sorted(maps.Keys(held)) {
		if held[currency] == 0 {
			continue
		}
		a, err := FromStripe(held[currency], currency)
		if err != nil {
			return nil, fmt.Errorf("balance: %w", err)
		}
		out = append(out, a)
	}
	return out, nil
}
