package refund_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestWhoMayAskForARefundOfWhat(t *testing.T) {
	t.Parallel()
	good := refund.Gift{Received: true, Left: postingtest.EUR(5000)}
	with := func(change func(*refund.Gift)) refund.Gift {
		g := good
		change(&g)
		return g
	}
	for name, c := range map[string]struct {
		gift refund.Gift
		by   refund.Origin
		want fault.Reason
	}{
		"a gift":                          {good, refund.Partner, ""},
		"one that is not received":        {with(func(g *refund.Gift) { g.Received = false }), refund.Staff, fault.ReasonNotRefundable},
		"one that is disputed":            {with(func(g *refund.Gift) { g.Disputed = true }), refund.Donor, fault.ReasonNotRefundable},
		"one that has gone back":          {with(func(g *refund.Gift) { g.Left.MinorUnits = 0 }), refund.Staff, fault.ReasonNotRefundable},
		"one of which another waits":      {with(func(g *refund.Gift) { g.Waits = true }), refund.Staff, fault.ReasonRefundWaits},
		"a cleared one, by its partner":   {with(func(g *refund.Gift) { g.Cleared = true }), refund.Partner, fault.ReasonGiftCleared},
		"a cleared one, by its donor":     {with(func(g *refund.Gift) { g.Cleared = true }), refund.Donor, ""},
		"a cleared one, by the treasurer": {with(func(g *refund.Gift) { g.Cleared = true }), refund.Staff, ""},
	} {
		if err := c.gift.May(c.by); (err == nil) != (c.want == "") || c.want != "" && !fault.Is(err, c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestNoMoreIsAskedForThanIsLeft(t *testing.T) {
	t.Parallel()
	g := refund.Gift{Received: true, Left: postingtest.EUR(5000)}
	for name, c := range map[string]struct {
		asked *money.Amount
		want  int64 // 0 where it is refused
	}{
		"all": {nil, 5000}, "all of it by number": {new(postingtest.EUR(5000)), 5000}, "a part": {new(postingtest.EUR(1)), 1},
		"more": {new(postingtest.EUR(5001)), 0}, "another currency": {&money.Amount{MinorUnits: 5, Currency: "PLN"}, 0},
	} {
		if got, err := g.Asked(c.asked); (err == nil) != (c.want > 0) || err == nil && got.MinorUnits != c.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestAPartnerAndItsDonorsHaveBackUpToASumADay(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		by      refund.Origin
		amount  money.Amount
		today   int64
		want    refund.State
		cleared bool
	}{
		{refund.Staff, postingtest.EUR(10_000_000), 0, refund.Pending, true},
		{refund.Donor, postingtest.EUR(1), 0, refund.Requested, true},
		{refund.Donor, postingtest.EUR(100_000), 0, refund.Pending, false},
		{refund.Donor, postingtest.EUR(2), 99_999, refund.Requested, false},
		{refund.Partner, postingtest.EUR(100_000), 0, refund.Pending, false},
		{refund.Partner, postingtest.EUR(100_001), 0, refund.Requested, false},
		{refund.Partner, postingtest.EUR(1), 99_999, refund.Pending, false},
		{refund.Partner, postingtest.EUR(2), 99_999, refund.Requested, false},
		{refund.Partner, postingtest.EUR(1), 500_000, refund.Requested, false},
		{refund.Partner, money.Amount{MinorUnits: 1000, Currency: "JPY"}, 0, refund.Pending, false},
		{refund.Partner, money.Amount{MinorUnits: 1001, Currency: "JPY"}, 0, refund.Requested, false},
	} {
		gift := refund.Gift{Cleared: c.cleared}
		if got := gift.Begins(c.by, c.amount.MinorUnits, c.today, money.Whole(1000, c.amount.Currency)); got != c.want {
			t.Errorf("%s, %v after %d: %s, want %s", c.by, c.amount, c.today, got, c.want)
		}
	}
}

func TestAReadingThatComesLateChangesNothing(t *testing.T) {
	t.Parallel()
	all := []refund.State{refund.Requested, refund.Rejected, refund.Pending, refund.Succeeded, refund.Failed}
	follows := map[[2]refund.State]bool{
		{refund.Requested, refund.Pending}: true, {refund.Requested, refund.Succeeded}: true, {refund.Requested, refund.Failed}: true,
		{refund.Pending, refund.Succeeded}: true, {refund.Pending, refund.Failed}: true, {refund.Succeeded, refund.Failed}: true,
	}
	for _, from := range all {
		for _, to := range all {
			if got := from.Follows(to); got != follows[[2]refund.State{from, to}] {
				t.Errorf("%s to %s: %v", from, to, got)
			}
		}
		if got := from.Waits(); got != (from == refund.Requested || from == refund.Pending) {
			t.Errorf("%s waits: %v", from, got)
		}
		for v, want := range map[refund.Verb]refund.State{refund.Approve: refund.Pending, refund.Reject: refund.Rejected} {
			if to, err := refund.Take(from, v); (err == nil) != (from == refund.Requested) || err == nil && to != want {
				t.Errorf("%s %s: %s, %v", v, from, to, err)
			}
		}
	}
	for status, want := range map[string]refund.State{
		"succeeded": refund.Succeeded, "failed": refund.Failed, "canceled": refund.Failed,
		"pending": refund.Pending, "requires_action": refund.Pending, "a new word": refund.Pending,
	} {
		if got := refund.Of(status); got != want {
			t.Errorf("%s is %s", status, got)
		}
	}
}
