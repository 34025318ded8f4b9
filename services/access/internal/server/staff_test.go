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

func TestAFrozenPersonIsResolvedWithoutRoles(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	worker := b.mint("worker", policyv1.Role_ROLE_CASEWORKER)
	officer := b.mint("officer", policyv1.Role_ROLE_PROTECTION_OFFICER)

	frozen, err := b.person(worker, policyv1.Role_ROLE_CASEWORKER).FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: officer})
	if err != nil {
		t.Fatal(err)
	}
	if frozen.GetFreezeExpireTime() == nil {
		t.Error("the answer does not say until when")
	}
	got, err := b.service("ledger").ResolveCaller(t.Context(), &accessv1.ResolveCallerRequest{Issuer: issuer, Subject: "officer"})
	if err != nil || !got.GetFrozen() || len(got.GetRoles()) != 0 {
		t.Errorf("frozen %t with %v: %v", got.GetFrozen(), got.GetRoles(), err)
	}
}

func TestAPersonInDangerCanFreezeThemselves(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	worker := b.mint("worker", policyv1.Role_ROLE_CASEWORKER)
	if _, err := b.person(worker, policyv1.Role_ROLE_CASEWORKER).FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: worker}); err != nil {
		t.Error(err)
	}
}

func TestAnAuditorFreezesNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	worker, auditor := b.mint("worker", policyv1.Role_ROLE_CASEWORKER), b.mint("auditor", policyv1.Role_ROLE_AUDITOR)
	_, err := b.person(auditor, policyv1.Role_ROLE_AUDITOR).FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: worker})
	if !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("an auditor freezes: %v", err)
	}
}

func TestFreezingWithTheSameKeyIsReplayed(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	worker, officer := b.mint("worker", policyv1.Role_ROLE_CASEWORKER), b.mint("officer", policyv1.Role_ROLE_PROTECTION_OFFICER)
	client := b.person(worker, policyv1.Role_ROLE_CASEWORKER)
	req := &accessv1.FreezeStaffRequest{Name: officer, RequestId: "6f1c2a3e-0d5b-4c8a-9b7e-1f2d3c4b5a69"}
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
	b := newBench(t, true)
	worker := b.mint("worker", policyv1.Role_ROLE_CASEWORKER)
	client := b.person(worker, policyv1.Role_ROLE_CASEWORKER)
	if _, err := client.FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: "families/f_1"}); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("a family: %v", err)
	}
	if _, err := client.FreezeStaff(t.Context(), &accessv1.FreezeStaffRequest{Name: "staff/s_nobody"}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("nobody: %v", err)
	}
}

func TestEverybodySeesThemselves(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	name := b.mint("ada", policyv1.Role_ROLE_OPERATOR)
	got, err := b.person(name, policyv1.Role_ROLE_OPERATOR).GetSelf(t.Context(), &accessv1.GetSelfRequest{})
	if err != nil || got.GetName() != name || len(got.GetGrants()) != 1 {
		t.Errorf("%v: %v", got, err)
	}
}

func TestOfficersListAllPeoplePageByPage(t *testing.T) {
	t.Parallel()
	b := newBench(t, true)
	want := map[string]bool{}
	for _, subject := range []string{"a", "b", "c"} {
		want[b.mint(subject, policyv1.Role_ROLE_TREASURER)] = true
	}
	officer := b.mint("officer", policyv1.Role_ROLE_PROTECTION_OFFICER)
	want[officer] = true
	client := b.person(officer, policyv1.Role_ROLE_PROTECTION_OFFICER)

	got := map[string]bool{}
	req := &accessv1.ListStaffRequest{PageSize: 3}
	for {
		resp, err := client.ListStaff(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range resp.GetStaff() {
			got[m.GetName()] = true
		}
		if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("people (-want +got):\n%s", diff)
	}
	_, err := b.person(officer, policyv1.Role_ROLE_TREASURER).ListStaff(t.Context(), &accessv1.ListStaffRequest{})
	if !fault.Is(err, "PERMISSION_DENIED") {
		t.Errorf("a treasurer lists people: %v", err)
	}
}
