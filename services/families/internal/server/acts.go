package server

import (
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// acts are what people can do with each kind of resource.
type acts struct {
	families     action.Table[family.State, seenFamily]
	requests     action.Table[aidrequest.State, seenRequest]
	contacts     action.Table[secondState, seenSecond]
	destinations action.Table[secondState, seenSecond]
	consents     action.Table[consentState, seenConsent]
	imports      action.Table[prisonerimport.State, prisonerimport.Import]
	clashes      action.Table[prisonerimport.ClashState, seenClash]
	policies     action.Table[agreement.State, seenPolicy]
}

// secondState is where something stands that another person confirms; consentState
// whether a consent has been withdrawn.
type (
	secondState  string
	consentState string
)

// seenFamily is a family as the rules see it when a person asks.
type seenFamily struct {
	family.Family
	standing household.Standing
	now      time.Time
	// caseworkers are those awake, for an officer.
	caseworkers []string
}

// seenRequest is a request, how its family stands, and for an officer whether they stand
// in in its case.
type seenRequest struct {
	aidrequest.Request
	standing household.Standing
	in       caseOf
}

// seenPolicy is a version of the policy as the rules see it when a person asks.
type seenPolicy struct {
	agreement.Version
	earliest time.Time
}

// seenConsent is a consent of a family, which is somebody's case.
type seenConsent struct {
	family.Consent
	of family.Family
}

func newActs() acts {
	return acts{
		policies: action.New(action.Act[agreement.State, seenPolicy]{
			Verb: string(agreement.Confirm), Method: familiesv1.FamilyPolicyService_ConfirmFamilyPolicy_FullMethodName, In: agreement.In(agreement.Confirm),
			Shut: func(c identity.Caller, v seenPolicy) error {
				return v.May(agreement.Confirm, c.Person, v.earliest)
			},
		}),
		families: newFamilyActs(),
		requests: action.New(
			decisionAct(aidrequest.Approve, familiesv1.AidRequestService_ApproveAidRequest_FullMethodName),
			decisionAct(aidrequest.Reject, familiesv1.AidRequestService_RejectAidRequest_FullMethodName),
			action.Act[aidrequest.State, seenRequest]{
				Verb: string(aidrequest.Withdraw), Method: familiesv1.AidRequestService_WithdrawAidRequest_FullMethodName, In: aidrequest.In(aidrequest.Withdraw),
				Shut: func(c identity.Caller, r seenRequest) error {
					if (family.Family{Owner: r.standing.Owner, Deputy: r.standing.Deputy}).CheckKeeper(c.Person) != nil {
						return aidrequest.Missing()
					}
					return r.Take(aidrequest.Withdraw)
				},
			}),
		contacts: newSecondActs("contact",
			familiesv1.HouseholdService_CallContact_FullMethodName, familiesv1.HouseholdService_ConfirmContact_FullMethodName),
		destinations: newSecondActs("destination",
			familiesv1.HouseholdService_CallDestination_FullMethodName, familiesv1.HouseholdService_ConfirmDestination_FullMethodName),
		consents: action.New(action.Act[consentState, seenConsent]{
			Verb: "withdraw", Method: familiesv1.HouseholdService_WithdrawConsent_FullMethodName, In: []consentState{"GIVEN"},
			Shut: func(caller identity.Caller, c seenConsent) error {
				if err := c.of.CheckKeeper(caller.Person); err != nil {
					return err
				}
				if !c.WithdrawnOn.IsZero() {
					return action.ErrNothing
				}
				return nil
			},
		}),
		imports: newImportActs(),
		clashes: newClashActs(),
	}
}

func newFamilyActs() action.Table[family.State, seenFamily] {
	act := func(v family.Verb, method string, shut func(identity.Caller, seenFamily) error) action.Act[family.State, seenFamily] {
		return action.Act[family.State, seenFamily]{Verb: string(v), Method: method, In: family.In(v), Shut: shut}
	}
	decision := func(v family.Verb, method string) action.Act[family.State, seenFamily] {
		return act(v, method, func(c identity.Caller, f seenFamily) error {
			if err := family.Take(v, f.State); err != nil {
				return err
			}
			if err := f.standing.Review.CheckDecider(c.Person); err != nil {
				return err
			}
			return f.standing.Insiders.MayConfirm(c.Person)
		})
	}
	return action.New(
		act(family.Submit, familiesv1.FamilyService_SubmitFamily_FullMethodName, maySubmit),
		act(family.ProposeVerification, familiesv1.FamilyService_ProposeVerification_FullMethodName, mayPropose),
		decision(family.ConfirmVerification, familiesv1.FamilyService_ConfirmVerification_FullMethodName),
		decision(family.RejectVerification, familiesv1.FamilyService_RejectVerification_FullMethodName),
		decision(family.RequestInfo, familiesv1.FamilyService_RequestInfo_FullMethodName),
		act(family.Redraw, familiesv1.FamilyService_RedrawVerification_FullMethodName, func(c identity.Caller, f seenFamily) error {
			if err := family.Take(family.Redraw, f.State); err != nil {
				return err
			}
			return f.standing.Review.CheckDecider(c.Person)
		}),
		act(family.Lock, familiesv1.FamilyService_LockFamily_FullMethodName, mayLock),
		act(family.Unlock, familiesv1.FamilyService_UnlockFamily_FullMethodName, mayUnlock),
		act(family.Look, familiesv1.FamilyService_LookAtFamily_FullMethodName, mayLook),
		act(family.Transfer, familiesv1.FamilyService_TransferFamily_FullMethodName, ownerOnly),
		act(family.SetDeputy, familiesv1.FamilyService_SetDeputy_FullMethodName, ownerOnly),
		act(family.Reassign, familiesv1.FamilyService_ReassignFamily_FullMethodName, func(_ identity.Caller, f seenFamily) error {
			return family.CheckReassign(f.Owner, f.caseworkers)
		}),
		act(family.Suspend, familiesv1.FamilyService_SuspendFamily_FullMethodName, maySuspend),
		act(family.Reinstate, familiesv1.FamilyService_ReinstateFamily_FullMethodName, func(c identity.Caller, f seenFamily) error {
			if err := family.Take(family.Reinstate, f.State); err != nil {
				return err
			}
			if err := f.standing.Suspension.MayLift(c.Person); err != nil {
				return err
			}
			return f.standing.Insiders.MayConfirm(c.Person)
		}),
		act(family.Unseal, familiesv1.FamilyService_UnsealFamily_FullMethodName, func(c identity.Caller, f seenFamily) error {
			if !f.standing.Review.MayUnseal(c.Person, f.now) && !f.standing.Sight.Open(c.Person, f.now) {
				if err := f.CheckKeeper(c.Person); err != nil {
					return err
				}
			}
			return f.CheckUnlocked()
		}))
}

func mayLock(_ identity.Caller, f seenFamily) error {
	if f.LockedBy != "" {
		return action.ErrNothing
	}
	return nil
}

func mayUnlock(c identity.Caller, f seenFamily) error {
	if f.LockedBy == "" {
		return action.ErrNothing
	}
	if err := f.MayUnlock(c.Person); err != nil {
		return err
	}
	return f.standing.Insiders.MayConfirm(c.Person)
}

func mayLook(c identity.Caller, f seenFamily) error {
	if len(f.HeldFor) == 0 {
		return action.ErrNothing
	}
	if err := f.MayLook(c.Person); err != nil {
		return err
	}
	return f.standing.Insiders.MayConfirm(c.Person)
}

func ownerOnly(c identity.Caller, f seenFamily) error { return f.CheckOwner(c.Person) }

func maySubmit(c identity.Caller, f seenFamily) error {
	if err := f.CheckKeeper(c.Person); err != nil {
		return err
	}
	if err := f.CheckUnlocked(); err != nil {
		return err
	}
	if err := family.Take(family.Submit, f.State); err != nil {
		return err
	}
	return family.CheckComplete(f.standing.Holdings)
}

func mayPropose(c identity.Caller, f seenFamily) error {
	if err := f.CheckKeeper(c.Person); err != nil {
		return err
	}
	if err := f.CheckUnlocked(); err != nil {
		return err
	}
	return family.Take(family.ProposeVerification, f.State)
}

func maySuspend(c identity.Caller, f seenFamily) error {
	if !c.Has(policyv1.Role_ROLE_VERIFIER) && !c.Has(policyv1.Role_ROLE_PROTECTION_OFFICER) {
		if err := f.CheckKeeper(c.Person); err != nil {
			return err
		}
	}
	return family.Take(family.Suspend, f.State)
}

func decisionAct(v aidrequest.Verb, method string) action.Act[aidrequest.State, seenRequest] {
	return action.Act[aidrequest.State, seenRequest]{
		Verb: string(v), Method: method, In: aidrequest.In(v),
		Shut: func(c identity.Caller, r seenRequest) error {
			if err := r.in.standsIn(c); err != nil {
				return err
			}
			if err := r.CheckDecision(r.standing.Owner, r.standing.Insiders, c.Person, v); err != nil || v == aidrequest.Reject {
				return err
			}
			return aidrequest.CheckFundable(r.standing.Of(r.standing.State), r.standing.Holdings.Consents > 0)
		},
	}
}
