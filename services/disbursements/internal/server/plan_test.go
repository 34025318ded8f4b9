package server_test

import (
	"context"
	"slices"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// everything is a person who holds both roles.
func (b *bench) everything(name string) person {
	return b.person(name, policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER)
}

// TestOnePersonTakesOnlyOnePartInAPlan refuses at each step everybody who took an
// earlier one, and whoever knows a family: by the rules of the domain also where
// the database has lost its constraints.
func TestOnePersonTakesOnlyOnePartInAPlan(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"with the database": "SELECT 1",
		"without": `ALTER TABLE plan_acts DROP CONSTRAINT plan_acts_plan_id_person_hat_fkey;
			ALTER TABLE plan_persons DROP CONSTRAINT plan_persons_one_hat; DROP TRIGGER plan_acts_check ON plan_acts;
			ALTER TABLE plan_persons ADD CONSTRAINT x UNIQUE (plan_id, person, hat)`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			if _, err := postgrestest.Owner(t, b.db).Pool.Exec(context.Background(), sql); err != nil {
				t.Fatal(err)
			}
			b.onePersonOnePart()
		})
	}
}

func (b *bench) onePersonOnePart() {
	t := b.t
	plan := b.planned(1)
	b.steps(plan, "lock", "submit")
	earlier := []string{"maker"}
	for _, next := range []struct{ verb, by string }{
		{"approve", "approver"}, {"authorize", "authorizer"}, {"release", "releaser"},
	} {
		for _, who := range earlier {
			_, err := step(context.Background(), b.everything(who), next.verb, plan)
			refused(t, next.verb+" by "+who, err, "SAME_PERSON")
		}
		_, err := step(context.Background(), b.everything("involved"), next.verb, plan)
		refused(t, next.verb+" by somebody involved", err, "INVOLVED_PERSON")
		b.steps(plan, next.verb)
		earlier = append(earlier, next.by)
	}
}

func TestTheDatabaseKeepsPersonsApartToo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	b.steps(plan, "lock", "submit", "approve")
	id := plan[len("paymentPlans/"):]
	for name, sql := range map[string]string{
		"a second hat":       `INSERT INTO plan_persons VALUES ($1, 'staff/s_approver', 'RELEASER')`,
		"a decision bare":    `INSERT INTO plan_acts (plan_id, kind, person, digest, created_at) SELECT id, 'RELEASE', 'staff/s_approver', digest, now() FROM payment_plans WHERE id = $1`,
		"another's hat":      `INSERT INTO plan_acts (plan_id, kind, person, hat, digest, created_at) SELECT id, 'RELEASE', 'staff/s_approver', 'RELEASER', digest, now() FROM payment_plans WHERE id = $1`,
		"another digest":     `WITH h AS (INSERT INTO plan_persons VALUES ($1, 'staff/s_x', 'RELEASER')) INSERT INTO plan_acts (plan_id, kind, person, hat, digest, created_at) VALUES ($1, 'RELEASE', 'staff/s_x', 'RELEASER', sha256('x'), now())`,
		"a payment for free": `UPDATE payments SET state = 'SENT' WHERE plan_id = $1`,
	} {
		if _, err := b.db.Pool.Exec(context.Background(), sql, id); err == nil {
			t.Errorf("the database takes %s", name)
		}
	}
}

func TestAPlanIsLockedBeforeItIsDecidedAbout(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	for _, verb := range []string{"submit", "approve", "authorize", "release", "unlock", "reject"} {
		_, err := step(context.Background(), b.everything("somebody"), verb, plan)
		refused(t, verb+" in DRAFT", err, "ILLEGAL_STATE")
	}
}

func TestAnEditVoidsWhatWasApproved(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(2)
	b.steps(plan, "lock", "submit", "approve")
	first := b.payments(plan)[0].GetName()
	// Given an approved plan, a payment cannot be taken out,
	_, err := b.treasurer("maker").payments.CancelPayment(context.Background(), &disbursementsv1.CancelPaymentRequest{Name: first})
	refused(t, "edit after approval", err, "PLAN_NOT_DRAFT")
	// when it is unlocked and edited, the approval is void,
	b.steps(plan, "unlock")
	must[*disbursementsv1.Payment](t, "edit")(b.treasurer("maker").payments.CancelPayment(context.Background(),
		&disbursementsv1.CancelPaymentRequest{Name: first}))
	before := must[*disbursementsv1.PaymentPlan](t, "get")(b.treasurer("t").plans.GetPaymentPlan(context.Background(),
		&disbursementsv1.GetPaymentPlanRequest{Name: plan}))
	b.steps(plan, "lock", "submit")
	// and it has to be approved again, over another digest.
	_, err = step(context.Background(), b.treasurer("authorizer"), "authorize", plan)
	refused(t, "authorise without an approval", err, "ILLEGAL_STATE")
	after := must[*disbursementsv1.PaymentPlan](t, "get")(b.treasurer("t").plans.GetPaymentPlan(context.Background(),
		&disbursementsv1.GetPaymentPlanRequest{Name: plan}))
	approval := slices.IndexFunc(after.GetActs(), func(a *disbursementsv1.PaymentPlan_Act) bool {
		return a.GetKind() == disbursementsv1.PaymentPlanActKind_PAYMENT_PLAN_ACT_KIND_APPROVE
	})
	if !after.GetActs()[approval].GetVoid() || slices.Equal(after.GetDigest(), after.GetActs()[approval].GetDigest()) {
		t.Errorf("acts: %v", after.GetActs())
	}
	if len(before.GetDigest()) != 0 || after.GetPaymentCount() != 1 || after.GetTotal().GetMinorUnits() != 10_000 {
		t.Errorf("plan: %v", after)
	}
	// Who approves what they did not look at is told so.
	_, err = b.approver("approver").plans.ApprovePaymentPlan(context.Background(), &disbursementsv1.ApprovePaymentPlanRequest{
		Name: plan, Digest: after.GetActs()[approval].GetDigest(),
	})
	refused(t, "approve the old digest", err, "PLAN_CHANGED")
}

// TestNobodySignsWhatTheyDoNotName asks for the digest where something is signed.
func TestNobodySignsWhatTheyDoNotName(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx, plan := context.Background(), b.planned(1)
	for _, test := range []struct {
		before []string
		sign   func(digest []byte) error
	}{
		{[]string{"lock", "submit"}, func(digest []byte) error {
			_, err := b.approver("approver").plans.ApprovePaymentPlan(ctx, &disbursementsv1.ApprovePaymentPlanRequest{Name: plan, Digest: digest})
			return err
		}},
		{[]string{"approve"}, func(digest []byte) error {
			_, err := b.treasurer("authorizer").plans.AuthorizePaymentPlan(ctx, &disbursementsv1.AuthorizePaymentPlanRequest{Name: plan, Digest: digest})
			return err
		}},
		{[]string{"authorize"}, func(digest []byte) error {
			_, err := b.treasurer("releaser").plans.ReleasePaymentPlan(ctx, &disbursementsv1.ReleasePaymentPlanRequest{
				Name: plan, Digest: digest, RequestId: key(),
			})
			return err
		}},
	} {
		b.steps(plan, test.before...)
		for _, digest := range [][]byte{nil, make([]byte, 31)} {
			if f := fault.As(test.sign(digest)); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != "digest" {
				t.Errorf("after %v without a digest: %v", test.before, f)
			}
		}
		refused(t, "another digest", test.sign(make([]byte, 32)), "PLAN_CHANGED")
	}
	b.steps(plan, "release")
}

func TestADecisionExpires(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(1)
	b.steps(plan, "lock", "submit", "approve")
	b.clock.move(8 * 24 * time.Hour)
	_, err := step(context.Background(), b.treasurer("authorizer"), "authorize", plan)
	refused(t, "authorise on an old approval", err, "APPROVAL_EXPIRED")
	b.steps(plan, "reject", "lock")
}

func TestARepeatedReleaseReleasesOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(2)
	b.steps(plan, "lock", "submit", "approve", "authorize")
	req := &disbursementsv1.ReleasePaymentPlanRequest{
		Name: plan, RequestId: key(), Digest: looked(context.Background(), b.treasurer("releaser"), plan),
	}
	for range 2 {
		if _, err := b.treasurer("releaser").plans.ReleasePaymentPlan(context.Background(), req); err != nil {
			t.Fatalf("release: %v", err)
		}
	}
	_, err := b.treasurer("releaser").plans.ReleasePaymentPlan(context.Background(), &disbursementsv1.ReleasePaymentPlanRequest{
		Name: plan, RequestId: key(), Digest: looked(context.Background(), b.treasurer("releaser"), plan),
	})
	refused(t, "release again", err, "ILLEGAL_STATE")
	_, err = b.treasurer("releaser").plans.ReleasePaymentPlan(context.Background(), &disbursementsv1.ReleasePaymentPlanRequest{Name: plan})
	if f := fault.As(err); f == nil || f.Violations[0].Field != "requestId" {
		t.Errorf("release without a key: %v", err)
	}
}

func TestAnAbortedPlanFreesItsAwards(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.planned(2)
	round := must[*disbursementsv1.PaymentPlan](t, "abort")(step(context.Background(), b.treasurer("maker"), "abort", plan)).GetAllocationRound()
	again := must[*disbursementsv1.PaymentPlan](t, "plan again")(b.treasurer("other").plans.CreatePaymentPlan(context.Background(),
		&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "sepa", Sender: "rails/sepa/senders/main"}}))
	if again.GetPaymentCount() != 2 {
		t.Errorf("plan: %v", again)
	}
	_, err := b.treasurer("other").plans.CreatePaymentPlan(context.Background(),
		&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: round, Rail: "sepa"}})
	refused(t, "a plan of nothing", err, "NOTHING_TO_PAY")
}

func TestAWrongPlanNamesTheField(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	round := b.committed(1)
	unknown := "allocationRounds/r_00000000000000000000000000"
	for field, plan := range map[string]*disbursementsv1.PaymentPlan{
		"allocationRound": {AllocationRound: unknown, Rail: "sepa"},
		"rail":            {AllocationRound: round, Rail: "rails/pigeon"},
		"sender":          {AllocationRound: round, Rail: "rails/sepa", Sender: "rails/sepa/senders/nobody"},
	} {
		_, err := b.treasurer("maker").plans.CreatePaymentPlan(context.Background(), &disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: plan})
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != field {
			t.Errorf("%v, want field %s", err, field)
		}
	}
	_, err := b.treasurer("maker").plans.GetPaymentPlan(context.Background(), &disbursementsv1.GetPaymentPlanRequest{Name: "paymentPlans/p_x"})
	refused(t, "unknown plan", err, "NOT_FOUND")
}

func TestSeveralAwardsOfAFamilyAreOnePayment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.families.need(1, 5_000)
	b.ledger.SetAvailable("general", 15_000)
	name := b.open(15_000)
	b.simulate(name)
	must[*disbursementsv1.AllocationRound](t, "commit")(b.commit(name))
	plan := must[*disbursementsv1.PaymentPlan](t, "plan")(b.treasurer("maker").plans.CreatePaymentPlan(context.Background(),
		&disbursementsv1.CreatePaymentPlanRequest{PaymentPlan: &disbursementsv1.PaymentPlan{AllocationRound: name, Rail: "sepa"}}))
	list := b.payments(plan.GetName())
	if len(list) != 1 || list[0].GetAmount().GetMinorUnits() != 15_000 || len(list[0].GetShares()) != 2 {
		t.Errorf("payments: %v", list)
	}
}
