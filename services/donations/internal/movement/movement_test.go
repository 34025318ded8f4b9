package movement_test

import (
	"slices"
	"testing"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/donations/internal/movement"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// The library has most words of API 2023-10-16; the table has all of them, once.
func TestEveryReportingCategoryIsMapped(t *testing.T) {
	t.Parallel()
	all := movement.Categories()
	for _, word := range []stripe.BalanceTransactionReportingCategory{
		stripe.BalanceTransactionReportingCategoryAdvance, stripe.BalanceTransactionReportingCategoryAdvanceFunding,
		stripe.BalanceTransactionReportingCategoryCharge, stripe.BalanceTransactionReportingCategoryChargeFailure,
		stripe.BalanceTransactionReportingCategoryConnectCollectionTransfer, stripe.BalanceTransactionReportingCategoryConnectReservedFunds,
		stripe.BalanceTransactionReportingCategoryDispute, stripe.BalanceTransactionReportingCategoryDisputeReversal,
		stripe.BalanceTransactionReportingCategoryFee, stripe.BalanceTransactionReportingCategoryIssuingAuthorizationHold,
		stripe.BalanceTransactionReportingCategoryIssuingAuthorizationRelease, stripe.BalanceTransactionReportingCategoryIssuingTransaction,
		stripe.BalanceTransactionReportingCategoryOtherAdjustment, stripe.BalanceTransactionReportingCategoryPartialCaptureReversal,
		stripe.BalanceTransactionReportingCategoryPayout, stripe.BalanceTransactionReportingCategoryPayoutReversal,
		stripe.BalanceTransactionReportingCategoryPlatformEarning, stripe.BalanceTransactionReportingCategoryPlatformEarningRefund,
		stripe.BalanceTransactionReportingCategoryRefund, stripe.BalanceTransactionReportingCategoryRefundFailure,
		stripe.BalanceTransactionReportingCategoryRiskReservedFunds, stripe.BalanceTransactionReportingCategoryTax,
		stripe.BalanceTransactionReportingCategoryTopup, stripe.BalanceTransactionReportingCategoryTopupReversal,
		stripe.BalanceTransactionReportingCategoryTransfer, stripe.BalanceTransactionReportingCategoryTransferReversal,
	} {
		if !slices.Contains(all, string(word)) {
			t.Errorf("%s is not mapped", word)
		}
	}
	slices.Sort(all)
	if once := slices.Compact(slices.Clone(all)); len(once) != len(all) {
		t.Errorf("%d categories, %d of them once", len(all), len(once))
	}
}

func TestWhatIsUnknownIsForAPerson(t *testing.T) {
	t.Parallel()
	for _, category := range []string{"", "a_new_word", "topup", "risk_reserved_funds"} {
		if object, entry := movement.Of(category); object != movement.OfNothing || entry != movement.Suspense {
			t.Errorf("%q is %s of %s", category, entry, object)
		}
	}
	for category, want := range map[string]string{"": "UNKNOWN_TYPE", "topup": "TOPUP", "payment_network_reserve_hold": "PAYMENT_NETWORK_RESERVE_HOLD", "x 1": "X"} {
		if got := movement.Reason(category, "UNKNOWN_TYPE"); got != want {
			t.Errorf("%q: %s, want %s", category, got, want)
		}
	}
}

func TestMoneyThatGoesTheWrongWayIsForAPerson(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		gross, net int64
		entry      movement.Entry
		want       movement.Entry
	}{
		{100, 98, movement.Gift, movement.Gift},
		{-100, -100, movement.Gift, movement.Suspense},
		{-100, -100, movement.Refund, movement.Refund},
		{100, 100, movement.Refund, movement.Suspense},
		{-100, -115, movement.Dispute, movement.Dispute},
		{100, 115, movement.DisputeWon, movement.DisputeWon},
		{-5, -5, movement.Cost, movement.Cost},
		{5, 5, movement.Cost, movement.Suspense},
		{-900, -900, movement.Payout, movement.Payout},
		{900, 900, movement.PayoutFailed, movement.PayoutFailed},
		{0, 0, movement.Cost, movement.Nothing},
		{7, 0, movement.Gift, movement.Suspense},
		{7, 7, movement.Suspense, movement.Suspense},
	} {
		m := movement.Movement{Gross: postingtest.EUR(c.gross), Net: postingtest.EUR(c.net)}
		if got := m.Judge(c.entry); got != c.want {
			t.Errorf("%s of %d, net %d: %s, want %s", c.entry, c.gross, c.net, got, c.want)
		}
	}
}
