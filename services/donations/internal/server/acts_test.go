package server_test

import (
	"context"
	"testing"

	"google.golang.org/protobuf/proto"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
)

func TestTheTablesHoldEveryVerbOfTheContract(t *testing.T) {
	t.Parallel()
	actiontest.Complete(t, "solidarity.donations.v1", server.New(server.Options{}).Verbs())
}

// cast is everybody who could have to do with pledges and keys.
func (b *bench) cast(p testPartner) []actiontest.Actor {
	list := []actiontest.Actor{{Name: "its partner", Roles: []policyv1.Role{policyv1.Role_ROLE_PARTNER}, Conn: p.conn}}
	other := b.newPartner()
	list = append(list, actiontest.Actor{Name: "another partner", Roles: []policyv1.Role{policyv1.Role_ROLE_PARTNER}, Conn: other.conn})
	for number, name := range policyv1.Role_name {
		if role := policyv1.Role(number); role >= policyv1.Role_ROLE_CASEWORKER {
			list = append(list, actiontest.Actor{Name: name, Roles: []policyv1.Role{role}, Conn: b.staff(role)})
		}
	}
	return list
}

func TestAPledgeTellsWhoMayCancelIt(t *testing.T) {
	t.Parallel()
	// given a pledge in each state that there is
	b := newBench(t)
	p := b.newPartner()
	all := b.cast(p)
	for _, state := range []string{"PENDING", "ACTIVE", "PAUSED", "FULFILLED", "CANCELLED", "LAPSED"} {
		made := b.pledge(p, pledgeOf(5000, "general"))
		if _, err := b.db.Pool.Exec(context.Background(), `UPDATE pledges SET state = $2 WHERE 'pledges/' || id = $1`, made.GetName(), state); err != nil {
			t.Fatal(err)
		}
		r := actiontest.Resource{
			Name: made.GetName(), Methods: server.New(server.Options{}).Verbs()["solidarity/Pledge"],
			Read: func(a actiontest.Actor) (actiontest.Seen, error) {
				return donationsv1.NewPledgeServiceClient(a.Conn).GetPledge(context.Background(), &donationsv1.GetPledgeRequest{Name: made.GetName()})
			},
		}
		// then whoever sees it is told the truth
		if may := r.Check(t, all...)["cancel"]; (len(may) == 1 && may[0].Name == "its partner") != (state == "PENDING" || state == "ACTIVE" || state == "PAUSED") {
			t.Errorf("%s: %v may cancel", state, may)
		}
		if state == "PENDING" {
			r.Take(t, "cancel", all...)
			r.Check(t, all...)
		}
	}
}

func TestAKeyTellsThatItCanBeRevoked(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	all := b.cast(p)
	read := func(a actiontest.Actor) (actiontest.Seen, error) {
		list, err := donationsv1.NewPartnerServiceClient(a.Conn).ListKeys(context.Background(), &donationsv1.ListKeysRequest{Parent: p.GetName()})
		if err != nil {
			return nil, err
		}
		return list.GetKeys()[0], nil
	}
	first, err := read(actiontest.Actor{Conn: b.staff(policyv1.Role_ROLE_OPERATOR)})
	if err != nil {
		t.Fatal(err)
	}
	r := actiontest.Resource{
		Name: first.(*donationsv1.Key).GetName(), Methods: server.New(server.Options{}).Verbs()["solidarity/Key"], Read: read,
		Fill: func(string, actiontest.Seen, proto.Message) {},
	}
	r.Take(t, "revoke", all[2:]...) // without the partners, whose key it is
	r.Check(t, all[2:]...)
}
