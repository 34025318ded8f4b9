package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/rules"
)

// Who has given counts once, from the day on, in the currency that the fund got.
func TestGiversAreCountedByFundCurrencyAndDay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	soon := time.Now().Add(time.Hour)
	p := b.gift("EUR", soon, "general", "emergency")
	b.gift("EUR", soon, "general")
	b.gift("USD", soon, "general")
	d := b.donation(p)
	for _, c := range []struct {
		currency           string
		through            time.Time
		general, emergency int
	}{
		{"EUR", d.Settled.ReceivedOn, 2, 1}, {"USD", d.Settled.ReceivedOn, 1, 0}, {"EUR", d.Settled.ReceivedOn.AddDate(0, 0, -1), 0, 0},
	} {
		got, err := b.Givers(ctx, []string{"general", "emergency"}, c.currency, c.through)
		if err != nil || got["general"] != c.general || got["emergency"] != c.emergency {
			t.Errorf("%s through %s: %v, %v", c.currency, c.through, got, err)
		}
	}
	// What has gone back whole was not given.
	if _, err := b.db.Pool.Exec(ctx, `UPDATE donations SET refunded = charged WHERE id = $1`, d.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Givers(ctx, []string{"general", "emergency"}, "EUR", soon); err != nil || got["general"] != 1 || got["emergency"] != 0 {
		t.Errorf("after a refund: %v, %v", got, err)
	}
}

func TestTheLastRefundOfEachPaymentIsRead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	p := b.gift("EUR", time.Now().Add(time.Hour), "general")
	if got, err := b.LastRefunds(ctx, p.ID); err != nil || len(got) != 0 {
		t.Errorf("none: %v, %v", got, err)
	}
	d := b.donation(p)
	if _, err := b.RequestRefund(ctx, "", d.ID, nil, refund.Donor, "", rules.Printed().RefundsOfDay); err != nil {
		t.Fatal(err)
	}
	if got, err := b.LastRefunds(ctx, p.ID); err != nil || got[d.ID] != refund.Pending {
		t.Errorf("%v, %v", got, err)
	}
}
