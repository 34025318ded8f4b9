package server_test

import (
	"context"
	"testing"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
)

func TestSendersAreListedAcrossRailsAndByWhetherTheyRun(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), newBench(t)
	list := func(who person, parent, filter string) (names []string, err error) {
		resp, err := who.rails.ListSenders(ctx, &disbursementsv1.ListSendersRequest{Parent: parent, Filter: filter})
		for _, x := range resp.GetSenders() {
			names = append(names, x.GetName())
		}
		return names, err
	}
	// Given all senders, and one of them stopped,
	all, err := list(b.treasurer("reader"), "rails/-", "")
	if err != nil || len(all) == 0 {
		t.Fatalf("senders: %v, %v", all, err)
	}
	must[*disbursementsv1.Rail](t, "stop")(b.treasurer("stopper").rails.StopSender(ctx, &disbursementsv1.StopSenderRequest{Name: all[0]}))
	for _, x := range []struct {
		who            person
		parent, filter string
		want           int
	}{
		{b.treasurer("reader"), "rails/-", `state = "STOPPED"`, 1},
		{b.treasurer("reader"), "rails/sepa", `state = "STOPPED"`, 1},
		{b.treasurer("reader"), "rails/-", `state = "RUNNING"`, len(all) - 1},
		{b.treasurer("reader"), "rails/-", `allowed_to_me = true`, len(all)},
		{b.treasurer("stopper"), "rails/-", `allowed_to_me = true AND state = "STOPPED"`, 0},
		{b.approver("reader"), "rails/-", `allowed_to_me = true`, 0},
	} {
		if names, err := list(x.who, x.parent, x.filter); err != nil || len(names) != x.want {
			t.Errorf("%s of %s: %v, %v; want %d", x.filter, x.parent, names, err, x.want)
		}
	}
	// Rails are listed in the same way.
	rails := must[*disbursementsv1.ListRailsResponse](t, "rails")(b.treasurer("reader").rails.ListRails(ctx, &disbursementsv1.ListRailsRequest{Filter: `state = "STOPPED"`}))
	if len(rails.GetRails()) != 0 {
		t.Errorf("stopped are %v", rails)
	}
	first := must[*disbursementsv1.ListRailsResponse](t, "rails")(b.treasurer("reader").rails.ListRails(ctx, &disbursementsv1.ListRailsRequest{PageSize: 1, OrderBy: "name desc", Filter: "allowed_to_me = true"}))
	if len(first.GetRails()) != 1 {
		t.Errorf("a page of one: %v", first)
	}
	// What nobody can ask for is refused.
	for field, req := range map[string]*disbursementsv1.ListSendersRequest{
		"parent": {Parent: "paymentPlans/-"}, "filter": {Parent: "rails/-", Filter: `state = "ASLEEP"`},
		"orderBy": {Parent: "rails/-", OrderBy: "stopped_by"}, "pageSize": {Parent: "rails/-", PageSize: -1}, "pageToken": {Parent: "rails/-", PageToken: "x"},
	} {
		_, err := b.treasurer("reader").rails.ListSenders(ctx, req)
		violates(t, field, err, field)
	}
	_, err = list(b.treasurer("reader"), "rails/pigeon", "")
	refused(t, "senders of no rail", err, "NOT_FOUND")
}
