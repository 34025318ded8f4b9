package server

import (
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/item"
	"github.com/solidarity-fund/solidarity/services/donations/internal/notice"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/refund"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// acts are what people and partners can do with each kind of resource. Checkouts,
// refunds, disputes and payouts have a state and no verbs.
type acts struct {
	policies action.Table[agreement.State, seenPolicy]
	pledges  action.Table[pledge.State, pledge.Pledge]
	keys     action.Table[keyState, seenKey]
	// What goes back of a donation is decided with its donation.
	donations action.Table[donation.State, donation.Donation]
	items     action.Table[item.State, item.Item]
	funds     action.Table[fund.State, fund.Fund]

	partners   action.Table[partner.State, partner.Stop]
	endpoints  action.Table[notice.State, notice.Endpoint]
	deliveries action.Table[notice.DeliveryState, notice.Delivery]
}

// keyState is whether a key is in force, in the contract's word.
type keyState string

// active is the one state in which something can be done with a key.
const active keyState = "ACTIVE"

// seenKey is a key as the rules see it when somebody asks.
type seenKey struct {
	partner.Key
	now time.Time
}

// seenPolicy is a version of the policy as the rules see it when a person asks.
type seenPolicy struct {
	agreement.Version
	earliest time.Time
}

func newActs() acts {
	return acts{
		policies: action.New(action.Act[agreement.State, seenPolicy]{
			Verb: string(agreement.Confirm), Method: donationsv1.DonationPolicyService_ConfirmDonationPolicy_FullMethodName, In: agreement.In(agreement.Confirm),
			Shut: func(c identity.Caller, v seenPolicy) error {
				return v.May(agreement.Confirm, c.Person, v.earliest)
			},
		}),
		pledges: action.New(action.Act[pledge.State, pledge.Pledge]{
			Verb: "change", Method: donationsv1.RecurringService_ChangePledge_FullMethodName, In: []pledge.State{pledge.Active, pledge.Paused},
			Shut: func(_ identity.Caller, p pledge.Pledge) error {
				_, err := p.Changed(pledge.Change{}, p.CreatedAt)
				return err
			},
		}, action.Act[pledge.State, pledge.Pledge]{
			Verb: "pause", Method: donationsv1.RecurringService_PausePledge_FullMethodName, In: pledge.Before(pledge.Paused),
			Shut: func(_ identity.Caller, p pledge.Pledge) error {
				_, err := p.Pause(time.Time{}, p.CreatedAt)
				return err
			},
		}, action.Act[pledge.State, pledge.Pledge]{
			Verb: "resume", Method: donationsv1.RecurringService_ResumePledge_FullMethodName, In: []pledge.State{pledge.Paused},
			Shut: func(_ identity.Caller, p pledge.Pledge) error {
				_, err := p.Resume()
				return err
			},
		}, action.Act[pledge.State, pledge.Pledge]{
			Verb: "cancel", Method: donationsv1.PledgeService_CancelPledge_FullMethodName, In: pledge.Before(pledge.Cancelled),
			Shut: func(_ identity.Caller, p pledge.Pledge) error {
				if p.State == pledge.Cancelled {
					return action.ErrNothing
				}
				_, err := p.State.Move(pledge.Cancelled)
				return err
			},
		}),
		keys: action.New(action.Act[keyState, seenKey]{
			Verb: "revoke", Method: donationsv1.PartnerService_RevokeKey_FullMethodName, In: []keyState{active},
			Shut: func(_ identity.Caller, k seenKey) error {
				if k.Ended(k.now) {
					return action.ErrNothing
				}
				return nil
			},
		}, action.Act[keyState, seenKey]{
			Verb: "rotate", Method: donationsv1.PartnerService_RotateKey_FullMethodName, In: []keyState{active},
			Shut: func(_ identity.Caller, k seenKey) error { return k.MayRotate(k.now) },
		}),
		donations: action.New(
			action.Act[donation.State, donation.Donation]{
				Verb: string(refund.Request), Method: donationsv1.RefundService_RequestRefund_FullMethodName, In: []donation.State{donation.Succeeded},
				Shut: func(c identity.Caller, d donation.Donation) error { return store.GiftOf(d).May(originOf(c)) },
			},
			refundAct(refund.Approve, donationsv1.RefundService_ApproveRefund_FullMethodName),
			refundAct(refund.Reject, donationsv1.RefundService_RejectRefund_FullMethodName),
		),
		partners: action.New(
			stopAct(partner.Halt, donationsv1.PartnerService_StopPartner_FullMethodName),
			stopAct(partner.ProposeLift, donationsv1.PartnerService_ProposeLiftPartnerStop_FullMethodName),
			stopAct(partner.ConfirmLift, donationsv1.PartnerService_ConfirmLiftPartnerStop_FullMethodName),
		),
		endpoints: action.New(
			endpointAct(notice.Disable, donationsv1.PartnerWebhookService_DisableWebhookEndpoint_FullMethodName),
			endpointAct(notice.Enable, donationsv1.PartnerWebhookService_EnableWebhookEndpoint_FullMethodName),
			action.Act[notice.State, notice.Endpoint]{
				Verb: string(notice.Rotate), Method: donationsv1.PartnerWebhookService_RotateWebhookSecret_FullMethodName, In: notice.In(notice.Rotate),
				Shut: func(identity.Caller, notice.Endpoint) error { return nil },
			},
		),
		deliveries: action.New(action.Act[notice.DeliveryState, notice.Delivery]{
			Verb: notice.Redeliver, Method: donationsv1.PartnerWebhookService_RedeliverWebhook_FullMethodName,
			In:   []notice.DeliveryState{notice.Pending, notice.Delivered, notice.Failed},
			Shut: func(_ identity.Caller, d notice.Delivery) error { return d.MaySendAgain() },
		}),
		funds: action.New(action.Act[fund.State, fund.Fund]{
			Verb: "close", Method: donationsv1.FundService_CloseFund_FullMethodName, In: []fund.State{fund.Open},
			Shut: func(_ identity.Caller, f fund.Fund) error { return f.MayClose() },
		}),
		items: action.New(
			itemAct(item.Propose, donationsv1.StripeItemService_ProposeStripeItem_FullMethodName),
			itemAct(item.Approve, donationsv1.StripeItemService_ApproveStripeItem_FullMethodName),
			itemAct(item.Reject, donationsv1.StripeItemService_RejectStripeItem_FullMethodName),
		),
	}
}

func stopAct(v partner.Verb, method string) action.Act[partner.State, partner.Stop] {
	return action.Act[partner.State, partner.Stop]{
		Verb: string(v), Method: method, In: partner.In(v),
		Shut: func(c identity.Caller, s partner.Stop) error { return s.May(v, c.Person) },
	}
}

func endpointAct(v notice.Verb, method string) action.Act[notice.State, notice.Endpoint] {
	return action.Act[notice.State, notice.Endpoint]{
		Verb: string(v), Method: method, In: notice.In(v),
		Shut: func(_ identity.Caller, e notice.Endpoint) error {
			_, err := e.Take(v)
			return err
		},
	}
}

func refundAct(v refund.Verb, method string) action.Act[donation.State, donation.Donation] {
	return action.Act[donation.State, donation.Donation]{
		Verb: string(v), Method: method, In: []donation.State{donation.Succeeded},
		Shut: func(_ identity.Caller, d donation.Donation) error {
			_, err := refund.Take(d.RefundWaits, v)
			return err
		},
	}
}

func itemAct(v item.Verb, method string) action.Act[item.State, item.Item] {
	return action.Act[item.State, item.Item]{
		Verb: string(v), Method: method, In: item.In(v),
		Shut: func(c identity.Caller, i item.Item) error { return i.May(v, c.Person) },
	}
}
