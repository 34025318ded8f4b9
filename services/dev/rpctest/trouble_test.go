package rpctest_test

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// empty are books in which nothing stands.
type empty struct {
	ledgerv1.UnimplementedPostingServiceServer
}

func (empty) GetBalances(context.Context, *ledgerv1.GetBalancesRequest) (*ledgerv1.GetBalancesResponse, error) {
	return &ledgerv1.GetBalancesResponse{}, nil
}

func TestACallIsLostBeforeOrAfterItsEffect(t *testing.T) {
	t.Parallel()
	// Given calls in trouble: the first has no effect, the second one, both are lost
	var trouble rpctest.Trouble
	trouble.FailNext("GetBalances", false)
	trouble.FailNext("GetBalances", true)
	effects := 0
	trouble.Meanwhile("GetBalances", func() { effects++ })
	bench := rpctest.New(t, func(g *grpc.Server) { ledgerv1.RegisterPostingServiceServer(g, empty{}) })
	client := ledgerv1.NewPostingServiceClient(trouble.Around(bench.As(identity.Caller{Service: "donations"})))
	// When it is called three times
	for i, want := range []struct {
		lost    bool
		effects int
	}{{true, 0}, {true, 1}, {false, 2}} {
		_, err := client.GetBalances(t.Context(), &ledgerv1.GetBalancesRequest{})
		// Then
		if lost := fault.OfKind(err, fault.Unavailable); lost != want.lost || !lost && err != nil || effects != want.effects {
			t.Errorf("call %d: %v, %d effects", i, err, effects)
		}
	}
	if n := trouble.Calls("GetBalances"); n != 3 || trouble.Calls("Post") != 0 {
		t.Errorf("%d calls were counted", n)
	}
	trouble.Meanwhile("GetBalances", nil)
	if _, err := client.GetBalances(t.Context(), &ledgerv1.GetBalancesRequest{}); err != nil || effects != 2 {
		t.Errorf("after the end: %v, %d effects", err, effects)
	}
}
