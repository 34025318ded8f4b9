package server_test

import (
	"context"
	"strings"
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestListsArePagedNewestFirst(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	var want []string
	for range 5 {
		pledge := b.pledge(p, pledgeOf(5000, "general"))
		b.pay(pledge)
		b.drain()
		want = append([]string{pledge.GetName()}, want...)
	}
	ctx := context.Background()
	pledges, donations := donationsv1.NewPledgeServiceClient(p.conn), donationsv1.NewDonationServiceClient(p.conn)
	var listed, received []string
	token := ""
	for {
		page, err := pledges.ListPledges(ctx, &donationsv1.ListPledgesRequest{PageSize: 2, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range page.GetPledges() {
			listed = append(listed, g.GetName())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	filter := `state = "SUCCEEDED"`
	for {
		page, err := donations.ListDonations(ctx, &donationsv1.ListDonationsRequest{PageSize: 2, PageToken: token, Filter: filter})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.GetDonations() {
			received = append(received, d.GetPledge())
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
		// A token is bound to its list.
		if _, err := donations.ListDonations(ctx, &donationsv1.ListDonationsRequest{PageToken: token}); !fault.OfKind(err, fault.Invalid) {
			t.Errorf("a token of another filter: %v", err)
		}
	}
	if got := strings.Join(listed, " "); got != strings.Join(want, " ") {
		t.Errorf("pledges = %v, want %v", listed, want)
	}
	if got := strings.Join(received, " "); got != strings.Join(want, " ") {
		t.Errorf("donations = %v, want %v", received, want)
	}
}

func TestFiltersOfDonations(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	paid, declined := b.pledge(p, pledgeOf(5000, "general")), b.pledge(p, pledgeOf(5000, "general"))
	b.pay(paid)
	b.tell("evt_declined", "payment_intent.payment_failed", declined, b.stripe.try(declined.GetName(), true))
	b.drain()
	donations := donationsv1.NewDonationServiceClient(p.conn)
	for filter, want := range map[string]int{
		``:                                  2,
		`state = "SUCCEEDED"`:               1,
		`state = "FAILED"`:                  1,
		`state = "PENDING"`:                 0,
		`pledge = "pledges/pg_"`:            0,
		`pledge = "` + paid.GetName() + `"`: 1,
		`state = "FAILED" AND pledge = "` + paid.GetName() + `"`:    0,
		`state = "SUCCEEDED" AND pledge = "` + paid.GetName() + `"`: 1,
		`state = "SUCCEEDED" OR state = "FAILED"`:                   2,
		`state != "FAILED"`: 1,
		`state = SUCCEEDED AND create_time > timestamp("2020-01-01T00:00:00Z")`: 1,
		`create_time < "2020-01-01T00:00:00Z"`:                                  0,
		`create_time < "yesterday"`:                                             -1,
		`create_time = 5`:                                                       -1,
		`state = "NONE"`:                                                        -1,
		`state = ""`:                                                            -1,
		`state`:                                                                 -1,
		`partner = "partners/pt_1"`:                                             0,
		`pledge = "funds/general"`:                                              -1,
		`state = "FAILED" AND state = "SUCCEEDED"`:                              0,
		`state = "FAILED'; DROP TABLE donations; --"`:                           -1,
		`((`: -1,
		`state = "FAILED" AND ` + strings.Repeat(`state = "FAILED"`, 50):             -1,
		strings.Repeat(`state = "FAILED" AND `, 500) + `state = "FAILED"`:            -1, // 10 kB
		strings.Repeat("(", 900) + `state = "FAILED"` + strings.Repeat(")", 900):     1,
		strings.Repeat("NOT (", 200) + `state = "FAILED"` + strings.Repeat(")", 200): 1,
	} {
		list, err := donations.ListDonations(context.Background(), &donationsv1.ListDonationsRequest{Filter: filter})
		f := fault.As(err)
		switch {
		case want < 0 && (f == nil || len(f.Violations) != 1 || f.Violations[0].Field != "filter"):
			t.Errorf("%s: %v, want a fault of the filter", filter, err)
		case want >= 0 && (err != nil || len(list.GetDonations()) != want):
			t.Errorf("%s: %d donations, %v; want %d", filter, len(list.GetDonations()), err, want)
		}
	}
	if _, err := donations.ListDonations(context.Background(), &donationsv1.ListDonationsRequest{PageSize: -1}); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("negative size: %v", err)
	}
}
