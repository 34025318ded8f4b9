package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/donations/internal/dispute"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestAReceivedDonationIsReadAsItWasRecorded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	asked := b.asked("general", "emergency")
	asked.Tip = 1000
	p, err := b.CreatePledge(context.Background(), asked)
	b.must(err)
	reading := paid(p, "EUR")
	reading.Settled.Gross.MinorUnits, reading.Settled.Rate = 6000, "1.02"
	b.must(b.Record(context.Background(), reading, noon()))

	want := donation.Donation{
		Pledge: p.ID, Partner: b.partner.ID, State: donation.Succeeded, Charged: postingtest.EUR(6000),
		Payment: reading.Payment, Settled: reading.Settled, CreatedAt: noon(), Dispute: dispute.None,
		Parts: []donation.Part{
			{Fund: "general", Amount: 2500, Fee: 42, PromisesFull: true},
			{Fund: "emergency", Amount: 2500, Fee: 42},
			{Amount: 1000, Operations: 1000, Fee: 16},
		},
	}
	got := b.donation(p)
	want.ID = got.ID
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// It is owed to the ledger, once.
	if owed, err := b.OwedPostings(context.Background(), noon().Add(time.Second), "", 10); err != nil || len(owed) != 1 || owed[0] != got.ID {
		t.Errorf("owed = %v, %v", owed, err)
	}
	if owed, err := b.OwedDonations(context.Background(), got.ID, 10); err != nil || len(owed) != 1 {
		t.Errorf("owed donations: %v, %v", owed, err)
	}
	b.must(b.DonationsPosted(context.Background(), []string{got.ID}, nil))
	b.must(b.DonationsPosted(context.Background(), []string{got.ID}, nil))
	if owed, err := b.OwedDonations(context.Background(), got.ID, 10); err != nil || len(owed) != 0 {
		t.Errorf("after posting: %v, %v", owed, err)
	}
	if d := b.donation(p); d.PostedAt == nil || !d.PostedAt.Equal(noon()) {
		t.Errorf("posted at %v", d.PostedAt)
	}
}

func TestAPaymentThatDoesNotFitItsPledgeIsNotRecorded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.pledge("general")
	less, foreign, nobodys := paid(p, "EUR"), paid(p, "EUR"), paid(p, "EUR")
	less.Charged.MinorUnits--
	foreign.Charged.Currency = "USD"
	nobodys.Pledge = "g_none"
	for _, c := range []struct {
		reading donation.Reading
		want    fault.Reason
	}{{less, fault.ReasonAmountDiffers}, {foreign, fault.ReasonAmountDiffers}, {nobodys, fault.ReasonUnknownPayment}} {
		if err := b.Record(context.Background(), c.reading, noon()); !fault.Is(err, c.want) {
			t.Errorf("error = %v, want %s", err, c.want)
		}
	}
	if b.count("donations", "true") != 0 || b.count("pledges", "state = 'PENDING'") != 1 {
		t.Error("something was recorded")
	}
}

// Looks at one payment arrive in any order and twice at once; money that arrived
// stays.
func TestOneLookAtMoneyOutweighsAllOthers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.pledge("general")
	looks := []donation.Reading{tried(p, donation.Pending), tried(p, donation.Failed), paid(p, "EUR"), paid(p, "EUR"), tried(p, donation.Failed)}
	var all sync.WaitGroup
	for _, r := range looks {
		all.Go(func() {
			if err := b.Record(context.Background(), r, noon()); err != nil {
				t.Errorf("record %s: %v", r.State, err)
			}
		})
	}
	all.Wait()
	b.must(b.Record(context.Background(), tried(p, donation.Failed), time.Time{}))
	if d := b.donation(p); d.State != donation.Succeeded || b.count("donations", "true") != 1 || b.count("donation_parts", "true") != 1 {
		t.Errorf("donation = %+v", d)
	}
	received, err := b.Received(context.Background(), "pi_"+p.ID)
	if other, err2 := b.Received(context.Background(), "pi_other"); err != nil || err2 != nil || !received || other {
		t.Errorf("received: %v, %v; another: %v, %v", received, err, other, err2)
	}
}

func TestDonationsAreListedByStateAndPledge(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	good, bad := b.pledge("general"), b.pledge("general")
	b.must(b.Record(ctx, paid(good, "EUR"), noon()))
	b.must(b.Record(ctx, tried(bad, donation.Failed), time.Time{}))
	for _, c := range []struct {
		filter string
		want   []string // pledges
	}{
		{``, []string{bad.ID, good.ID}},
		{`state = "SUCCEEDED"`, []string{good.ID}},
		{`state = DONATION_STATE_PENDING`, nil},
		{`pledge = "pledges/` + bad.ID + `"`, []string{bad.ID}},
		{`state = "SUCCEEDED" AND pledge = "pledges/` + bad.ID + `"`, nil},
	} {
		list, err := b.Donations(ctx, store.Everything, page.Page{Size: 10, Filter: c.filter})
		b.must(err)
		var got []string
		for _, d := range list {
			got = append(got, d.Pledge)
		}
		if len(got) != len(c.want) || len(got) == 1 && got[0] != c.want[0] {
			t.Errorf("%+v: %v, want %v", c.filter, got, c.want)
		}
	}
	if none, err := b.PaymentsOf(ctx, "g_none"); len(none) != 0 || err != nil {
		t.Errorf("no donation: %v, %v", none, err)
	}
}

// gift is a donation that the ledger has booked.
func (b *bench) gift(currency string, clearsAt time.Time, funds ...string) pledge.Pledge {
	b.t.Helper()
	p := b.pledge(funds...)
	b.must(b.Record(context.Background(), paid(p, currency), clearsAt))
	b.must(b.DonationsPosted(context.Background(), []string{b.donation(p).ID}, nil))
	return p
}

func TestAFundsGiftsClearInOneRunForEachCurrency(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	b.gift("EUR", noon(), "general")
	both := b.gift("EUR", noon(), "general", "emergency")
	b.gift("USD", noon(), "general")
	b.gift("EUR", noon().Add(time.Hour), "general") // not due yet
	if owed, err := b.OwedClearings(ctx, noon().Add(time.Second), "", 10); err != nil || len(owed) != 2 {
		t.Errorf("owed = %v, %v", owed, err)
	}

	// When several gather at once,
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if err := b.OpenRuns(ctx, "general"); err != nil {
				t.Errorf("open runs: %v", err)
			}
		})
	}
	all.Wait()
	b.must(b.OpenRuns(ctx, "nothing"))

	// then each gift stands in one run, and each run is of one currency.
	ids, err := b.OwedRuns(ctx, noon().Add(time.Second), "", 10)
	b.must(err)
	sums := map[string]int64{}
	for _, id := range ids {
		r, err := b.OwedRun(ctx, id)
		b.must(err)
		if r.Fund != "general" || r.ClearedOn.Format(time.DateOnly) != "2026-11-24" {
			t.Errorf("run = %+v", r)
		}
		sums[r.Amount.Currency] += r.Amount.MinorUnits
	}
	if diff := cmp.Diff(map[string]int64{"EUR": 7500, "USD": 5000}, sums); diff != "" {
		t.Errorf("sums (-want +got):\n%s", diff)
	}
	if b.count("clearing_items", "true") != 3 || b.count("donation_parts", "clear_owed_at IS NOT NULL") != 2 {
		t.Error("a part stands in two runs, or in none")
	}

	// A donation has cleared when its last part has.
	for _, id := range ids {
		b.must(b.RunPosted(ctx, id))
		b.must(b.RunPosted(ctx, id))
		if _, err := b.OwedRun(ctx, id); !fault.OfKind(err, fault.NotFound) {
			t.Errorf("posted run: %v", err)
		}
	}
	if d := b.donation(both); d.ClearedOn != nil {
		t.Errorf("cleared on %v before its second part", d.ClearedOn)
	}
	b.at(noon().Add(24 * time.Hour))
	b.must(b.OpenRuns(ctx, "emergency"))
	ids, err = b.OwedRuns(ctx, b.clock.Load().Add(time.Second), "", 10)
	if err != nil || len(ids) != 1 {
		t.Fatalf("owed = %v, %v", ids, err)
	}
	b.must(b.RunPosted(ctx, ids[0]))
	if d := b.donation(both); d.ClearedOn == nil || d.ClearedOn.Format(time.DateOnly) != "2026-11-25" {
		t.Errorf("cleared on %v, want the day of the last part", d.ClearedOn)
	}
}
