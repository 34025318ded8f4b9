package partner_test

import (
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestWhatStopsAPartner(t *testing.T) {
	t.Parallel()
	for h, want := range map[partner.Happened]partner.StopReason{
		{}: "", {Declined: 20}: "", {Declined: 21}: partner.Declines, {Disputed: 1, Received: 1}: "",
		{Disputed: 2, Received: 400}: partner.Disputes, {Disputed: 2, Received: 401}: "", {Disputed: 5, Received: 1000}: partner.Disputes,
		{Disputed: 4, Received: 1000}: "", {Disputed: 2, Received: 0}: partner.Disputes, {Received: 1 << 40}: "",
	} {
		if got := h.Stops(); got != want {
			t.Errorf("%+v: %q, want %q", h, got, want)
		}
	}
}

func TestStoppingTakesOneAndStartingTwo(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for name, c := range map[string]struct {
		stop partner.Stop
		open map[partner.Verb]fault.Reason // what it is refused with, empty where it is open
	}{
		"never stopped":    {partner.Stop{}, map[partner.Verb]fault.Reason{partner.Halt: "", partner.ProposeLift: fault.ReasonIllegalState, partner.ConfirmLift: fault.ReasonIllegalState}},
		"lifted":           {partner.Stop{Since: &now, LiftedAt: &now, Proposer: "a"}, map[partner.Verb]fault.Reason{partner.Halt: "", partner.ConfirmLift: fault.ReasonIllegalState}},
		"stopped":          {partner.Stop{Since: &now}, map[partner.Verb]fault.Reason{partner.Halt: fault.ReasonIllegalState, partner.ProposeLift: "", partner.ConfirmLift: fault.ReasonIllegalState}},
		"proposed":         {partner.Stop{Since: &now, Proposer: "b"}, map[partner.Verb]fault.Reason{partner.ProposeLift: "", partner.ConfirmLift: ""}},
		"proposed by them": {partner.Stop{Since: &now, Proposer: "me"}, map[partner.Verb]fault.Reason{partner.ProposeLift: "", partner.ConfirmLift: fault.ReasonSamePerson}},
	} {
		for v, want := range c.open {
			if err := c.stop.May(v, "me"); want == "" && err != nil || want != "" && !fault.Is(err, want) {
				t.Errorf("%s, %s: %v, want %q", name, v, err, want)
			}
		}
	}
}
