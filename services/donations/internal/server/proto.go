package server

import (
	"context"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// pledgeProto writes a pledge, with what the caller could do with it.
func (s *Server) pledgeProto(ctx context.Context, p pledge.Pledge) (*donationsv1.Pledge, error) {
	some := amountsIn(p.Amount.Currency)
	out := &donationsv1.Pledge{
		Name: resource.Pledge.Of(p.ID), Partner: resource.Partner.Of(p.Partner), Amount: rpc.MoneyOf(p.Amount), Tip: some(p.Tip),
		State: enum.Value[donationsv1.PledgeState](p.State), CreateTime: rpc.Moment(p.CreatedAt), CheckoutUrl: p.Checkout.URL,
		PaymentFailure: failureOf(p.Failure),
	}
	if p.Recurring() {
		out.Recurrence = enum.Value[donationsv1.PledgeRecurrence](p.Recurrence)
	}
	for _, id := range p.ClosedFunds {
		out.ClosedFunds = append(out.ClosedFunds, resource.Fund.Of(id))
	}
	if g := p.Giving; g != nil {
		out.NextPaymentOn, out.PausedUntil, out.Trouble, out.PaymentUrl = nextOn(p), pausedUntil(p), troubleOf(g.Trouble), g.PayURL
	}
	out.AllowedActions, out.BlockedActions = s.acts.pledges.Of(identity.From(ctx), p)
	for _, d := range p.Designations {
		_, reserve, operations, err := d.Shares()
		if err != nil {
			return nil, err
		}
		out.Designations = append(out.Designations, &donationsv1.Designation{
			Fund: resource.Fund.Of(d.Fund), Share: int32(d.Share), // at most 10000
			Amount: some(d.Amount), ReserveAmount: some(reserve), OperationsAmount: some(operations),
		})
	}
	return out, nil
}

// donationProto shows a donation, with what the caller could do with it.
func (s *Server) donationProto(ctx context.Context, d donation.Donation) *donationsv1.Donation {
	out := &donationsv1.Donation{
		Name: resource.Donation.Of(d.ID), Pledge: resource.Pledge.Of(d.Pledge), Partner: resource.Partner.Of(d.Partner),
		State: enum.Value[donationsv1.DonationState](d.State), Charged: rpc.MoneyOf(d.Charged),
		CreateTime: rpc.Moment(d.CreatedAt), ClearedOn: dayIfAny(d.ClearedOn),
		Failure:            failureOf(string(d.Failure)),
		RefundedMinorUnits: d.Refunded, DisputeState: enum.Value[donationsv1.DisputeState](d.Dispute), InQuestion: d.InQuestion(s.now()),
	}
	out.AllowedActions, out.BlockedActions = s.acts.donations.Of(identity.From(ctx), d)
	if d.Settled == nil {
		return out
	}
	some := amountsIn(d.Settled.Gross.Currency)
	out.Gross, out.Fee, out.Net = rpc.MoneyOf(d.Settled.Gross), rpc.MoneyOf(d.Settled.Fee), rpc.MoneyOf(d.Settled.Net())
	out.BookedOn = bookedOn(d)
	for _, p := range d.Parts {
		if p.Fund == "" {
			out.Tip = some(p.Amount)
			continue
		}
		out.Designations = append(out.Designations, &donationsv1.Designation{
			Fund: resource.Fund.Of(p.Fund), Amount: some(p.Amount), ReserveAmount: some(p.Reserve), OperationsAmount: some(p.Operations),
		})
	}
	return out
}

// nextOn is the day of the next payment, empty where none is due.
func nextOn(p pledge.Pledge) string {
	switch g := p.Giving; {
	case g == nil || !p.Running():
		return ""
	case !g.MoveTo.IsZero():
		return rpc.Day(g.MoveTo)
	case g.NextAt.IsZero():
		return ""
	default:
		return rpc.Day(g.NextAt)
	}
}

// pausedUntil is the day on which a pause ends, empty where there is none.
func pausedUntil(p pledge.Pledge) string {
	if p.State != pledge.Paused || p.Giving == nil || p.Giving.PausedUntil.IsZero() {
		return ""
	}
	return rpc.Day(p.Giving.PausedUntil)
}

// troubleOf writes what is wrong with a payment that is due.
func troubleOf(t pledge.Trouble) donationsv1.PledgeTrouble {
	if t == pledge.NoTrouble {
		return donationsv1.PledgeTrouble_PLEDGE_TROUBLE_UNSPECIFIED
	}
	return enum.Value[donationsv1.PledgeTrouble](t)
}

// failureOf writes why a payment failed.
func failureOf(word string) donationsv1.DonationFailure {
	if word == "" {
		return donationsv1.DonationFailure_DONATION_FAILURE_UNSPECIFIED
	}
	return enum.Value[donationsv1.DonationFailure](word)
}

// bookedOn is the day of a donation's money, empty until the ledger has booked it.
func bookedOn(d donation.Donation) string {
	if d.PostedAt == nil {
		return ""
	}
	return rpc.Day(d.Settled.ReceivedOn)
}

// amountsIn shows amounts of a currency, nil for none.
func amountsIn(currency string) func(minor int64) *typev1.Money {
	return func(minor int64) *typev1.Money {
		return rpc.MoneyIfAny(money.Amount{MinorUnits: minor, Currency: currency})
	}
}

// dayIfAny shows a day, empty for none.
func dayIfAny(t *time.Time) string {
	if t == nil {
		return ""
	}
	return rpc.Day(*t)
}
