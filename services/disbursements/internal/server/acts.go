package server

import (
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/inquiry"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// acts are what people can do with each kind of resource.
type acts struct {
	rounds     action.Table[round.State, round.Round]
	awards     action.Table[round.AwardState, round.AwardRecord]
	plans      action.Table[plan.State, seenPlan]
	payments   action.Table[payment.State, seenPayment]
	files      action.Table[payment.FileState, payment.Fetching]
	rails      action.Table[payment.Switch, turned]
	senders    action.Table[payment.Switch, turned]
	policies   action.Table[agreement.State, seenVersion]
	statements action.Table[statement.State, seenStatement]
	inquiries  action.Table[inquiry.State, seenInquiry]
}

// seenStatement is a statement as the rules see it when a person asks.
type seenStatement struct {
	statement.Standing
	now time.Time
}

// seenPlan is a plan as the rules see it when a person asks.
type seenPlan struct {
	plan.Plan
	by  plan.By
	now time.Time
}

// seenPayment is a payment as the rules see it when a person asks.
type seenPayment struct {
	payment.Payment
	in payment.Setting
}

// turned is the switch of a rail or a sender, named by what.
type turned struct{ what, stoppedBy string }

func newActs() acts {
	return acts{
		rounds: action.New(
			roundAct(round.Simulate, disbursementsv1.AllocationRoundService_SimulateAllocationRound_FullMethodName),
			roundAct(round.Commit, disbursementsv1.AllocationRoundService_CommitAllocationRound_FullMethodName),
			roundAct(round.Discard, disbursementsv1.AllocationRoundService_DiscardAllocationRound_FullMethodName)),
		awards: action.New(action.Act[round.AwardState, round.AwardRecord]{
			Verb: string(round.CancelAward), Method: disbursementsv1.AwardService_CancelAward_FullMethodName, In: round.InAward(round.CancelAward),
			Shut: func(_ identity.Caller, a round.AwardRecord) error { return a.May(round.CancelAward) },
		}),
		plans: newPlanActs(), statements: newStatementActs(),
		payments: action.New(
			paymentAct(payment.IssueCode, disbursementsv1.PaymentService_IssueCode_FullMethodName),
			paymentAct(payment.RecordSent, disbursementsv1.PaymentService_RecordPaymentSent_FullMethodName),
			paymentAct(payment.RecordDelivery, disbursementsv1.PaymentService_RecordPaymentDelivery_FullMethodName),
			paymentAct(payment.Retry, disbursementsv1.PaymentService_RetryPayment_FullMethodName),
			paymentAct(payment.RecordRefusal, disbursementsv1.PaymentService_RecordRefusal_FullMethodName),
			paymentAct(payment.ConfirmRefusal, disbursementsv1.PaymentService_ConfirmRefusal_FullMethodName),
			paymentAct(payment.Cancel, disbursementsv1.PaymentService_CancelPayment_FullMethodName)),
		files: action.New(
			fileAct(payment.ProposeDownload, disbursementsv1.PaymentFileService_ProposePaymentFileDownload_FullMethodName),
			fileAct(payment.Download, disbursementsv1.PaymentFileService_DownloadPaymentFile_FullMethodName),
			fileAct(payment.Withdraw, disbursementsv1.PaymentFileService_WithdrawPaymentFile_FullMethodName)),
		rails: action.New(
			switchAct(payment.Stop, disbursementsv1.RailService_StopRail_FullMethodName),
			switchAct(payment.Resume, disbursementsv1.RailService_ResumeRail_FullMethodName)),
		senders: action.New(
			switchAct(payment.Stop, disbursementsv1.RailService_StopSender_FullMethodName),
			switchAct(payment.Resume, disbursementsv1.RailService_ResumeSender_FullMethodName)),
		inquiries: action.New(
			inquiryAct(inquiry.Take, disbursementsv1.InquiryService_TakeInquiry_FullMethodName),
			inquiryAct(inquiry.Close, disbursementsv1.InquiryService_CloseInquiry_FullMethodName)),
		policies: action.New(action.Act[agreement.State, seenVersion]{
			Verb: string(agreement.Confirm), Method: disbursementsv1.PolicyService_ConfirmPolicyVersion_FullMethodName, In: agreement.In(agreement.Confirm),
			Shut: func(c identity.Caller, v seenVersion) error { return v.may(c.Person) },
		}),
	}
}

func newStatementActs() action.Table[statement.State, seenStatement] {
	return action.New(
		statementAct(statement.Confirm, disbursementsv1.StatementService_ConfirmStatement_FullMethodName),
		statementAct(statement.PassGap, disbursementsv1.StatementService_PassStatementGap_FullMethodName))
}

func statementAct(v statement.Verb, method string) action.Act[statement.State, seenStatement] {
	return action.Act[statement.State, seenStatement]{
		Verb: string(v), Method: method, In: statement.In(v),
		Shut: func(c identity.Caller, x seenStatement) error { return x.May(v, c.Person, x.now) },
	}
}

func newPlanActs() action.Table[plan.State, seenPlan] {
	return action.New(
		planAct("lock", plan.Lock, disbursementsv1.PaymentPlanService_LockPaymentPlan_FullMethodName),
		planAct("unlock", plan.Unlock, disbursementsv1.PaymentPlanService_UnlockPaymentPlan_FullMethodName),
		planAct("submit", plan.Submit, disbursementsv1.PaymentPlanService_SubmitPaymentPlan_FullMethodName),
		planAct("approve", plan.Approve, disbursementsv1.PaymentPlanService_ApprovePaymentPlan_FullMethodName),
		planAct("authorize", plan.Authorize, disbursementsv1.PaymentPlanService_AuthorizePaymentPlan_FullMethodName),
		planAct("release", plan.Release, disbursementsv1.PaymentPlanService_ReleasePaymentPlan_FullMethodName),
		planAct("reject", plan.Reject, disbursementsv1.PaymentPlanService_RejectPaymentPlan_FullMethodName),
		action.Act[plan.State, seenPlan]{
			Verb: "look", Method: disbursementsv1.PaymentPlanService_LookAtPaymentPlan_FullMethodName, In: plan.In(plan.LookAt),
			Shut: func(_ identity.Caller, p seenPlan) error { return p.MayLook() },
		},
		action.Act[plan.State, seenPlan]{
			Verb: "takeLook", Method: disbursementsv1.PaymentPlanService_TakeLookAtPaymentPlan_FullMethodName, In: plan.In(plan.LookAt),
			Shut: func(_ identity.Caller, p seenPlan) error { return p.MayLook() },
		},
		planAct("object", plan.Object, disbursementsv1.PaymentPlanService_ObjectToPaymentPlan_FullMethodName),
		planAct("abort", plan.Abort, disbursementsv1.PaymentPlanService_AbortPaymentPlan_FullMethodName),
		planAct("close", plan.Close, disbursementsv1.PaymentPlanService_ClosePaymentPlan_FullMethodName))
}

func roundAct(v round.Verb, method string) action.Act[round.State, round.Round] {
	return action.Act[round.State, round.Round]{
		Verb: string(v), Method: method, In: round.In(v),
		Shut: func(c identity.Caller, r round.Round) error { return r.May(v, round.By{Person: c.Person}) },
	}
}

func planAct(verb string, kind plan.Kind, method string) action.Act[plan.State, seenPlan] {
	return action.Act[plan.State, seenPlan]{
		Verb: verb, Method: method, In: plan.In(kind),
		Shut: func(_ identity.Caller, p seenPlan) error {
			_, err := p.May(kind, p.by, p.now)
			return err
		},
	}
}

func paymentAct(v payment.Verb, method string) action.Act[payment.State, seenPayment] {
	return action.Act[payment.State, seenPayment]{
		Verb: string(v), Method: method, In: payment.In(v),
		Shut: func(_ identity.Caller, y seenPayment) error { return y.May(v, y.in) },
	}
}

func fileAct(v payment.FileVerb, method string) action.Act[payment.FileState, payment.Fetching] {
	return action.Act[payment.FileState, payment.Fetching]{
		Verb: string(v), Method: method, In: payment.InFile(v),
		Shut: func(c identity.Caller, f payment.Fetching) error { return f.May(v, c.Person) },
	}
}

func switchAct(v payment.SwitchVerb, method string) action.Act[payment.Switch, turned] {
	return action.Act[payment.Switch, turned]{
		Verb: string(v), Method: method, In: payment.InSwitch(v),
		Shut: func(c identity.Caller, x turned) error {
			if (x.stoppedBy != "") == (v == payment.Stop) {
				return action.ErrNothing
			}
			return payment.MayTurn(x.what, v, x.stoppedBy, c.Person)
		},
	}
}
