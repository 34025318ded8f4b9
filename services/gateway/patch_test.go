package gateway_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// changed are the last changes and reads of versions that came.
type changed struct {
	member   *familiesv1.UpdateMemberRequest
	plan     *disbursementsv1.UpdatePaymentPlanRequest
	versions *familiesv1.ListVersionsRequest
}

type householdFake struct {
	familiesv1.UnimplementedHouseholdServiceServer
	*services
}

func (f householdFake) UpdateMember(ctx context.Context, req *familiesv1.UpdateMemberRequest) (*familiesv1.Member, error) {
	return &familiesv1.Member{Name: req.GetMember().GetName(), Etag: "v2"}, f.seen(ctx, func() { f.changed.member = req })
}

func (f householdFake) ListVersions(ctx context.Context, req *familiesv1.ListVersionsRequest) (*familiesv1.ListVersionsResponse, error) {
	return &familiesv1.ListVersionsResponse{Versions: []*familiesv1.Version{{Number: 1}}}, f.seen(ctx, func() { f.changed.versions = req })
}

type planFake struct {
	disbursementsv1.UnimplementedPaymentPlanServiceServer
	*services
}

func (f planFake) UpdatePaymentPlan(ctx context.Context, req *disbursementsv1.UpdatePaymentPlanRequest) (*disbursementsv1.PaymentPlan, error) {
	return &disbursementsv1.PaymentPlan{Name: req.GetPaymentPlan().GetName()}, f.seen(ctx, func() { f.changed.plan = req })
}

func TestAPatchTakesItsNameFromThePathAndItsMaskFromTheQuery(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const path = "/v1/families/f_1/members/m_1"
	a := b.do("PATCH", path+"?updateMask=fullName,birthYear&reason=CHANGE_REASON_ASKED", `{"fullName": "Марыя Прыдуманая", "etag": "v1"}`)
	got := look(b.services, func(s *services) *familiesv1.UpdateMemberRequest { return s.changed.member })
	if a.status != http.StatusOK || a.header.Get("ETag") != `"v2"` || a.header.Get("Location") != "" {
		t.Errorf("status %d, %v: %s", a.status, a.header, a.body)
	}
	if got.GetMember().GetName() != "families/f_1/members/m_1" || got.GetMember().GetEtag() != "v1" ||
		!slices.Equal(got.GetUpdateMask().GetPaths(), []string{"fullName", "birthYear"}) || got.GetReason() != familiesv1.ChangeReason_CHANGE_REASON_ASKED {
		t.Errorf("the service got %v", got)
	}
	// Without a mask none is made up.
	if a = b.do("PATCH", path, `{"fullName": "Марыя"}`); a.status != http.StatusOK {
		t.Errorf("status %d: %s", a.status, a.body)
	}
	if got = look(b.services, func(s *services) *familiesv1.UpdateMemberRequest { return s.changed.member }); len(got.GetUpdateMask().GetPaths()) != 0 {
		t.Errorf("a mask is made up: %v", got)
	}
	// What is a list of messages comes whole.
	a = b.do("PATCH", "/v1/paymentPlans/p_1?updateMask=leftOut", `{"leftOut": [{"family": "families/f_1"}, {"family": "families/f_2"}]}`)
	plan := look(b.services, func(s *services) *disbursementsv1.UpdatePaymentPlanRequest { return s.changed.plan })
	if a.status != http.StatusOK || plan.GetPaymentPlan().GetName() != "paymentPlans/p_1" || len(plan.GetPaymentPlan().GetLeftOut()) != 2 {
		t.Errorf("status %d, the service got %v", a.status, plan)
	}
	for what, c := range map[string][2]string{
		"an unknown field":           {path, `{"surname": "x"}`},
		"a field of the query twice": {path + "?reason=CHANGE_REASON_ASKED&reason=CHANGE_REASON_CHANGED", `{"fullName": "x"}`},
		"the member in the query":    {path + "?member.fullName=x", `{"birthYear": 1999}`},
		"an unknown reason":          {path + "?reason=BECAUSE", `{"fullName": "x"}`},
	} {
		if a := b.do("PATCH", c[0], c[1]); a.status != http.StatusBadRequest {
			t.Errorf("%s: status %d, %s", what, a.status, a.body)
		}
	}
}

func TestAnOldEtagIs412InAHeaderAnd409InTheBody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.services.set(func(s *services) {
		s.err = fault.New(fault.Aborted, fault.ReasonEtagMismatch, "Somebody has changed it.")
	})
	const path = "/v1/families/f_1/members/m_1"
	b.want("in the header", b.do("PATCH", path, `{"fullName": "x"}`, `If-Match: "v1"`), 412, "ETAG_MISMATCH")
	b.want("in the body", b.do("PATCH", path, `{"fullName": "x", "etag": "v1"}`), 409, "ETAG_MISMATCH")
}

func TestVersionsAreReadOfEachKind(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, parent := range []string{
		"families/f_1", "families/f_1/members/m_1", "families/f_1/contacts/c_1", "families/f_1/consents/n_1", "families/f_1/aidRequests/a_1",
	} {
		a := b.do("GET", "/v1/"+parent+"/versions?purpose=UNSEAL_PURPOSE_CORRECTION&pageSize=5", "")
		got := look(b.services, func(s *services) *familiesv1.ListVersionsRequest { return s.changed.versions })
		if a.status != http.StatusOK || got.GetParent() != parent || got.GetPageSize() != 5 {
			t.Errorf("%s: status %d, the service got %v", parent, a.status, got)
		}
	}
}
