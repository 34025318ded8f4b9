package server_test

import (
	"context"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// person is somebody with connections to all services of the contract.
type person struct {
	name     string
	rounds   disbursementsv1.AllocationRoundServiceClient
	awards   disbursementsv1.AwardServiceClient
	plans    disbursementsv1.PaymentPlanServiceClient
	files    disbursementsv1.PaymentFileServiceClient
	payments disbursementsv1.PaymentServiceClient
	books    disbursementsv1.StatementServiceClient
	confirm  disbursementsv1.ConfirmationServiceClient
	rails    disbursementsv1.RailServiceClient
}

func (b *bench) person(name string, roles ...policyv1.Role) person {
	caller := identity.Caller{Service: "gateway", Roles: roles}
	if name != "" {
		caller.Person = "staff/s_" + name
	}
	c := b.rpc.As(caller)
	return person{
		name: caller.Person, rounds: disbursementsv1.NewAllocationRoundServiceClient(c), awards: disbursementsv1.NewAwardServiceClient(c),
		plans: disbursementsv1.NewPaymentPlanServiceClient(c), files: disbursementsv1.NewPaymentFileServiceClient(c),
		payments: disbursementsv1.NewPaymentServiceClient(c), books: disbursementsv1.NewStatementServiceClient(c),
		confirm: disbursementsv1.NewConfirmationServiceClient(c), rails: disbursementsv1.NewRailServiceClient(c),
	}
}

func (b *bench) treasurer(name string) person {
	return b.person(name, policyv1.Role_ROLE_TREASURER)
}

func (b *bench) approver(name string) person { return b.person(name, policyv1.Role_ROLE_APPROVER) }

// step takes a plan one step on by a person.
func step(ctx context.Context, by person, verb, plan string) (*disbursementsv1.PaymentPlan, error) {
	switch verb {
	case "lock":
		return by.plans.LockPaymentPlan(ctx, &disbursementsv1.LockPaymentPlanRequest{Name: plan})
	case "unlock":
		return by.plans.UnlockPaymentPlan(ctx, &disbursementsv1.UnlockPaymentPlanRequest{Name: plan})
	case "submit":
		return by.plans.SubmitPaymentPlan(ctx, &disbursementsv1.SubmitPaymentPlanRequest{Name: plan})
	case "approve":
		return by.plans.ApprovePaymentPlan(ctx, &disbursementsv1.ApprovePaymentPlanRequest{Name: plan})
	case "authorize":
		return by.plans.AuthorizePaymentPlan(ctx, &disbursementsv1.AuthorizePaymentPlanRequest{Name: plan})
	case "release":
		return by.plans.ReleasePaymentPlan(ctx, &disbursementsv1.ReleasePaymentPlanRequest{Name: plan, RequestId: key()})
	case "reject":
		return by.plans.RejectPaymentPlan(ctx, &disbursementsv1.RejectPaymentPlanRequest{Name: plan})
	default:
		return by.plans.AbortPaymentPlan(ctx, &disbursementsv1.AbortPaymentPlanRequest{Name: plan})
	}
}

// steps takes a plan through several steps by the usual people.
func (b *bench) steps(plan string, verbs ...string) {
	b.t.Helper()
	usual := map[string]person{
		"lock": b.treasurer("maker"), "submit": b.treasurer("maker"), "unlock": b.treasurer("maker"), "approve": b.approver("approver"),
		"authorize": b.treasurer("authorizer"), "release": b.treasurer("releaser"), "reject": b.treasurer("authorizer"),
	}
	for _, verb := range verbs {
		if _, err := step(context.Background(), usual[verb], verb, plan); err != nil {
			b.t.Fatalf("%s: %v", verb, err)
		}
	}
}
