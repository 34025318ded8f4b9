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
// what moved since is taken off again. All of that is listed once, however much it
// is; only what came while it was listed is listed between two readings of the
// balance. ErrMoving says that no two readings were the same.
func (c *Client) BalanceAt(ctx context.Context, before time.Time) ([]money.Amount, error) {
	later := movements{since: before, net: map[string]int64{}}
	if err := c.follow(ctx, &later); err != nil {
		return nil, err
	}
	for range balanceTries {
		held, err := c.balance(ctx)
		if err != nil {
			return nil, err
		}
		if err := c.follow(ctx, &later); err != nil {
			return nil, err
		}
		again, err := c.balance(ctx)
		if err != nil {
			return nil, err
		}
		if maps.Equal(held, again) {
			return difference(held, later.net)
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

// movements is what moved the balance at or after a time.
type movements struct {
	since time.Time
	net   map[string]int64 // by Stripe's currency
	last  string           // id of the newest that is summed up, empty where none is
}

// follow adds what has come since the last look.
func (c *Client) follow(ctx context.Context, m *movements) error {
	p := &stripe.BalanceTransactionListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: m.since.Unix()}}
	p.Context, p.Limit = ctx, stripe.Int64(100)
	backward := m.last != "" // towards newer ones, the newest at the end
	if backward {
		p.EndingBefore = stripe.String(m.last)
	}
	list := c.api.BalanceTransactions.List(p)
	for first := true; list.Next(); first = false {
		t := list.BalanceTransaction()
		m.net[string(t.Currency)] += t.Net
		if first || backward {
			m.last = t.ID
		}
	}
	if err := list.Err(); err != nil {
		return failed("list balance transactions", err)
	}
	return nil
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
