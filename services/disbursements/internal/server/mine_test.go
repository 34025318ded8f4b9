package server_test

import (
	"context"
	"slices"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// allOf reads all pages of a list of awards.
func allOf(t *testing.T, c disbursementsv1.AwardServiceClient, filter string) (all []*disbursementsv1.Award) {
	t.Helper()
	req := &disbursementsv1.ListAwardsRequest{Filter: filter, PageSize: 7}
	for {
		resp, err := c.ListAwards(context.Background(), req)
		if err != nil {
			t.Fatalf("%s: %v", filter, err)
		}
		all = append(all, resp.GetAwards()...)
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return all
		}
	}
}

// A list of what is allowed to the caller is what the whole list says of each row.
func TestAListLeavesWhatTheCallerCanDoSomethingWith(t *testing.T) {
	t.Parallel()
	b := newBenchWith(t, postgrestest.New(t, store.Migrations()), lax)
	b.fill()
	if _, err := b.db.Pool.Exec(t.Context(), `UPDATE awards SET state = 'AVAILABLE' WHERE id LIKE '%1'`); err != nil {
		t.Fatal(err)
	}
	for _, role := range []policyv1.Role{policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER, policyv1.Role_ROLE_AUDITOR} {
		awards := disbursementsv1.NewAwardServiceClient(b.rpc.As(identity.Caller{Person: "staff/s_reader", Roles: []policyv1.Role{role}}))
		var want, got []string
		for _, a := range allOf(t, awards, "") {
			if len(a.GetAllowedActions()) > 0 {
				want = append(want, a.GetName())
			}
		}
		for _, a := range allOf(t, awards, "allowed_to_me = true") {
			got = append(got, a.GetName())
		}
		if !slices.Equal(got, want) || role == policyv1.Role_ROLE_TREASURER && len(got) == 0 {
			t.Errorf("%s: %d rows, want %d", role, len(got), len(want))
		}
	}
	// An auditor finds out by no filter what an answer leaves out.
	auditor := disbursementsv1.NewPaymentServiceClient(b.rpc.As(identity.Caller{Person: "staff/s_reader", Roles: []policyv1.Role{policyv1.Role_ROLE_AUDITOR}}))
	_, err := auditor.ListPayments(t.Context(), &disbursementsv1.ListPaymentsRequest{Filter: `state = "FAILED"`})
	if f := fault.As(err); f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "filter" {
		t.Errorf("an auditor asks for states: %v", err)
	}
}
