package server_test

import (
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

func TestTheTablesHoldEveryVerbOfTheContract(t *testing.T) {
	t.Parallel()
	actiontest.Complete(t, "solidarity.ledger.v1", server.Verbs())
}

// cast is somebody of each role; s_1 proposes in these tests.
func (f *fixture) cast() []actiontest.Actor {
	list := []actiontest.Actor{}
	for person, role := range map[string]policyv1.Role{
		"staff/s_1": policyv1.Role_ROLE_TREASURER, "staff/s_2": policyv1.Role_ROLE_APPROVER, "staff/s_3": policyv1.Role_ROLE_TREASURER,
		"staff/s_4": policyv1.Role_ROLE_AUDITOR, "staff/s_5": policyv1.Role_ROLE_CASEWORKER, "staff/s_6": policyv1.Role_ROLE_OPERATOR,
		"staff/s_7": policyv1.Role_ROLE_APPROVER,
	} {
		list = append(list, actiontest.Actor{Name: person, Roles: []policyv1.Role{role}, Conn: f.as(person, role)})
	}
	return list
}

func (f *fixture) triedAdjustment(name string) actiontest.Resource {
	return actiontest.Resource{
		Name: name, Methods: server.Verbs()["solidarity/Adjustment"],
		Read: func(a actiontest.Actor) (actiontest.Seen, error) {
			return ledgerv1.NewAdjustmentServiceClient(a.Conn).GetAdjustment(f.t.Context(), &ledgerv1.GetAdjustmentRequest{Name: name})
		},
		Fill: func(_ string, _ actiontest.Seen, req proto.Message) {
			if r, ok := req.(*ledgerv1.ApproveAdjustmentRequest); ok {
				r.RequestId = uuid.NewString()
			}
		},
	}
}

func TestAnAdjustmentTellsWhoMayDecideAboutIt(t *testing.T) {
	t.Parallel()
	f := setup(t)
	all := f.cast()
	for _, verb := range []string{"approve", "reject"} {
		a, err := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).ProposeAdjustment(t.Context(),
			proposal(ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_OPENING_BALANCE, "equity:opening", "fund:general:available", 10000))
		if err != nil {
			t.Fatal(err)
		}
		r := f.triedAdjustment(a.GetName())
		r.Take(t, verb, all...)
		if may := r.Check(t, all...); len(may) > 0 {
			t.Errorf("after %s: %v", verb, may)
		}
	}
}

func TestACloseTellsWhoMayDecideAboutIt(t *testing.T) {
	t.Parallel()
	f := weeks(t)
	all := f.cast()
	for _, verb := range []string{"rejectClose", "confirmClose"} {
		c := f.proposed("2026-11-15")
		r := actiontest.Resource{
			Name: c.GetName(), Methods: server.Verbs()["solidarity/PeriodClose"],
			Read: func(a actiontest.Actor) (actiontest.Seen, error) {
				return ledgerv1.NewPeriodServiceClient(a.Conn).GetPeriodClose(t.Context(), &ledgerv1.GetPeriodCloseRequest{Name: c.GetName()})
			},
			Fill: func(_ string, _ actiontest.Seen, req proto.Message) {
				if r, ok := req.(*ledgerv1.ConfirmPeriodCloseRequest); ok {
					r.Digest, r.RequestId = c.GetDigest(), uuid.NewString()
				}
			},
		}
		r.Take(t, verb, all...)
		if may := r.Check(t, all...); len(may) > 0 {
			t.Errorf("after %s: %v", verb, may)
		}
	}
}
