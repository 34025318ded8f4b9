package server_test

import (
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// Totals of fewer than ten gifts would tell of single ones; of more they are rounded.
func TestAFundsTotalsAreShownFromTenGiftsOnAndRounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	var first *donationsv1.Pledge
	give := func() {
		made := b.pledge(p, pledgeOf(5000, "emergency"))
		if first == nil {
			first = made
		}
		b.pay(made)
	}
	open := func() *donationsv1.FundProgress {
		t.Helper()
		b.drain()
		r, err := b.receipts().OpenReceipt(t.Context(), &donationsv1.OpenReceiptRequest{ReceiptToken: first.GetReceiptToken()})
		if err != nil {
			t.Fatal(err)
		}
		return r.GetFunds()[0]
	}
	// given nine gifts, of which some was passed on,
	for range 9 {
		give()
	}
	b.drain()
	b.ledger.SetAvailable("emergency", 45_000)
	b.ledger.SetPaid("emergency", 33_333, 1111)
	// then no sum is shown;
	if f := open(); !f.GetSumsWithheld() || f.GetReceived() != nil || f.GetPassedOn() != nil {
		t.Errorf("of nine gifts: %v", f)
	}
	// one that was not paid does not count,
	b.pledge(p, pledgeOf(5000, "emergency"))
	if f := open(); !f.GetSumsWithheld() {
		t.Errorf("with a gift that was not paid: %v", f)
	}
	// with the tenth they are shown, to 5.00.
	give()
	f := open()
	if f.GetSumsWithheld() || f.GetReceived().GetMinorUnits()%500 != 0 || f.GetReceived().GetMinorUnits() < 49_000 ||
		f.GetPassedOn().GetMinorUnits() != postingtest.Money(32_000).GetMinorUnits() {
		t.Errorf("of ten gifts: %v", f)
	}
}
