package server_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// newMessage is an empty message of a generated type.
func newMessage(t testing.TB, name protoreflect.FullName) proto.Message {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(name)
	must(t, err)
	return kind.New().Interface()
}

func TestEveryCallWorksForWhoMay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	eachCall(t, func(m protoreflect.MethodDescriptor, c call) {
		if _, err := invoke(t, c.as(b), m, c.given(b)); err != nil {
			t.Errorf("%s: %v", m.Name(), err)
		}
	})
}

// spoiled is a way in which a valid request is wrong, and the field that is to blame.
type spoiled struct {
	field string
	spoil func(m protoreflect.Message)
}

// spoilings are ways to spoil a request, made from what its fields are: names of
// resources, enums, and the parts of a list call.
func spoilings(d protoreflect.MessageDescriptor) (all []spoiled) {
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		set := func(v protoreflect.Value) {
			all = append(all, spoiled{f.JSONName(), func(m protoreflect.Message) { m.Set(f, v) }})
		}
		switch {
		case f.IsList():
		case f.Kind() == protoreflect.EnumKind:
			set(protoreflect.ValueOfEnum(99))
			set(protoreflect.ValueOfEnum(-1))
		case f.Name() == "page_size":
			set(protoreflect.ValueOfInt32(-1))
		case f.Name() == "page_token":
			set(protoreflect.ValueOfString("made up"))
		case f.Name() == "filter":
			set(protoreflect.ValueOfString("((("))
			set(protoreflect.ValueOfString(`unknown_field = "x"`))
		case namesResource(f):
			for _, wrong := range []string{"families", "families/", "families/f_1/", "/families/f_1", "families/../f_1", "f_1", "partners/pt_1", "families/" + strings.Repeat("x", 65), "families/f_\x00"} {
				set(protoreflect.ValueOfString(wrong))
			}
		}
	}
	return all
}

// namesResource reports whether a field holds the name of a resource.
func namesResource(f protoreflect.FieldDescriptor) bool {
	switch f.Name() {
	case "name", "parent", "family", "plan", "round", "payment", "aid_request", "prisoner":
		return f.Kind() == protoreflect.StringKind
	}
	return false
}

// Whatever the method: a name, an enum, a page or a filter that is wrong is refused by
// its field, before anything is done.
func TestWhatIsWrongInARequestIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	count := 0
	eachCall(t, func(m protoreflect.MethodDescriptor, c call) {
		valid, conn := c.given(b), c.as(b)
		for _, s := range spoilings(m.Input()) {
			req := proto.Clone(valid)
			s.spoil(req.ProtoReflect())
			_, err := invoke(t, conn, m, req)
			if f := fault.As(err); f == nil || f.Kind != fault.Invalid || len(f.Violations) == 0 || f.Violations[0].Field != s.field {
				t.Errorf("%s with %v: %v, want a violation of %s", m.Name(), req, err, s.field)
			}
			count++
		}
		// The valid request still is: nothing was done by the wrong ones.
		if _, err := invoke(t, conn, m, valid); err != nil {
			t.Errorf("%s after wrong requests: %v", m.Name(), err)
		}
	})
	t.Logf("%d wrong requests", count)
}

func TestWhatIsWrongInAReleaseOrAReservationIsNamed(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	family, d := b.verified(), b.disbursements()
	release := func(spoil func(r *familiesv1.ReleaseDestinationRequest)) error {
		r := b.newRelease(family)
		spoil(r)
		_, err := d.release.ReleaseDestination(ctx, r)
		return err
	}
	cycle := &familiesv1.RequestCycle{AidRequest: family + "/aidRequests/a_1", Cycle: 1}
	reserve := func(cycles ...*familiesv1.RequestCycle) error {
		_, err := d.input.ReserveRequests(ctx, &familiesv1.ReserveRequestsRequest{Round: "allocationRounds/r_1", Commit: 1, Cycles: cycles})
		return err
	}
	reserveIn := func(round string, commit int32) error {
		_, err := d.input.ReserveRequests(ctx, &familiesv1.ReserveRequestsRequest{Round: round, Commit: commit, Cycles: []*familiesv1.RequestCycle{cycle}})
		return err
	}
	unreserve := func(round string, commit int32) error {
		_, err := d.input.UnreserveRequests(ctx, &familiesv1.UnreserveRequestsRequest{Round: round, Commit: commit})
		return err
	}
	report := func(cycle int32) error {
		_, err := d.input.ReportPaid(ctx, &familiesv1.ReportPaidRequest{AidRequest: family + "/aidRequests/a_1", Cycle: cycle})
		return err
	}
	reportOf := func(source *familiesv1.ReportPaidRequest) error {
		source.AidRequest, source.Cycle = cycle.GetAidRequest(), 1
		_, err := d.input.ReportPaid(ctx, source)
		return err
	}
	judge := func(code string) error {
		_, err := d.release.JudgeCode(ctx, &familiesv1.JudgeCodeRequest{Payment: "payments/y_1", Code: code})
		return err
	}
	many := make([]*familiesv1.RequestCycle, 501)
	for i := range many {
		many[i] = &familiesv1.RequestCycle{AidRequest: "families/f/aidRequests/a", Cycle: 1}
	}
	for _, c := range []struct {
		field string
		err   error
	}{
		{"attempt", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Attempt = 0 })},
		{"attempt", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Attempt = -1 })},
		{"rail", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Rail = "" })},
		{"rail", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Rail = strings.Repeat("r", 33) })},
		{"digest", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Digest = nil })},
		{"digest", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Digest = make([]byte, 31) })},
		{"amount", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Amount = nil })},
		{"amount.minorUnits", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Amount = postingtest.Money(0) })},
		{"payment", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Payment = "paymentPlans/l_1/payments/" })},
		{"shares[0].aidRequest", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Shares[0].AidRequest = "a_1" })},
		{"shares[0].cycle", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Shares[0].Cycle = 0 })},
		{"shares[0].roundCommit.round", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Shares[0].Source = nil })},
		{"shares[0].roundCommit.committer", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Shares[0].GetRoundCommit().Committer = "" })},
		{"shares[0].roundCommit.digest", release(func(r *familiesv1.ReleaseDestinationRequest) { r.Shares[0].GetRoundCommit().Digest = nil })},
		{"shares[0].emergencyApproval.emergencyGrant", release(approvedBy("e_1", "staff/s_1", "staff/s_2"))},
		{"shares[0].emergencyApproval.approvers", release(approvedBy("emergencyGrants/e_1", "staff/s_1"))},
		{"shares[0].emergencyApproval.approvers[1]", release(approvedBy("emergencyGrants/e_1", "staff/s_1", "staff/s_1"))},
		{"shares[0].emergencyApproval.approvers[0]", release(approvedBy("emergencyGrants/e_1", "s_1", "staff/s_2"))},
		{"cycles", reserve()},
		{"cycles", reserve(many...)},
		{"cycles[1]", reserve(cycle, cycle)},
		{"cycles[0].aidRequest", reserve(&familiesv1.RequestCycle{AidRequest: family, Cycle: 1})},
		{"cycles[0].cycle", reserve(&familiesv1.RequestCycle{AidRequest: cycle.GetAidRequest()})},
		{"cycles[1].cycle", reserve(cycle, &familiesv1.RequestCycle{AidRequest: cycle.GetAidRequest(), Cycle: 25})},
		{"round", reserveIn("rounds/r_1", 1)},
		{"commit", reserveIn("allocationRounds/r_1", 0)},
		{"commit", reserveIn("allocationRounds/r_1", -1)},
		{"round", unreserve("", 1)},
		{"commit", unreserve("allocationRounds/r_1", 0)},
		{"round", reportOf(&familiesv1.ReportPaidRequest{Source: &familiesv1.ReportPaidRequest_Round{Round: "emergencyGrants/e_1"}})},
		{"emergencyGrant", reportOf(&familiesv1.ReportPaidRequest{Source: &familiesv1.ReportPaidRequest_EmergencyGrant{EmergencyGrant: "allocationRounds/r_1"}})},
		{"cycle", report(0)},
		{"cycle", report(25)},
		{"code", judge("")},
		{"code", judge("1234567a")},
		{"code", judge("１２３４５６７８")}, // digits, but not ours
	} {
		violates(t, c.field, c.err, c.field)
	}
	if n := b.count(`SELECT (SELECT count(*) FROM releases) + (SELECT count(*) FROM round_commits WHERE round = 'allocationRounds/r_1')`); n != 0 {
		t.Errorf("%d rows were written", n)
	}
}

// approvedBy makes a share of a grant with approvers.
func approvedBy(grant string, approvers ...string) func(*familiesv1.ReleaseDestinationRequest) {
	return func(r *familiesv1.ReleaseDestinationRequest) {
		r.Shares[0].Source = &familiesv1.ReleaseDestinationRequest_Share_EmergencyApproval{
			EmergencyApproval: &familiesv1.ReleaseDestinationRequest_EmergencyApproval{EmergencyGrant: grant, Approvers: approvers},
		}
	}
}
