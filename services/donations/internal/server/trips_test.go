package server_test

import (
	"context"
	"fmt"
	"testing"

	"google.golang.org/grpc/metadata"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
)

// tripsOfAPledge counts those of a call from a browser's page, with a key of its
// own, for two funds: the partner's key, the pledge with its duty, its page.
func tripsOfAPledge(t testing.TB) int64 {
	b := newBench(t)
	pledges := donationsv1.NewPledgeServiceClient(b.rpc.Bearing(b.newPartner().GetPublishableKey()))
	ctx := metadata.AppendToOutgoingContext(context.Background(), "origin", "https://friends.example")
	create := func(key string) {
		made, err := pledges.CreatePledge(ctx, &donationsv1.CreatePledgeRequest{
			Pledge: pledgeOf(5000, "general", "emergency"), RequestId: key,
		})
		if err != nil || made.GetCheckoutUrl() == "" {
			t.Fatalf("pledge = %v, %v", made, err)
		}
	}
	create("a first call, after which connections are warm")
	return b.trips.During(func() { create("the call") })
}

func TestAPledgeTakesFiveTripsToTheDatabase(t *testing.T) {
	t.Parallel()
	if got := tripsOfAPledge(t); got > 5 {
		t.Errorf("%d trips", got)
	}
}

// BenchmarkPledge prints how often a pledge waits for the database.
func BenchmarkPledge(b *testing.B) {
	for b.Loop() {
		fmt.Printf("figure donation.pledge.trips %d trips\n", tripsOfAPledge(b))
	}
}

func TestAPageOfFiftyTakesAsManyStatementsAsAPageOfOne(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	for range 50 {
		b.pay(b.pledge(p, pledgeOf(5000, "general", "emergency")))
	}
	b.drain()
	ctx := context.Background()
	pledges, donations := donationsv1.NewPledgeServiceClient(p.conn), donationsv1.NewDonationServiceClient(p.conn)
	for what, list := range map[string]func(size int32) (int, error){
		"pledges": func(size int32) (int, error) {
			page, err := pledges.ListPledges(ctx, &donationsv1.ListPledgesRequest{PageSize: size})
			for _, g := range page.GetPledges() {
				if len(g.GetDesignations()) != 2 {
					t.Errorf("%s has designations %v", g.GetName(), g.GetDesignations())
				}
			}
			return len(page.GetPledges()), err
		},
		"donations": func(size int32) (int, error) {
			page, err := donations.ListDonations(ctx, &donationsv1.ListDonationsRequest{PageSize: size})
			for _, d := range page.GetDonations() {
				if len(d.GetDesignations()) != 2 || d.GetClearedOn() == "" {
					t.Errorf("%s has designations %v, cleared on %q", d.GetName(), d.GetDesignations(), d.GetClearedOn())
				}
			}
			return len(page.GetDonations()), err
		},
	} {
		count := func(size int32) int64 {
			return b.trips.During(func() {
				if n, err := list(size); err != nil || n != int(size) {
					t.Fatalf("%s: %d, %v; want %d", what, n, err, size)
				}
			})
		}
		// One finds the partner's key, one the page.
		if one, fifty := count(1), count(50); one != 2 || fifty != one {
			t.Errorf("a page of %s: %d statements for 1, %d for 50; want 2", what, one, fifty)
		}
	}
}
