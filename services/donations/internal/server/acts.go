package server

import (
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// acts are what people and partners can do with each kind of resource. Checkouts,
// donations and funds have a state and no verbs.
type acts struct {
	pledges action.Table[pledge.State, pledge.Pledge]
	keys    action.Table[keyState, partner.Key]
}

// keyState is whether a key is in force, in the contract's word.
type keyState string

// active is the one state in which something can be done with a key.
const active keyState = "ACTIVE"

func newActs() acts {
	return acts{
		pledges: action.New(action.Act[pledge.State, pledge.Pledge]{
			Verb: "cancel", Method: donationsv1.PledgeService_CancelPledge_FullMethodName, In: pledge.Before(pledge.Cancelled),
			Shut: func(_ identity.Caller, p pledge.Pledge) error {
				if p.State == pledge.Cancelled {
					return action.ErrNothing
				}
				_, err := p.State.Move(pledge.Cancelled)
				return err
			},
		}),
		keys: action.New(action.Act[keyState, partner.Key]{
			Verb: "revoke", Method: donationsv1.PartnerService_RevokeKey_FullMethodName, In: []keyState{active},
			Shut: func(_ identity.Caller, k partner.Key) error {
				if k.RevokedAt != nil {
					return action.ErrNothing
				}
				return nil
			},
		}),
	}
}
