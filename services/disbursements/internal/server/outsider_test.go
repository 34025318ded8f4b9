package server_test

import (
	"context"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
)

const timestamp = "google.protobuf.Timestamp"

// seen are all answers that an auditor gets about one payment that was made,
// fetched, settled and confirmed.
func (b *bench) seen(plan, payment string) []proto.Message {
	b.t.Helper()
	ctx, a := context.Background(), b.person("auditor", policyv1.Role_ROLE_AUDITOR)
	var list []proto.Message
	read := func(m proto.Message, err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
		list = append(list, m)
	}
	p := must[*disbursementsv1.PaymentPlan](b.t, "read plan")(a.plans.GetPaymentPlan(ctx, &disbursementsv1.GetPaymentPlanRequest{Name: plan}))
	round := p.GetAllocationRound()
	list = append(list, p)
	read(a.plans.ListPaymentPlans(ctx, &disbursementsv1.ListPaymentPlansRequest{}))
	read(a.rounds.GetAllocationRound(ctx, &disbursementsv1.GetAllocationRoundRequest{Name: round}))
	read(a.rounds.ListAllocationRounds(ctx, &disbursementsv1.ListAllocationRoundsRequest{}))
	read(a.rounds.ListAllocations(ctx, &disbursementsv1.ListAllocationsRequest{Parent: round}))
	awards := must[*disbursementsv1.ListAwardsResponse](b.t, "list awards")(a.awards.ListAwards(ctx, &disbursementsv1.ListAwardsRequest{}))
	list = append(list, awards)
	read(a.awards.GetAward(ctx, &disbursementsv1.GetAwardRequest{Name: awards.GetAwards()[0].GetName()}))
	read(a.files.ListPaymentFiles(ctx, &disbursementsv1.ListPaymentFilesRequest{Parent: plan}))
	read(a.payments.GetPayment(ctx, &disbursementsv1.GetPaymentRequest{Name: payment}))
	read(a.payments.ListPayments(ctx, &disbursementsv1.ListPaymentsRequest{}))
	read(a.payments.ListAttempts(ctx, &disbursementsv1.ListAttemptsRequest{Parent: payment}))
	statements := must[*disbursementsv1.ListStatementsResponse](b.t, "list statements")(a.books.ListStatements(ctx, &disbursementsv1.ListStatementsRequest{}))
	list = append(list, statements)
	read(a.books.GetStatement(ctx, &disbursementsv1.GetStatementRequest{Name: statements.GetStatements()[0].GetName()}))
	read(a.books.ListUnmatchedLines(ctx, &disbursementsv1.ListUnmatchedLinesRequest{}))
	read(a.rails.ListRails(ctx, &disbursementsv1.ListRailsRequest{}))
	version := must[*disbursementsv1.PolicyVersion](b.t, "propose")(b.proposed("proposer", table(&ledgerv1.HandsRow{Persons: 2})))
	must[*disbursementsv1.PolicyVersion](b.t, "confirm")(b.confirmed("second", version.GetName()))
	read(a.policies.ListPolicyVersions(ctx, &disbursementsv1.ListPolicyVersionsRequest{Parent: "policies/hands"}))
	return list
}

// walk visits every field that is set in a message and in the messages in it.
func walk(m protoreflect.Message, visit func(protoreflect.FieldDescriptor, protoreflect.Value)) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		visit(f, v)
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				walk(v.List().Get(i).Message(), visit)
			}
		case f.Message() != nil:
			walk(v.Message(), visit)
		}
		return true
	})
}

// times are the names of all fields of the contract that hold a time.
func times() []protoreflect.FullName {
	var list []protoreflect.FullName
	var collect func(protoreflect.MessageDescriptors)
	collect = func(messages protoreflect.MessageDescriptors) {
		for i := range messages.Len() {
			fields := messages.Get(i).Fields()
			for j := range fields.Len() {
				if m := fields.Get(j).Message(); m != nil && m.FullName() == timestamp {
					list = append(list, fields.Get(j).FullName())
				}
			}
			collect(messages.Get(i).Messages())
		}
	}
	protoregistry.GlobalFiles.RangeFilesByPackage("solidarity.disbursements.v1", func(f protoreflect.FileDescriptor) bool {
		collect(f.Messages())
		return true
	})
	return list
}

// TestAnAuditorSeesNoFamilyAndNoTimeOfDay walks all that an auditor is told.
func TestAnAuditorSeesNoFamilyAndNoTimeOfDay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan, y := b.settled()
	code := must[*disbursementsv1.IssueCodeResponse](t, "issue code")(b.verifier("desk").payments.IssueCode(context.Background(),
		&disbursementsv1.IssueCodeRequest{Name: y}))
	must[*disbursementsv1.Confirmation](t, "confirm")(b.confirm(code.GetHandle(), code.GetCode(), disbursementsv1.PaymentAnswer_PAYMENT_ANSWER_RECEIVED))
	hidden := []protoreflect.Name{
		"aid_request", "cycle", "part", "outcome", "held_back_reason", "family", "failure_reason", "answer", "code_issued",
		"reported_by_owner", "end_to_end_id", "payment_file",
	}
	told := map[protoreflect.FullName]bool{}
	for _, m := range b.seen(plan, y) {
		walk(m.ProtoReflect(), func(f protoreflect.FieldDescriptor, v protoreflect.Value) {
			if slices.Contains(hidden, f.Name()) {
				t.Errorf("an auditor is told %s", f.FullName())
			}
			if f.Message() == nil || f.Message().FullName() != timestamp {
				return
			}
			told[f.FullName()] = true
			at, ok := v.Message().Interface().(*timestamppb.Timestamp)
			if !ok || at.GetSeconds()%86_400 != 0 || at.GetNanos() != 0 {
				t.Errorf("an auditor is told the time of day in %s", f.FullName())
			}
		})
	}
	// Then no time was left unseen, and those who work on it see all.
	for _, name := range times() {
		if !told[name] {
			t.Errorf("the test never saw %s", name)
		}
	}
	if got := b.payments(plan)[0].GetState(); got != disbursementsv1.PaymentState_PAYMENT_STATE_CONFIRMED {
		t.Errorf("a treasurer sees %v", got)
	}
	for _, y := range must[*disbursementsv1.ListPaymentsResponse](t, "list")(b.person("auditor", policyv1.Role_ROLE_AUDITOR).payments.ListPayments(
		context.Background(), &disbursementsv1.ListPaymentsRequest{})).GetPayments() {
		if y.GetState() != disbursementsv1.PaymentState_PAYMENT_STATE_SETTLED {
			t.Errorf("an auditor sees %v", y.GetState())
		}
	}
}

// TestAllocationsAreNumberedAtRandom simulates one round twice: the snapshot is the
// same, the order is not.
func TestAllocationsAreNumberedAtRandom(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 12 {
		b.families.need(i+1, 1_000)
	}
	b.ledger.SetAvailable("general", 12_000)
	name := b.open(12_000)
	var orders [2][]string
	var digests [2][]byte
	for i := range orders {
		digests[i] = b.simulate(name).GetSnapshotDigest()
		list := must[*disbursementsv1.ListAllocationsResponse](t, "list")(b.treasurer("reader").rounds.ListAllocations(
			context.Background(), &disbursementsv1.ListAllocationsRequest{Parent: name})).GetAllocations()
		for _, a := range list {
			orders[i] = append(orders[i], a.GetAidRequest())
		}
	}
	if slices.Equal(orders[0], orders[1]) || slices.IsSorted(orders[0]) {
		t.Errorf("numbered in the order %v", orders[0])
	}
	if !slices.Equal(digests[0], digests[1]) {
		t.Error("the snapshot depends on the order")
	}
}
