package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

func TestAPledgeIsReadAsItWasMade(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	// Given a fund with terms, and a pledge to it and another one, with a tip.
	winter, err := fund.New("winter", fund.Fund{DisplayName: "Winter", Currencies: []string{"EUR"}, ReserveShare: 200, OperationsShare: 300}, noon())
	b.must(err)
	_, err = b.CreateFund(context.Background(), winter)
	b.must(err)
	asked := b.asked("winter", "general")
	asked.Tip = 100

	made, err := b.CreatePledge(context.Background(), asked)
	b.must(err)
	read, err := b.Pledge(context.Background(), store.Everything, made.ID)
	b.must(err)
	if diff := cmp.Diff(made, read); diff != "" {
		t.Errorf("(-made +read):\n%s", diff)
	}
	want := []pledge.Designation{
		{Fund: "winter", Share: 1, Amount: 2500, Terms: pledge.Terms{ReserveShare: 200, OperationsShare: 300}},
		{Fund: "general", Share: 1, Amount: 2500, Terms: pledge.Terms{PromisesFull: true}},
	}
	if diff := cmp.Diff(want, read.Designations); diff != "" {
		t.Errorf("designations (-want +got):\n%s", diff)
	}
	// Its page is owed, and its maker alone makes it for ten seconds.
	if _, claimed, err := b.ClaimCheckout(context.Background(), made.Checkout.ID); err != nil || claimed {
		t.Errorf("claimed twice: %v, %v", claimed, err)
	}
	b.at(noon().Add(11 * time.Second))
	if owed, err := b.OwedCheckouts(context.Background(), *b.clock.Load(), "", 10); err != nil || len(owed) != 1 || owed[0] != made.Checkout.ID {
		t.Errorf("owed = %v, %v", owed, err)
	}
	if p, claimed, err := b.ClaimCheckout(context.Background(), made.Checkout.ID); err != nil || !claimed || !cmp.Equal(p, made) {
		t.Errorf("after the claim's end: %v, %v, %v", p, claimed, err)
	}
}

func TestARepeatReturnsTheFirstPledgeAsItIsNow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first, err := b.CreatePledge(call("one"), b.asked("general"))
	b.must(err)
	_, err = b.OpenCheckout(context.Background(), first.Checkout.ID, checkoutOf(first))
	b.must(err)
	again, err := b.CreatePledge(call("one"), b.asked("general"))
	if err != nil || again.ID != first.ID || again.Checkout != checkoutOf(first) {
		t.Errorf("repeat = %v, %v", again, err)
	}
	if b.count("pledges", "true") != 1 || b.count("pledge_designations", "true") != 1 {
		t.Error("the repeat has made a pledge")
	}
}

func TestAPledgeThatCannotBeStoredLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	used := b.pledge("general")
	_, err := b.db.Pool.Exec(context.Background(), `UPDATE funds SET state = 'CLOSED' WHERE id = 'emergency'`)
	b.must(err)
	for name, c := range map[string]struct {
		funds  []string
		change func(*pledge.Pledge)
		want   string // field, or reason where no field is wrong
	}{
		"unknown fund":     {[]string{"general", "none"}, nil, "designations[1].fund"},
		"closed fund":      {[]string{"general", "emergency"}, nil, "FUND_CLOSED"},
		"foreign currency": {[]string{"general"}, func(p *pledge.Pledge) { p.Amount.Currency = "AUD" }, "designations[0].fund"},
		"used receipt":     {[]string{"general"}, func(p *pledge.Pledge) { p.ReceiptSHA256 = used.ReceiptSHA256 }, "receiptTokenSha256"},
	} {
		p := b.asked(c.funds...)
		if c.change != nil {
			c.change(&p)
		}
		_, err := b.CreatePledge(call(name), p)
		f := fault.As(err)
		if f == nil || string(f.Reason) != c.want && (len(f.Violations) != 1 || f.Violations[0].Field != c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		// The key stays free for a better try.
		if _, err := b.CreatePledge(call(name), b.asked("general")); err != nil {
			t.Errorf("%s, then a good one: %v", name, err)
		}
	}
	if got := b.count("pledges", "true"); got != 5 {
		t.Errorf("%d pledges, want 5", got)
	}
}

func TestOneReceiptTokenOpensOnePledge(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	hash := b.asked("general").ReceiptSHA256
	var all sync.WaitGroup
	var stored atomic.Int64
	for range 8 {
		p := b.asked("general")
		p.ReceiptSHA256 = hash
		all.Go(func() {
			switch _, err := b.CreatePledge(context.Background(), p); {
			case err == nil:
				stored.Add(1)
			case !fault.OfKind(err, fault.Invalid):
				t.Errorf("create: %v", err)
			}
		})
	}
	all.Wait()
	if stored.Load() != 1 {
		t.Errorf("%d pledges with one token", stored.Load())
	}
}

func TestAnUnknownReceiptHashFindsTheNextOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if _, err := b.PledgeByReceipt(context.Background(), make([]byte, 32)); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("where there is no pledge: %v", err)
	}
	hash := func(first byte) []byte { return append([]byte{first}, make([]byte, 31)...) }
	ids := map[byte]string{}
	for _, first := range []byte{50, 100} {
		p := b.asked("general")
		p.ReceiptSHA256 = hash(first)
		_, err := b.CreatePledge(context.Background(), p)
		b.must(err)
		ids[first] = p.ID
	}
	for asked, found := range map[byte]byte{0: 50, 50: 50, 51: 100, 100: 100, 101: 50, 255: 50} {
		p, err := b.PledgeByReceipt(context.Background(), hash(asked))
		if err != nil || p.ID != ids[found] {
			t.Errorf("hash %d finds %v, %v; want that of %d", asked, p.ReceiptSHA256, err, found)
		}
	}
}

func TestAPartnersScopeHoldsItsOwnPledgesOnly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	mine := b.pledge("general")
	mineAs, other := store.Scope(b.partner.ID), store.Scope(b.newPartner().ID)
	ctx := context.Background()
	if _, err := b.Pledge(ctx, mineAs, mine.ID); err != nil {
		t.Errorf("own pledge: %v", err)
	}
	if _, err := b.Pledge(ctx, other, mine.ID); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("another's pledge: %v", err)
	}
	if _, err := b.CancelPledge(ctx, other, mine.ID); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("cancelling another's pledge: %v", err)
	}
	for scope, want := range map[store.Scope]int{mineAs: 1, other: 0, store.Everything: 1} {
		if list, err := b.Pledges(ctx, scope, page.Page{Size: 10}); err != nil || len(list) != want {
			t.Errorf("list of %q: %d, %v; want %d", scope, len(list), err, want)
		}
	}
	b.must(b.Record(ctx, paid(mine, "EUR"), noon()))
	d := b.donation(mine)
	if _, err := b.Donation(ctx, other, d.ID); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("another's donation: %v", err)
	}
	for scope, want := range map[store.Scope]int{mineAs: 1, other: 0, store.Everything: 1} {
		if list, err := b.Donations(ctx, scope, page.Page{Size: 10}); err != nil || len(list) != want {
			t.Errorf("donations of %q: %d, %v; want %d", scope, len(list), err, want)
		}
	}
}

func TestListsGoOnWhereThePageBeforeEnded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var want []string // newest first; two of one moment by id
	for i := range 6 {
		b.at(noon().Add(time.Duration(i/2) * time.Second))
		want = append(want, b.pledge("general").ID)
	}
	var got []string
	next := page.Page{Size: 1}
	for {
		list, err := b.Pledges(context.Background(), store.Everything, next)
		b.must(err)
		if len(list) == 0 {
			break
		}
		got = append(got, list[0].ID)
		next.After = page.At(list[0].CreatedAt, list[0].ID)
	}
	if len(got) != len(want) {
		t.Fatalf("%d pledges, want %d", len(got), len(want))
	}
	for i, id := range got {
		newer, older := want[5-i/2*2-1], want[5-i/2*2]
		if id != newer && id != older {
			t.Errorf("place %d: %s, want %s or %s", i, id, newer, older)
		}
	}
}
