package server_test

import (
	"context"

	"google.golang.org/protobuf/proto"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// openFund opens a fund that takes no shares.
func (s *storm) openFund(id string) string {
	s.t.Helper()
	_, err := donationsv1.NewFundServiceClient(s.treasurer()).CreateFund(context.Background(), &donationsv1.CreateFundRequest{
		FundId: id, Fund: &donationsv1.Fund{
			DisplayName: "Parcels", CurrencyCodes: []string{"EUR", "USD"}, ReserveBasisPoints: proto.Int32(0), OperationsBasisPoints: proto.Int32(0),
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// act lets something happen.
func (s *storm) act() {
	s.t.Helper()
	acts := []struct {
		weight int
		act    func()
	}{
		{45, func() { s.pay("visa") }},
		{4, func() { s.pay("chargeDeclined") }},
		{4, func() { s.pay("by") }},
		{8, s.begin},
		{10, s.renew},
		{13, s.refundAtStripe},
		{6, s.refundByTreasurer},
		{5, s.dispute},
		{3, s.decide},
		{2, s.failRefund},
		{3, s.move},
		{4, s.payOut},
		{1, s.tellNews},
	}
	n := s.random.IntN(108)
	for _, a := range acts {
		if n -= a.weight; n < 0 {
			a.act()
			return
		}
	}
}

// fresh makes a pledge of a random amount to one or two funds, with or without a tip, and
// says what gift it will be.
func (s *storm) fresh() (*donationsv1.Pledge, *gift) {
	s.t.Helper()
	if s.pledges++; s.pledges%10 == 0 { // one whose gifts come back too often is stopped
		s.p = s.newPartner()
	}
	funds := append([]string{}, s.funds[:1+s.random.IntN(2)]...)
	amount, tip := int64(500+100*s.random.IntN(200)), int64(0)
	g := &gift{cents: 100}
	asked := pledgeOf(amount, funds...)
	if s.random.IntN(4) == 0 {
		tip = 300
		asked.Tip = postingtest.Money(tip)
	}
	if s.random.IntN(5) == 0 {
		g.cents = 92
		asked.Amount.CurrencyCode = "USD"
		if asked.Tip != nil {
			asked.Tip.CurrencyCode = "USD"
		}
	}
	for _, f := range funds {
		g.parts = append(g.parts, portion{f, amount / int64(len(funds))})
	}
	if tip > 0 {
		g.parts = append(g.parts, portion{"operations", tip})
	}
	g.left = amount + tip
	g.eur = g.left * g.cents / 100
	g.parts = divided(g.eur, g.parts)
	return asked, g
}

// pay lets a donor give once.
func (s *storm) pay(card string) {
	asked, g := s.fresh()
	made := s.pledge(s.p, asked)
	g.pledge, g.object = s.id(made.GetName()), s.checkout(made).SessionID
	s.trigger(stripefake.Trigger{Kind: "pay", Object: g.pledge, Type: card})
	if card != "visa" {
		return
	}
	s.want.give(g)
	s.gifts = append(s.gifts, g)
}

// begin lets a donor begin to give each month. The first gift comes once the service has
// heard that the card is saved.
func (s *storm) begin() {
	asked, g := s.fresh()
	asked.Recurrence = monthly
	made := s.pledge(s.p, asked)
	g.pledge = s.id(made.GetName())
	g.object = g.pledge
	s.trigger(stripefake.Trigger{Kind: "pay", Object: g.pledge, Type: "visa"})
	s.want.give(g)
	s.begun = append(s.begun, g)
}

// renew lets the next gift of somebody come: Stripe takes it by itself. Sometimes it is
// given back before anybody has heard of it.
func (s *storm) renew() {
	g := pick(s, s.begun)
	if g == nil {
		return
	}
	if _, err := s.fake.Trigger(stripefake.Trigger{Kind: "renew", Object: g.pledge}); err != nil {
		return // it has not begun
	}
	next := *g
	next.left = g.eur * 100 / g.cents
	s.want.give(&next)
	if s.random.IntN(3) == 0 {
		s.trigger(stripefake.Trigger{Kind: "refund", Object: g.pledge})
		s.want.refund(1, next.left, &next)
	}
}

// move lets Stripe move its balance by itself, of which no event tells: for what it costs,
// or for what nobody knows.
func (s *storm) move() {
	minor := 1 + s.random.Int64N(500)
	if s.random.IntN(2) == 0 {
		s.trigger(stripefake.Trigger{Kind: "balance_transaction", Type: "stripe_fee", Category: "fee", Amount: -minor})
		s.want.cost(minor)
		return
	}
	s.trigger(stripefake.Trigger{Kind: "balance_transaction", Type: "adjustment", Category: "other_adjustment", Amount: minor})
	s.want.suspense += minor
}

// tellNews sends an event that nobody knows.
func (s *storm) tellNews() {
	if seen := s.fake.Events(); len(seen) > 0 {
		s.trigger(stripefake.Trigger{Kind: "event", Object: seen[0], Type: "something.new"})
	}
}

// payOut lets Stripe pay out what it has.
func (s *storm) payOut() {
	id, err := s.fake.Trigger(stripefake.Trigger{Kind: "payout", Days: 2})
	if err != nil {
		return // it has nothing
	}
	p, err := s.client.GetPayout(s.t.Context(), id)
	for tries := 0; err != nil && tries < 10; tries++ { // the trouble is the test's, too
		p, err = s.client.GetPayout(s.t.Context(), id)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.want.payouts += p.Amount.MinorUnits
}

// trouble lets calls fail: the answer of a refund is lost, and it is asked for again only
// when Stripe has forgotten its key.
func (s *storm) trouble() {
	s.t.Helper()
	for _, d := range []stripefake.Disruption{
		{Match: "POST /v1/refunds", Effect: stripefake.DropAfter, Times: 2},
		{Match: "GET /v1/payment_intents", Effect: stripefake.Error429, Times: 4},
		{Match: "GET /v1/", Effect: stripefake.Error503, Times: 4},
		{Match: "POST /v1/payment_intents", Effect: stripefake.ErrorAfter, Times: 1},
	} {
		if err := s.fake.Disrupt(d); err != nil {
			s.t.Fatal(err)
		}
	}
	for range 20 {
		s.refundByTreasurer()
	}
	s.strive()
	s.quiet = s.hour + 25
}

// pick takes one of a list at random, nil of an empty one.
func pick[T any](s *storm, list []*T) *T {
	if len(list) == 0 {
		return nil
	}
	return list[s.random.IntN(len(list))]
}
