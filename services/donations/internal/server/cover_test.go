package server_test

import (
	"context"
	"sync"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// tipped is a pledge with a tip for running costs.
func tipped(minor, tip int64) *donationsv1.Pledge {
	p := pledgeOf(minor, "general")
	p.Tip = postingtest.Money(tip)
	return p
}

// advanced lets so many gifts of 50.00 come whose fees of 1.00 nobody can pay yet.
func (b *bench) advanced(p testPartner, gifts int) {
	b.t.Helper()
	for range gifts {
		b.pay(b.pledge(p, pledgeOf(5000, "general")))
	}
	b.drain()
	if got := b.ledger.Balance("deficit:general"); got != int64(-100*gifts) {
		b.t.Fatalf("deficit = %d", got)
	}
	if b.count("donations", "cover_owed_at IS NOT NULL") != 0 {
		b.t.Error("a gift that brought running costs nothing owes them something")
	}
}

func TestWhatOperationsGetFirstCoversFeesThatWereAdvanced(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tip, operations, deficit int64 // afterwards
	}{
		// The gift's own fee is paid first: 1.5 % of 50.00 and the tip, and 0.25.
		"as a whole":           {1000, 1000 - 115 - 300, 0},
		"as far as it reaches": {200, 0, -300 + (200 - 103)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			p := b.newPartner()
			// given fees that were advanced,
			b.advanced(p, 3)
			// when a gift brings running costs something,
			b.pay(b.pledge(p, tipped(5000, c.tip)))
			b.drain()
			owed, err := b.store.OwedCovers(context.Background(), time.Now().Add(time.Hour), "", 10)
			if err != nil || len(owed) != 1 || owed[0] != "EUR" {
				t.Errorf("owed = %v, %v", owed, err)
			}
			b.drain(store.DutyCover, store.DutyPostCover)
			// then it covers them, without anybody's hand.
			if ops, deficit := b.ledger.Balance("fund:operations:available"), b.ledger.Balance("deficit:general"); ops != c.operations || deficit != c.deficit {
				t.Errorf("operations %d, deficit %d; want %d, %d", ops, deficit, c.operations, c.deficit)
			}
			if b.count("donations", "cover_owed_at IS NOT NULL") != 0 || b.ledger.Balance("fund:general:available") != 4*5000 {
				t.Error("it is still owed, or the fund has paid")
			}
		})
	}
}

func TestALostAnswerOrManyRunsCoverNothingTwice(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	b.advanced(p, 2)
	b.pay(b.pledge(p, tipped(5000, 1000)))
	b.drain()
	// Given a covering whose answer was lost,
	if err := b.worker.Cover(context.Background(), "EUR"); err != nil {
		t.Fatal(err)
	}
	owed, err := b.store.OwedCoverings(context.Background(), time.Now().Add(time.Hour), "", 10)
	if err != nil || len(owed) != 1 {
		t.Fatalf("owed = %v, %v", owed, err)
	}
	b.ledger.FailNext("Post", true)
	if err := b.worker.PostCovering(context.Background(), owed[0]); !fault.OfKind(err, fault.Unavailable) {
		t.Fatalf("lost answer: %v", err)
	}
	// when many runs try again,
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := b.worker.Cover(context.Background(), "EUR"); err != nil {
				t.Errorf("cover: %v", err)
			}
			if err := b.worker.PostCovering(context.Background(), owed[0]); err != nil {
				t.Errorf("post covering: %v", err)
			}
		})
	}
	all.Wait()
	b.drain(store.DutyCover, store.DutyPostCover)
	// then it is covered once.
	if ops, deficit := b.ledger.Balance("fund:operations:available"), b.ledger.Balance("deficit:general"); ops != 1000-115-200 || deficit != 0 {
		t.Errorf("operations %d, deficit %d", ops, deficit)
	}
}

// What others than fees have made of a deficit is none of what is covered by rule: the
// verifier would name it.
func TestOnlyFeesAreCovered(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	b.advanced(p, 1)
	b.ledger.SetDeficit("general", 500)
	b.pay(b.pledge(p, tipped(5000, 1000)))
	b.drain()
	b.drain(store.DutyCover, store.DutyPostCover)
	if ops, deficit := b.ledger.Balance("fund:operations:available"), b.ledger.Balance("deficit:general"); ops != 1000-115-100 || deficit != -400 {
		t.Errorf("operations %d, deficit %d", ops, deficit)
	}
}
