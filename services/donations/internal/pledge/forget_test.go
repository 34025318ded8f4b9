package pledge_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
)

func TestAForgottenPledgeEndsAndKeepsNoAddress(t *testing.T) {
	t.Parallel()
	for from, want := range map[pledge.State]pledge.State{
		pledge.Pending: pledge.Cancelled, pledge.Active: pledge.Cancelled, pledge.Paused: pledge.Cancelled,
		pledge.Fulfilled: pledge.Fulfilled, pledge.Cancelled: pledge.Cancelled, pledge.Lapsed: pledge.Lapsed,
	} {
		got := pledge.Pledge{State: from, ReturnURL: "https://friends.example/thanks/42", Version: 3, Tip: 7}.Forget()
		if got.State != want || got.ReturnURL != "" || got.Version != 4 || got.Tip != 7 {
			t.Errorf("from %s: %+v", from, got)
		}
	}
}
