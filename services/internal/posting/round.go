package posting

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/reference"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// RoundMoney is money that a committed round moves.
type RoundMoney struct {
	// Round is the round's id, On the day of its commit.
	Round, On string
	// Currency is the round's.
	Currency string
	// Funds are the funds and what moves of each.
	Funds []FundPart
}

// RoundHold sets the money of a round aside as a whole.
func RoundHold(r RoundMoney) *ledgerv1.TransactionDraft {
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_HOLD, reference.Hold(r.Round), resource.AllocationRound.Of(r.Round), r.On)
	for _, f := range r.Funds {
		debit(d, account.FundAvailable(f.Fund), f.Minor, r.Currency)
		credit(d, account.Round(r.Round, f.Fund), f.Minor, r.Currency)
	}
	return d
}

// RoundRelease gives back what became no award.
func RoundRelease(r RoundMoney) *ledgerv1.TransactionDraft {
	d := draft(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_RELEASE, reference.Release(r.Round), resource.AllocationRound.Of(r.Round), r.On)
	for _, f := range r.Funds {
		debit(d, account.Round(r.Round, f.Fund), f.Minor, r.Currency)
		credit(d, account.FundAvailable(f.Fund), f.Minor, r.Currency)
	}
	return d
}

// AwardMoney is the money of one award.
type AwardMoney struct {
	// Award is its id, Fund that of the fund that it came out of, On the day.
	Award, Fund, On string
	// Amount is what moves.
	Amount money.Amount
}

// RoundAward turns part of a round's hold into an award.
func RoundAward(round string, a AwardMoney) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_ROUND_AWARD, reference.Award(a.Award), resource.AllocationRound.Of(round), a.On,
		account.Round(round, a.Fund), account.Award(a.Award), a.Amount.MinorUnits, a.Amount.Currency)
}

// AwardCancelled gives an award, or its rest, back to its fund.
func AwardCancelled(a AwardMoney) *ledgerv1.TransactionDraft {
	return move(ledgerv1.TransactionKind_TRANSACTION_KIND_AWARD_CANCELLED, reference.Cancel(a.Award), resource.Award.Of(a.Award), a.On,
		account.Award(a.Award), account.FundAvailable(a.Fund), a.Amount.MinorUnits, a.Amount.Currency)
}
