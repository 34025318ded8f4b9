package server_test

import (
	"cmp"
	"fmt"
	"slices"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
)

// gift is money that somebody has given, as the test knows it.
type gift struct {
	pledge, object string // object is what Stripe is told that it happens to
	eur            int64  // what it comes to, in cents
	parts          []portion
	left           int64 // what has not gone back, in minor units of its currency
	cents          int64 // that 100 of those come to
}

// portion is what a fund gets of a gift, in cents.
type portion struct {
	fund  string
	minor int64
}

// books are what the ledger has to say in the end. They are reckoned by the test alone.
type books struct {
	gifts                           int
	gross, fees, refunds, disputes  int64
	costs, payouts, suspense, taken int64 // taken is what Stripe asks for disputes
	fund                            map[string]int64
}

func newBooks() books { return books{fund: map[string]int64{}} }

func (m *books) String() string {
	return fmt.Sprintf("%d gifts of %d, fees %d, refunds %d, disputes %d and %d, costs %d, payouts %d, suspense %d",
		m.gifts, m.gross, m.fees, m.refunds, m.disputes, m.taken, m.costs, m.payouts, m.suspense)
}

// feeOf is what Stripe keeps: 1.5 %, rounded half up, and 25 cents.
func feeOf(eur int64) int64 { return (eur*15+500)/1000 + 25 }

// divided divides a sum in proportion to portions; what is left over goes to the largest
// fractions, and of equal ones to the first.
func divided(sum int64, by []portion) []portion {
	whole := int64(0)
	for _, p := range by {
		whole += p.minor
	}
	out, order, rest := make([]portion, len(by)), make([]int, len(by)), sum
	for i, p := range by {
		out[i], order[i] = portion{p.fund, sum * p.minor / whole}, i
		rest -= out[i].minor
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sum*by[b].minor%whole, sum*by[a].minor%whole) })
	for _, i := range order[:rest] {
		out[i].minor++
	}
	return out
}

// add puts a sum into the funds of a gift, or takes it out of them.
func (m *books) add(sign, sum int64, g *gift) {
	for _, p := range divided(sum, g.parts) {
		m.fund[p.fund] += sign * p.minor
	}
}

// give books a gift and its fee.
func (m *books) give(g *gift) {
	m.gifts++
	m.gross, m.fees = m.gross+g.eur, m.fees+feeOf(g.eur)
	m.add(1, g.eur, g)
	m.add(-1, feeOf(g.eur), g)
}

// refund books that an amount of a gift has gone back, or has come again.
func (m *books) refund(sign, minor int64, g *gift) {
	eur := minor * g.cents / 100
	m.refunds += sign * eur
	m.add(-sign, eur, g)
}

// dispute books that a gift is disputed, or that this was won.
func (m *books) dispute(won bool, g *gift) {
	const fee = 2000
	if won {
		m.disputes -= g.eur
		m.add(1, g.eur, g)
		return
	}
	m.disputes, m.taken = m.disputes+g.eur, m.taken+fee
	m.add(-1, g.eur, g)
	m.add(-1, fee, g)
}

// cost books what Stripe costs, which running costs carry.
func (m *books) cost(minor int64) {
	m.costs += minor
	m.fund["operations"] -= minor
}

// compare says where the ledger differs from the model.
func (s *storm) compare() (diffs []string) {
	s.t.Helper()
	m, got := s.want, s.ledger.Balances()
	differ := func(what string, got, want int64) {
		if got != want {
			diffs = append(diffs, fmt.Sprintf("%s: %d, the model has %d", what, got, want))
		}
	}
	differ("at Stripe", -got["asset:stripe"], m.gross-m.fees-m.refunds-m.disputes-m.taken-m.costs-m.payouts+m.suspense)
	differ("on its way to the bank", -got["transit:stripe-payout"], m.payouts)
	differ("suspense", got["suspense:stripe"], m.suspense)
	differ("refunds under way", got["transit:refunds"], 0)
	for _, fund := range append(s.funds, "operations", "reserve") {
		differ(fund, s.ledger.Sum("fund:"+fund+":")+got["deficit:"+fund], m.fund[fund])
	}
	booked := map[ledgerv1.TransactionKind]int64{}
	for _, t := range s.ledger.Transactions() {
		for _, e := range t.GetEntries() {
			if e.GetAccount() == "asset:stripe" {
				booked[t.GetKind()] += e.GetAmount().GetMinorUnits()
			}
		}
	}
	differ("gifts, gross", booked[ledgerv1.TransactionKind_TRANSACTION_KIND_DONATION], m.gross)
	differ("fees", booked[ledgerv1.TransactionKind_TRANSACTION_KIND_PROCESSING_FEE], m.fees)
	differ("gifts", int64(s.count("donations", "state = 'SUCCEEDED'")), int64(m.gifts))
	return diffs
}
