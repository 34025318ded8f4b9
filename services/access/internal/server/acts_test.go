package server_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/server"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
)

func TestTheTablesHoldEveryVerbOfTheContract(t *testing.T) {
	t.Parallel()
	actiontest.Complete(t, "solidarity.access.v1", server.New(server.Options{}).Verbs())
}

func TestGrantsAndPeopleTellWhatCanBeDone(t *testing.T) {
	t.Parallel()
	// given two officers, colleagues, and a role that one officer proposes
	b := founded(t)
	ada, kim := b.enrol("ada"), b.grant("kim", caseworker)
	g, err := b.propose(olga, ada, treasurer)
	if err != nil {
		t.Fatal(err)
	}
	all := []actiontest.Actor{
		{Name: olga, Roles: []policyv1.Role{officer}, Conn: b.Bearing(olga)},
		{Name: oleg, Roles: []policyv1.Role{officer}, Conn: b.Bearing(oleg)},
		{Name: "kim", Roles: []policyv1.Role{caseworker}, Conn: b.Bearing("kim")},
	}
	grant := actiontest.Resource{
		Name: g.GetName(), Methods: b.server.Verbs()["solidarity/Grant"],
		Read: func(a actiontest.Actor) (actiontest.Seen, error) {
			return accessv1.NewStaffServiceClient(a.Conn).GetGrant(t.Context(), &accessv1.GetGrantRequest{Name: g.GetName()})
		},
		Fill: func(_ string, _ actiontest.Seen, req proto.Message) {
			if r, ok := req.(*accessv1.ConfirmGrantRequest); ok {
				r.Subject = "ada"
			}
		},
	}
	// then it tells the truth from its proposal to its end
	grant.Take(t, "confirm", all...)
	grant.Take(t, "revoke", all...) // it takes two to take it back
	grant.Take(t, "revoke", all...)
	if may := grant.Check(t, all...); len(may) > 0 {
		t.Errorf("a revoked grant allows %v", may)
	}
	// and a person does, who is frozen, longer by two, and free again by two
	person := actiontest.Resource{
		Name: kim, Methods: b.server.Verbs()["solidarity/Staff"],
		Read: func(a actiontest.Actor) (actiontest.Seen, error) {
			return accessv1.NewStaffServiceClient(a.Conn).GetStaff(t.Context(), &accessv1.GetStaffRequest{Name: kim})
		},
		Fill: func(_ string, _ actiontest.Seen, req proto.Message) {
			switch r := req.(type) {
			case *accessv1.ConfirmStaffRequest:
				r.Subject = "kim"
			case *accessv1.ExtendFreezeRequest:
				r.Until = b.now.Now().AddDate(0, 0, 10).Format(time.DateOnly)
			}
		},
	}
	person.Take(t, "setAway", all[2])
	person.Check(t, all...)
	for _, verb := range []string{"freeze", "extendFreeze", "unfreeze"} {
		person.Take(t, verb, all[:2]...) // kim is refused everything from here on
	}
	person.Check(t, all[:2]...)
}
