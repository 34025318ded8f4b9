package store_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

func TestNoFundPromisesTheFullGiftBeforeSomebodyChoosesIt(t *testing.T) {
	t.Parallel()
	s := store.New(postgrestest.New(t, store.Migrations()), dutytest.Queue(t), rowmac.New([]byte("secret of the rows"), slog.New(slog.DiscardHandler)), noon)
	funds, err := s.Funds(context.Background(), page.Page{Size: 100})
	if err != nil || len(funds) < 4 {
		t.Fatalf("%d funds, %v", len(funds), err)
	}
	for _, f := range funds {
		if f.PromisesFull {
			t.Errorf("%s promises 100 %%", f.ID)
		}
	}
}
