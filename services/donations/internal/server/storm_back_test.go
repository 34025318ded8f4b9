package server_test

import (
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
)

// fight is what a bank or Stripe has begun about a gift.
type fight struct {
	id    string // Stripe's
	gift  *gift
	minor int64
}

// refundAtStripe gives all or a part of a gift back in Stripe's dashboard.
func (s *storm) refundAtStripe() {
	g := pick(s, s.gifts)
	if g == nil || g.left < 500 {
		return
	}
	minor := g.left
	if s.random.IntN(2) == 0 {
		minor = 100 * (1 + s.random.Int64N(g.left/100))
	}
	id, err := s.fake.Trigger(stripefake.Trigger{Kind: "refund", Object: g.object, Amount: minor})
	if err != nil {
		return // nobody has taken the money yet
	}
	g.left -= minor
	s.want.refund(1, minor, g)
	s.back = append(s.back, fight{id, g, minor})
}

// failRefund lets the bank of a card not take what was given back.
func (s *storm) failRefund() {
	if len(s.back) == 0 {
		return
	}
	x := s.back[0]
	s.back = s.back[1:]
	s.trigger(stripefake.Trigger{Kind: "refund.fail", Object: x.id})
	s.want.refund(-1, x.minor, x.gift)
	x.gift.left = 0 // nothing more is done with it
}

// refundByTreasurer has a whole gift given back that the service knows.
func (s *storm) refundByTreasurer() {
	g := pick(s, s.gifts)
	if g == nil || g.left*g.cents/100 != g.eur {
		return
	}
	var id string
	if err := s.db.Pool.QueryRow(s.t.Context(), `SELECT max(id) FROM donations WHERE pledge_id = $1 AND state = 'SUCCEEDED' HAVING count(*) = 1`, g.pledge).Scan(&id); err != nil {
		return // it has not heard of it
	}
	if _, err := refunds(s.office).RequestRefund(s.t.Context(), &donationsv1.RequestRefundRequest{Name: "donations/" + id, RequestId: id}); err != nil {
		s.t.Fatal(err)
	}
	s.want.refund(1, g.left, g)
	g.left = 0
}

// dispute lets a bank ask for a gift back.
func (s *storm) dispute() {
	g := pick(s, s.gifts)
	if g == nil || g.left*g.cents/100 != g.eur {
		return
	}
	id, err := s.fake.Trigger(stripefake.Trigger{Kind: "dispute", Object: g.object})
	if err != nil {
		return // nobody has taken the money yet
	}
	s.want.dispute(false, g)
	g.left = 0
	s.fights = append(s.fights, fight{id: id, gift: g})
}

// decide ends a dispute.
func (s *storm) decide() {
	if len(s.fights) == 0 {
		return
	}
	x := s.fights[0]
	s.fights = s.fights[1:]
	if s.random.IntN(2) == 0 {
		s.trigger(stripefake.Trigger{Kind: "dispute.lose", Object: x.id})
		return
	}
	s.trigger(stripefake.Trigger{Kind: "dispute.win", Object: x.id})
	s.want.dispute(true, x.gift)
}
