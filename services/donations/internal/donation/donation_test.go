package donation_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// anyGift draws a settlement and what was promised.
func anyGift(t *rapid.T) (donation.Settlement, []donation.Share) {
	gross := rapid.Int64Range(1, 1_000_000).Draw(t, "gross")
	s := donation.Settlement{
		Gross: money.Amount{MinorUnits: gross, Currency: "EUR"},
		Fee:   money.Amount{MinorUnits: rapid.Int64Range(0, gross).Draw(t, "fee"), Currency: "EUR"},
	}
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z]{3}`), 1, 10, rapid.ID).Draw(t, "funds")
	var shares []donation.Share
	for _, name := range names {
		shares = append(shares, donation.Share{
			Fund: name, Stays: rapid.Int64Range(1, 1_000_000).Draw(t, "stays"),
			Reserve: rapid.Int64Range(0, 1000).Draw(t, "reserve"), Operations: rapid.Int64Range(0, 1000).Draw(t, "operations"),
			PromisesFull: rapid.Bool().Draw(t, "promises"),
		})
	}
	if rapid.Bool().Draw(t, "tip") {
		shares = append(shares, donation.Share{Operations: rapid.Int64Range(1, 10000).Draw(t, "tip of")})
	}
	return s, shares
}

func TestEveryCentOfAGiftGoesSomewhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, shares := anyGift(t)
		parts, err := donation.Divide(s, shares)
		if err != nil {
			t.Fatal(err)
		}
		var credited, fees, clears, clearing, fromClearing int64
		for _, c := range donation.Credits(parts) {
			if c.Amount <= 0 {
				t.Errorf("credit of %d to %s", c.Amount, c.Account)
			}
			credited += c.Amount
		}
		for _, f := range donation.FeeSources(parts) {
			if f.Amount <= 0 || len(f.Accounts) == 0 {
				t.Errorf("source %v", f)
			}
			fees += f.Amount
		}
		for _, p := range parts {
			if p.Clears() < 0 {
				t.Errorf("part %+v clears %d", p, p.Clears())
			}
			clears += p.Clears()
			if p.Fund != "" {
				clearing += p.Stays()
			}
			if p.Fund != "" && !p.PromisesFull {
				fromClearing += min(p.Fee, p.Stays())
			}
		}
		if credited != s.Gross.MinorUnits || fees != s.Fee.MinorUnits {
			t.Errorf("credited %d of %d, fee %d of %d", credited, s.Gross.MinorUnits, fees, s.Fee.MinorUnits)
		}
		// What clears is exactly what the gift left on the clearing accounts.
		if clears != clearing-fromClearing {
			t.Errorf("clears %d of %d, fee %d", clears, clearing, fromClearing)
		}
	})
}

func TestAPromiseOfTheFullGiftIsKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, shares := anyGift(t)
		parts, err := donation.Divide(s, shares)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			if p.PromisesFull && p.Fund != "" && p.Clears() != p.Stays() {
				t.Errorf("of %d only %d clears", p.Stays(), p.Clears())
			}
		}
	})
}

func TestWhoCarriesTheFee(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		parts []donation.Part
		want  []donation.Source
	}{
		"the gift": {
			[]donation.Part{{Fund: "winter", Amount: 100, Fee: 3}},
			[]donation.Source{{Accounts: []string{"fund:winter:clearing", "deficit:winter"}, Amount: 3}},
		},
		"running costs, where the fund promises 100 %": {
			[]donation.Part{{Fund: "general", Amount: 100, Fee: 3, PromisesFull: true}},
			[]donation.Source{{Accounts: []string{"fund:operations:available", "deficit:general"}, Amount: 3}},
		},
		"running costs, for a tip": {
			[]donation.Part{{Amount: 100, Operations: 100, Fee: 3}},
			[]donation.Source{{Accounts: []string{"fund:operations:available", "deficit:operations"}, Amount: 3}},
		},
		"nobody else's gift, where it is larger than this one": {
			[]donation.Part{{Fund: "winter", Amount: 10, Reserve: 2, Fee: 30}},
			[]donation.Source{
				{Accounts: []string{"fund:winter:clearing", "deficit:winter"}, Amount: 8},
				{Accounts: []string{"deficit:winter"}, Amount: 22},
			},
		},
		"nobody, where there is none": {[]donation.Part{{Fund: "winter", Amount: 10}}, nil},
	} {
		if diff := cmp.Diff(c.want, donation.FeeSources(c.parts)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReceivedMoneyIsNeverUnreceived(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, to donation.State
		want     bool
	}{
		{donation.Pending, donation.Failed, true},
		{donation.Pending, donation.Succeeded, true},
		{donation.Failed, donation.Succeeded, true},
		{donation.Failed, donation.Pending, true},
		{donation.Pending, donation.Pending, false},
		{donation.Succeeded, donation.Succeeded, false},
		{donation.Succeeded, donation.Failed, false},
		{donation.Succeeded, donation.Pending, false},
	} {
		if got := c.from.Follows(c.to); got != c.want {
			t.Errorf("%v to %v: %v", c.from, c.to, got)
		}
	}
}
