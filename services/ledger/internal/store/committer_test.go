package store

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/postgrestest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

var day = leaf.DayOf(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC))

func gift(reference string, minor int64) book.Draft {
	return book.Draft{
		Reference: reference, Kind: leaf.Donation, Source: "donations/d_1", OccurredOn: day,
		Entries: []book.Entry{
			{Account: "asset:stripe", Side: leaf.Debit, Amount: money.Amount{MinorUnits: minor, Currency: "EUR"}},
			{Account: "fund:general:clearing", Side: leaf.Credit, Amount: money.Amount{MinorUnits: minor, Currency: "EUR"}},
		},
	}
}

func TestSmoke(t *testing.T) {
	t.Parallel()
	s := New(postgrestest.New(t, Migrations()), "main")
	if err := s.Found(context.Background()); err != nil {
		t.Fatal(err)
	}
	c := NewCommitter(s, slog.Default())
	defer c.Stop()
	start := time.Now()
	const callers, each = 256, 40
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			for j := range each {
				u, err := book.NewUnit(nil, []book.Draft{gift(fmt.Sprintf("g/%d/%d", i, j), 100)}, day)
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := c.Commit(context.Background(), u); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%.0f/s", callers*each/time.Since(start).Seconds())
	h, err := s.DurableHead(context.Background())
	t.Log(h.Size, err)
}
