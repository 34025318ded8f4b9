package posting_test

import (
	"testing"

	"pgregory.net/rapid"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// split cuts an amount into one to four parts greater than zero.
func split(t *rapid.T, total int64) []int64 {
	var parts []int64
	for total > 1 && len(parts) < 3 && rapid.Bool().Draw(t, "cut") {
		part := rapid.Int64Range(1, total-1).Draw(t, "part")
		parts, total = append(parts, part), total-part
	}
	return append(parts, total)
}

func fundParts(t *rapid.T, total int64) (parts []posting.FundPart) {
	for i, minor := range split(t, total) {
		parts = append(parts, posting.FundPart{Fund: []string{"general", "food", "reserve", "legal"}[i], Minor: minor})
	}
	return parts
}

func awardParts(t *rapid.T, total int64) (parts []posting.AwardPart) {
	for i, minor := range split(t, total) {
		parts = append(parts, posting.AwardPart{Award: "w_" + string(rune('1'+i)), Minor: minor})
	}
	return parts
}

func accountParts(t *rapid.T, total int64) (parts []posting.Part) {
	for i, minor := range split(t, total) {
		fund := []string{"general", "food", "reserve", "legal"}[i]
		parts = append(parts, posting.Part{Account: rapid.SampledFrom([]func(string) string{
			account.FundClearing, account.FundAvailable,
		}).Draw(t, "account")(fund), Minor: minor})
	}
	return parts
}

func draws(t *rapid.T, total int64) (all []posting.Draw) {
	for _, minor := range split(t, total) {
		all = append(all, posting.Draw{Accounts: account.FeeSources("general"), Minor: minor})
	}
	return all
}

// drawn makes a draft of each kind that is more than two lines of one amount, with
// parts drawn as its fields ask for.
var drawn = map[string]func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft{
	"donation": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.Donation(posting.Gift{Key: "k", Donation: "d_1", On: today, Gross: a, Credits: accountParts(t, a.MinorUnits)})
	},
	"fee": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.ProcessingFee(posting.Fee{Key: "k", Donation: "d_1", On: today, Amount: a, Draws: draws(t, a.MinorUnits)})
	},
	"gift by bank": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.BankGift(posting.GiftByBank{Line: "l_1", BankGift: "bg_1", Bank: "main", On: today, Amount: a, Credits: accountParts(t, a.MinorUnits)})
	},
	"refund": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.RefundStarted(posting.Refund{ID: "rf_1", Donation: "d_1", On: today, Amount: a, Funds: fundParts(t, a.MinorUnits)})
	},
	"dispute": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.Dispute(posting.Taking{Key: "k", Source: resource.Dispute.Of("d_1", "dp_1"), On: today, Amount: a, Funds: fundParts(t, a.MinorUnits)})
	},
	"won": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		taken := rapid.Int64Range(1, 2_000_000).Draw(t, "taken") // more or less than came back
		return posting.DisputeWon(posting.Won{Key: "k", Donation: "d_1", Dispute: "dp_1", On: today, Amount: a, Taken: accountParts(t, taken)})
	},
	"hold": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.RoundHold(posting.RoundMoney{Round: "r_1", On: today, Currency: a.Currency, Funds: fundParts(t, a.MinorUnits)})
	},
	"release": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.RoundRelease(posting.RoundMoney{Round: "r_1", On: today, Currency: a.Currency, Funds: fundParts(t, a.MinorUnits)})
	},
	"submission": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.AttemptSubmitted(tried(t, a))
	},
	"failure": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft { return posting.AttemptFailed(tried(t, a)) },
	"return": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.AttemptReturned(tried(t, a), account.Bank("main"), rapid.Int64Range(0, a.MinorUnits).Draw(t, "arrived"))
	},
	"exchange": func(t *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.FX(posting.Exchange{
			Attempt: tried(t, a), Got: money.Amount{MinorUnits: rapid.Int64Range(1, 1_000_000).Draw(t, "got"), Currency: "PLN"},
			Rate: posting.Rate{Value: 43, Scale: 1, Publisher: "ecb", Day: today}, Gain: rapid.Int64Range(-1000, a.MinorUnits-1).Draw(t, "gain"),
		})
	},
	"lost cash": func(_ *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.CashLost(posting.ByPeople{Adjustment: "1", On: today, Credit: account.Cash("h_1"), Amount: a})
	},
	"charge": func(_ *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.BankCharge(posting.BankLine{ID: "l_1", Statement: "st_1", Bank: "main", On: today, Amount: a})
	},
	"running cost": func(_ *rapid.T, a money.Amount) *ledgerv1.TransactionDraft {
		return posting.RunningCost(posting.ByPeople{Adjustment: "1", On: today, Credit: account.Bank("main"), Amount: a})
	},
}

// tried is an attempt that is paid out of some awards.
func tried(t *rapid.T, a money.Amount) posting.Attempt {
	return posting.Attempt{Plan: "p_1", Payment: "y_1", Number: 1, Rail: "sepa", On: today, Amount: a, Awards: awardParts(t, a.MinorUnits)}
}

// Whatever the parts are: debits and sources equal credits in each currency, every
// line moves something, and every account is one of the grammar.
func TestEveryDraftBalances(t *testing.T) {
	t.Parallel()
	for name, makes := range drawn {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				balanced(t, makes(t, postingtest.EUR(rapid.Int64Range(1, 1_000_000).Draw(t, "amount"))))
			})
		})
	}
}

func balanced(t *rapid.T, d *ledgerv1.TransactionDraft) {
	sums := map[string]int64{}
	line := func(path, currency string, minor, sign int64) {
		if _, err := account.Parse(path); err != nil || minor <= 0 {
			t.Fatalf("%s has a line of %d on %q: %v", d.GetReference(), minor, path, err)
		}
		sums[currency] += sign * minor
	}
	for _, e := range d.GetEntries() {
		sign := int64(1)
		if e.GetSide() == ledgerv1.Side_SIDE_DEBIT {
			sign = -1
		}
		line(e.GetAccount(), e.GetAmount().GetCurrencyCode(), e.GetAmount().GetMinorUnits(), sign)
	}
	for _, s := range d.GetSources() {
		for _, path := range s.GetAccounts() {
			line(path, s.GetAmount().GetCurrencyCode(), s.GetAmount().GetMinorUnits(), 0)
		}
		sums[s.GetAmount().GetCurrencyCode()] -= s.GetAmount().GetMinorUnits()
	}
	for currency, sum := range sums {
		if sum != 0 {
			t.Fatalf("%s is out of balance by %d %s: %v", d.GetReference(), sum, currency, d)
		}
	}
}

// The books stand at zero after any drafts of the outside, booked or refused.
func TestAnySequenceOfDraftsSumsToZero(t *testing.T) {
	t.Parallel()
	outside := []string{"donation", "fee", "gift by bank", "refund", "dispute", "won"}
	booked, refused := 0, 0
	rapid.Check(t, func(r *rapid.T) {
		b := newBooks(t)
		for i := range rapid.IntRange(1, 6).Draw(r, "drafts") {
			d := drawn[rapid.SampledFrom(outside).Draw(r, "kind")](r, postingtest.EUR(rapid.Int64Range(1, 300_000).Draw(r, "amount")))
			d.Reference += "/" + string(rune('a'+i)) // each is a fact of its own
			before := b.Balances()
			err := b.post("donations", d)
			if err == nil {
				booked++
			} else {
				refused++
			}
			if sum := b.Sum(""); sum != 0 {
				r.Fatalf("after %s the books stand at %d", d.GetReference(), sum)
			}
			for path, was := range before {
				if err != nil && b.Balance(path) != was {
					r.Fatalf("%s was refused (%v) and moved %s", d.GetReference(), err, path)
				}
			}
		}
	})
	if booked == 0 || refused == 0 {
		t.Errorf("%d drafts were booked, %d refused", booked, refused)
	}
}
