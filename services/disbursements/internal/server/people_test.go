package server_test

import (
	"context"
	"crypto/sha256"
	"strings"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
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
	policies disbursementsv1.PolicyServiceClient

	inquiries disbursementsv1.InquiryServiceClient
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
		confirm: disbursementsv1.NewConfirmationServiceClient(c), rails: disbursementsv1.NewRailServiceClient(c), policies: disbursementsv1.NewPolicyServiceClient(c),
		inquiries: disbursementsv1.NewInquiryServiceClient(c),
	}
}

func (b *bench) treasurer(name string) person {
	return b.person(name, policyv1.Role_ROLE_TREASURER)
}

func (b *bench) approver(name string) person { return b.person(name, policyv1.Role_ROLE_APPROVER) }

func (b *bench) verifier(name string) person { return b.person(name, policyv1.Role_ROLE_VERIFIER) }

// looked is the digest of a plan as a person sees it; zeros while it has none.
func looked(ctx context.Context, by person, name string) []byte {
	p, err := by.plans.GetPaymentPlan(ctx, &disbursementsv1.GetPaymentPlanRequest{Name: name})
	if err != nil || len(p.GetDigest()) == 0 {
		return make([]byte, sha256.Size)
	}
	return p.GetDigest()
}

// step takes a plan one step on by a person.
func step(ctx context.Context, by person, verb, name string) (*disbursementsv1.PaymentPlan, error) {
	var digest []byte
	if plan.Kind(strings.ToUpper(verb)).Looks() {
		digest = looked(ctx, by, name)
	}
	switch verb {
	case "lock":
		return by.plans.LockPaymentPlan(ctx, &disbursementsv1.LockPaymentPlanRequest{Name: name})
	case "unlock":
		return by.plans.UnlockPaymentPlan(ctx, &disbursementsv1.UnlockPaymentPlanRequest{Name: name})
	case "submit":
		return by.plans.SubmitPaymentPlan(ctx, &disbursementsv1.SubmitPaymentPlanRequest{Name: name})
	case "approve":
		return by.plans.ApprovePaymentPlan(ctx, &disbursementsv1.ApprovePaymentPlanRequest{Name: name, Digest: digest})
	case "authorize":
		return by.plans.AuthorizePaymentPlan(ctx, &disbursementsv1.AuthorizePaymentPlanRequest{Name: name, Digest: digest})
	case "release":
		return by.plans.ReleasePaymentPlan(ctx, &disbursementsv1.ReleasePaymentPlanRequest{Name: name, RequestId: key(), Digest: digest})
	case "reject":
		return by.plans.RejectPaymentPlan(ctx, &disbursementsv1.RejectPaymentPlanRequest{Name: name})
	default:
		return by.plans.AbortPaymentPlan(ctx, &disbursementsv1.AbortPaymentPlanRequest{Name: name})
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
		if verb == "lock" {
			b.looked(plan)
		}
	}
}

// looked has an officer look at each family that a plan asks for.
func (b *bench) looked(plan string) {
	b.t.Helper()
	officer := b.person("looker", policyv1.Role_ROLE_PROTECTION_OFFICER)
	for _, l := range b.plan(plan).GetLooks() {
		if _, err := officer.plans.LookAtPaymentPlan(context.Background(), &disbursementsv1.LookAtPaymentPlanRequest{Name: plan, Family: l.GetFamily()}); err != nil {
			b.t.Fatalf("look: %v", err)
		}
	}
}
