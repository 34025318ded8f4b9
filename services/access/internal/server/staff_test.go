package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/testing/protocmp"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestSomebodyIsEnrolledOnceUnderOnePseudonym(t *testing.T) {
	t.Parallel()
	b := founded(t)
	first, second := b.enrol("ada"), b.enrol("ada")
	if first != second || first == b.enrol("bob") {
		t.Errorf("pseudonyms %s and %s", first, second)
	}
	// Where the answer of the ledger is lost, a repeat is about the same pseudonym.
	b.ledger.FailNext("Record", true)
	if _, err := b.proposeStaff(olga, "kim"); err == nil {
		t.Fatal("nothing was lost")
	}
	kim, err := b.proposeStaff(olga, "kim")
	if err != nil {
		t.Fatal(err)
	}
	b.ledger.FailNext("Record", true)
	if _, err := b.confirmStaff(oleg, kim.GetName(), "kim"); err == nil {
		t.Fatal("nothing was lost")
	}
	if _, err := b.resolve("kim"); !fault.Is(err, "STAFF_UNKNOWN") {
		t.Errorf("half enrolled: %v", err)
	}
	if name := b.enrol("kim"); name != kim.GetName() {
		t.Errorf("%s became %s", kim.GetName(), name)
	}
	if got, err := b.resolve("kim"); err != nil || got.GetPerson() != kim.GetName() {
		t.Errorf("%v: %v", got, err)
	}
}

func TestAFrozenPersonIsResolvedWithoutRoles(t *testing.T) {
	t.Parallel()
	b := founded(t)
	b.grant("worker", caseworker)
	self, err := b.person(oleg).GetSelf(t.Context(), &accessv1.GetSelfRequest{})
	if err != nil {
		t.Fatal(err)
	}
	frozen, err := b.person("worker").FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: self.GetName()})
	if err != nil {
		t.Fatal(err)
	}
	if frozen.GetFreezeExpireTime() == nil {
		t.Error("the answer does not say until when")
	}
	got, err := b.resolve(oleg)
	if err != nil || !got.GetFrozen() || len(got.GetRoles()) != 0 {
		t.Errorf("frozen %t with %v: %v", got.GetFrozen(), got.GetRoles(), err)
	}
	// The ledger knows it too, and so no decision of theirs is taken.
	decisions := b.ledger.Decisions()
	if last := decisions[len(decisions)-1]; last.GetContent().GetFreeze().GetSubject() != self.GetName() || last.GetPerson() == "" {
		t.Errorf("the last leaf is %v", last)
	}
}

func TestAPersonInDangerCanFreezeThemselves(t *testing.T) {
	t.Parallel()
	b := founded(t)
	worker := b.grant("worker", caseworker)
	if _, err := b.person("worker").FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: worker}); err != nil {
		t.Error(err)
	}
}

func TestAnAuditorFreezesNobody(t *testing.T) {
	t.Parallel()
	b := founded(t)
	worker := b.grant("worker", caseworker)
	b.grant("auditor", policyv1.Role_ROLE_AUDITOR)
	_, err := b.person("auditor").FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: worker})
	if !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("an auditor freezes: %v", err)
	}
}

func TestFreezingWithTheSameKeyIsReplayed(t *testing.T) {
	t.Parallel()
	b := founded(t)
	worker, other := b.grant("worker", caseworker), b.grant("other", treasurer)
	client := b.person("worker")
	req := &accessv1.FreezeStaffRequest{Name: other, RequestId: "6f1c2a3e-0d5b-4c8a-9b7e-1f2d3c4b5a69"}
	var answers [2]*accessv1.Staff
	var replayed [2][]string
	for i := range answers {
		var header metadata.MD
		var err error
		if answers[i], err = client.FreezeStaff(t.Context(), req, grpc.Header(&header)); err != nil {
			t.Fatal(err)
		}
		replayed[i] = header.Get("idempotent-replayed")
	}
	if diff := cmp.Diff(answers[0], answers[1], protocmp.Transform()); diff != "" {
		t.Errorf("the answers differ:\n%s", diff)
	}
	if len(replayed[0]) != 0 || len(replayed[1]) != 1 {
		t.Errorf("replayed headers %v", replayed)
	}
	_, err := client.FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: worker, RequestId: req.RequestId})
	if !fault.Is(err, "IDEMPOTENCY_KEY_REUSED") {
		t.Errorf("the key with another request: %v", err)
	}
}

func TestAWrongNameIsNotFrozen(t *testing.T) {
	t.Parallel()
	b := founded(t)
	b.grant("worker", caseworker)
	client := b.person("worker")
	if _, err := client.FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: "families/f_1"}); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("a family: %v", err)
	}
	if _, err := client.FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: "staff/s_nobody"}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestEverybodySeesThemselves(t *testing.T) {
	t.Parallel()
	b := founded(t)
	name := b.grant("ada", policyv1.Role_ROLE_OPERATOR)
	got, err := b.person("ada").GetSelf(t.Context(), &accessv1.GetSelfRequest{})
	if err != nil || got.GetName() != name || len(got.GetGrants()) != 1 {
		t.Errorf("%v: %v", got, err)
	}
}

func TestColleaguesListAllPeoplePageByPage(t *testing.T) {
	t.Parallel()
	b := founded(t)
	want := map[string]bool{}
	for _, subject := range []string{"a", "b", "c"} {
		want[b.grant(subject, treasurer)] = true
	}
	for _, subject := range []string{olga, oleg} {
		self, err := b.person(subject).GetSelf(t.Context(), &accessv1.GetSelfRequest{})
		if err != nil {
			t.Fatal(err)
		}
		want[self.GetName()] = true
	}
	got := map[string]bool{}
	req := &accessv1.ListStaffRequest{PageSize: 3}
	for {
		resp, err := b.person(olga).ListStaff(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range resp.GetStaff() {
			got[m.GetName()] = true
			if len(m.GetGrants()) != 1 {
				t.Errorf("%v", m)
			}
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	if _, err := b.person("a").ListStaff(t.Context(), &accessv1.ListStaffRequest{}); err != nil {
		t.Errorf("a treasurer lists people: %v", err)
	}
	b.grant("auditor", policyv1.Role_ROLE_AUDITOR)
	if _, err := b.person("auditor").ListStaff(t.Context(), &accessv1.ListStaffRequest{}); !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("an auditor lists people: %v", err)
	}
}
