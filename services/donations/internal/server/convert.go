package server

import (
	"context"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

var pledgeStates = map[pledge.State]donationsv1.PledgeState{
	pledge.Pending:   donationsv1.PledgeState_PLEDGE_STATE_PENDING,
	pledge.Active:    donationsv1.PledgeState_PLEDGE_STATE_ACTIVE,
	pledge.Paused:    donationsv1.PledgeState_PLEDGE_STATE_PAUSED,
	pledge.Fulfilled: donationsv1.PledgeState_PLEDGE_STATE_FULFILLED,
	pledge.Cancelled: donationsv1.PledgeState_PLEDGE_STATE_CANCELLED,
	pledge.Lapsed:    donationsv1.PledgeState_PLEDGE_STATE_LAPSED,
}

var donationStates = map[donation.State]donationsv1.DonationState{
	donation.Pending:   donationsv1.DonationState_DONATION_STATE_PENDING,
	donation.Succeeded: donationsv1.DonationState_DONATION_STATE_SUCCEEDED,
	donation.Failed:    donationsv1.DonationState_DONATION_STATE_FAILED,
}

// pledgeProto shows a pledge; its payment page only to the partner.
func pledgeProto(ctx context.Context, p pledge.Pledge) (*donationsv1.Pledge, error) {
	out := &donationsv1.Pledge{
		Name: "pledges/" + p.ID, Partner: "partners/" + p.Partner, Amount: rpc.MoneyOf(p.Amount),
		Tip: some(p.Tip, p.Amount.Currency), State: pledgeStates[p.State], CreateTime: when(ctx, p.CreatedAt),
	}
	if identity.From(ctx).Partner != "" {
		out.CheckoutUrl = p.Checkout.URL
	}
	for _, d := range p.Designations {
		_, reserve, operations, err := d.Shares()
		if err != nil {
			return nil, err
		}
		out.Designations = append(out.Designations, &donationsv1.Designation{
			Fund: "funds/" + d.Fund, Share: int32(d.Share), // at most 10000
			Amount:        some(d.Amount, p.Amount.Currency),
			ReserveAmount: some(reserve, p.Amount.Currency), OperationsAmount: some(operations, p.Amount.Currency),
		})
	}
	return out, nil
}

// donationProto shows a donation.
func donationProto(ctx context.Context, d donation.Donation) *donationsv1.Donation {
	out := &donationsv1.Donation{
		Name: "donations/" + d.ID, Pledge: "pledges/" + d.Pledge, Partner: "partners/" + d.Partner,
		State: donationStates[d.State], Charged: rpc.MoneyOf(d.Charged), CreateTime: when(ctx, d.CreatedAt),
		ClearedOn: date(d.ClearedOn),
	}
	if d.Settled == nil {
		return out
	}
	out.Gross, out.Fee, out.Net = rpc.MoneyOf(d.Settled.Gross), rpc.MoneyOf(d.Settled.Fee), rpc.MoneyOf(d.Settled.Net())
	if d.PostedAt != nil {
		out.BookedOn = date(&d.Settled.ReceivedOn)
	}
	for _, p := range d.Parts {
		if p.Fund == "" {
			out.Tip = some(p.Amount, d.Settled.Gross.Currency)
			continue
		}
		out.Designations = append(out.Designations, &donationsv1.Designation{
			Fund: "funds/" + p.Fund, Amount: some(p.Amount, d.Settled.Gross.Currency),
			ReserveAmount:    some(p.Reserve, d.Settled.Gross.Currency),
			OperationsAmount: some(p.Operations, d.Settled.Gross.Currency),
		})
	}
	return out
}

// some shows an amount, nil for none.
func some(minor int64, currency string) *typev1.Money {
	if minor == 0 {
		return nil
	}
	return &typev1.Money{MinorUnits: minor, CurrencyCode: currency}
}
