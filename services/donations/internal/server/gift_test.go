package server_test

import (
	"context"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// The first gift ever: funds/general promises 100 %, and running costs have
// nothing that could carry the fee.
func TestTheFirstGiftIsBookedThoughNothingCanCarryItsFee(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()

	// Given a pledge of 50.00 EUR with its payment page.
	pledge := b.pledge(p, pledgeOf(5000, "general"))
	if pledge.GetCheckoutUrl() == "" || len(pledge.GetReceiptToken()) != 43 || pledge.GetState() != donationsv1.PledgeState_PLEDGE_STATE_PENDING {
		t.Fatalf("pledge = %v", pledge)
	}

	// When the donor pays and Stripe tells it.
	b.pay(pledge)
	b.drain()

	// Then the donation has gross, fee and net, is booked and cleared,
	d := b.donation(p, pledge)
	if d.GetState() != donationsv1.DonationState_DONATION_STATE_SUCCEEDED ||
		d.GetGross().GetMinorUnits() != 5000 || d.GetFee().GetMinorUnits() != 100 || d.GetNet().GetMinorUnits() != 4900 {
		t.Errorf("donation = %v", d)
	}
	if d.GetBookedOn() != "2026-11-24" || d.GetClearedOn() != time.Now().UTC().Format(time.DateOnly) {
		t.Errorf("booked on %q, cleared on %q", d.GetBookedOn(), d.GetClearedOn())
	}
	// the whole gift is the fund's, and the fee is a deficit to be carried later,
	b.ledger.WantBalances(t, map[string]int64{
		"asset:stripe": -4900, "fund:general:available": 5000, "deficit:general": -100,
	})
	// and the pledge is fulfilled.
	got, err := donationsv1.NewPledgeServiceClient(p.conn).GetPledge(context.Background(), &donationsv1.GetPledgeRequest{Name: pledge.GetName()})
	if err != nil || got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_FULFILLED || got.GetCheckoutUrl() != "" {
		t.Errorf("pledge = %v, %v", got, err)
	}
}

func TestAGiftIsDividedAsTheDonorSaw(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	_, err := donationsv1.NewFundServiceClient(b.staff(policyv1.Role_ROLE_TREASURER)).CreateFund(context.Background(), &donationsv1.CreateFundRequest{
		FundId: "winter", Fund: &donationsv1.Fund{
			DisplayName: "Winter parcels", CurrencyCodes: []string{"EUR"}, ReserveBasisPoints: proto.Int32(200), OperationsBasisPoints: proto.Int32(200),
		},
	})
	if err != nil {
		t.Fatal(err)
	}

	// Given 100.00 to two funds, two parts of three to winter, and a tip of 2.00.
	asked := pledgeOf(10000, "winter", "general")
	asked.Designations[0].Share, asked.Designations[1].Share, asked.Tip = 2, 1, postingtest.Money(200)
	pledge := b.pledge(p, asked)
	if got := pledge.GetDesignations()[0]; got.GetAmount().GetMinorUnits() != 6667 || got.GetReserveAmount().GetMinorUnits() != 134 {
		t.Errorf("winter is shown %v", got)
	}

	// When it is paid, with a fee of 1.78.
	b.pay(pledge)
	b.drain()

	// Then each fund has its part; winter carries its share of the fee itself,
	// running costs carry general's and the tip's.
	b.ledger.WantBalances(t, map[string]int64{
		"asset:stripe":              -(10200 - 178),
		"fund:winter:available":     6667 - 134 - 133 - 116,
		"fund:general:available":    3333,
		"fund:reserve:available":    134,
		"fund:operations:available": 133 + 200 - 58 - 4,
	})
	d := b.donation(p, pledge)
	if d.GetTip().GetMinorUnits() != 200 || d.GetDesignations()[0].GetAmount().GetMinorUnits() != 6667 {
		t.Errorf("donation = %v", d)
	}
}

func TestTheBooksHoldWhatWasSettledNotWhatWasCharged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	asked := pledgeOf(1000, "general")
	asked.Amount.CurrencyCode = "USD"
	pledge := b.pledge(p, asked)
	intent := b.stripe.taken(pledge.GetName())
	b.stripe.intents[intent].LatestCharge.Balance = settled("txn_usd", b.stripe.page(pledge.GetName()).Amount, 90)

	b.tell("evt_usd", "checkout.session.completed", pledge, intent)
	b.drain()

	d := b.donation(p, pledge)
	if d.GetCharged().GetCurrencyCode() != "USD" || d.GetGross().GetCurrencyCode() != "EUR" || d.GetGross().GetMinorUnits() != 900 {
		t.Errorf("donation = %v", d)
	}
	if got := b.ledger.Balance("fund:general:available"); got != 900 {
		t.Errorf("available = %d", got)
	}
}
