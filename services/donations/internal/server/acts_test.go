package server_test

import (
	"context"
	"strings"
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

func TestAPledgeTellsWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	// given a pledge in each state that there is
	b := newBench(t)
	p := b.newPartner()
	all := b.cast(p)
	for _, state := range []string{"PENDING", "ACTIVE", "PAUSED", "FULFILLED", "CANCELLED", "LAPSED"} {
		asked := pledgeOf(5000, "general")
		asked.Recurrence = monthly
		made := b.pledge(p, asked)
		b.write(`UPDATE pledges SET state = $2 WHERE id = $1`, made.GetName(), state)
		if state != "PENDING" {
			b.write(`INSERT INTO givings (pledge_id, customer_id, method_id, agreed, trouble, version) SELECT id, 'cus_1', 'pm_1', '{5000}', '', 1
				FROM pledges WHERE id = $1`, made.GetName())
		}
		r := actiontest.Resource{
			Name: made.GetName(), Methods: server.New(server.Options{}).Verbs()["solidarity/Pledge"],
			Read: func(a actiontest.Actor) (actiontest.Seen, error) {
				return donationsv1.NewPledgeServiceClient(a.Conn).GetPledge(context.Background(), &donationsv1.GetPledgeRequest{Name: made.GetName()})
			},
		}
		// then whoever sees it is told the truth
		may := r.Check(t, all...)
		for verb, states := range map[string]string{"cancel": "PENDING ACTIVE PAUSED", "change": "ACTIVE PAUSED", "pause": "ACTIVE PAUSED", "resume": "PAUSED"} {
			if who := may[verb]; (len(who) == 1 && who[0].Name == "its partner") != strings.Contains(states, state) {
				t.Errorf("%s: %v may %s", state, who, verb)
			}
		}
		for _, verb := range map[string][]string{"PENDING": {"cancel"}, "ACTIVE": {"change", "pause"}, "PAUSED": {"resume", "cancel"}}[state] {
			r.Take(t, verb, all...)
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
	r.Take(t, "rotate", all[2:]...) // without the partners, whose key it is
	if first, err = read(actiontest.Actor{Conn: b.staff(policyv1.Role_ROLE_OPERATOR)}); err != nil {
		t.Fatal(err)
	}
	r.Name = first.(*donationsv1.Key).GetName()
	r.Take(t, "revoke", all[2:]...)
	r.Check(t, all[2:]...)
}
