package household_test

import (
	"context"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// fromAwards are what somebody asks for who can write to both databases and call as
// disbursements: the payment of what nobody has approved, or awarded.
var fromAwards = map[string]func(d *desk) household.Share{
	"a request that nobody approved": func(d *desk) household.Share {
		request := d.asked(d.family)
		d.approve(request)
		return d.share(request, 10_000)
	},
	"ten times the amount": func(d *desk) household.Share {
		d.statement(`UPDATE aid_requests SET amount = amount * 10`)
		return d.share(d.request, 100_000)
	},
	"a request that was withdrawn": func(d *desk) household.Share {
		_, err := d.store.WithdrawAidRequest(d.as(owner), family.Scope{Person: owner}, d.family, d.request)
		d.must(err)
		d.owed()
		d.statement(`UPDATE aid_requests SET state = 'APPROVED', version = version - 1`)
		return d.share(d.request, 10_000)
	},
	"a round that nobody committed": func(d *desk) household.Share {
		sh := d.share(d.request, 10_000)
		sh.Round.Digest[0]++
		return sh
	},
}

// share has a round reserve a request, and returns the part of a payment for it.
func (d *desk) share(request string, minor int64) household.Share {
	d.t.Helper()
	d.hasRound(request)
	return household.Share{Key: aidrequest.Key{FamilyID: d.family, RequestID: request, Cycle: 1}, Minor: minor, Round: d.committed()}
}

func TestAnAccountIsOpenedForWhatWasApprovedAndAwardedOnly(t *testing.T) {
	t.Parallel()
	for name, attack := range fromAwards {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t).payable()
			sh := attack(d)
			if err := d.releasedFor(d.family, sh); !fault.Is(err, fault.ReasonRowWithoutLeaf) {
				t.Errorf("released: %v", err)
			}
			if log := d.log.String(); !strings.Contains(log, `"alarm":true`) {
				t.Errorf("nobody is told: %s", log)
			}
			// Without asking for leaves it is opened: it is the leaves that refuse.
			d.store.Trust()
			if err := d.releasedFor(d.family, sh); err != nil {
				t.Errorf("with the protection off: %v", err)
			}
		})
	}
}

func TestAPaymentIsForTheFamilysOwnRequestsAndNoMoreThanTheyAre(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	good := d.share(d.request, 10_000)
	for name, change := range map[string]func(*household.Share){
		"more than was approved": func(sh *household.Share) { sh.Minor++ },
		"another family's":       func(sh *household.Share) { sh.FamilyID = "f_other" },
		"an unknown request":     func(sh *household.Share) { sh.RequestID = "a_other" },
		"another cycle":          func(sh *household.Share) { sh.Cycle = 2 },
		"another round":          func(sh *household.Share) { sh.Round.Round = "r_2" },
	} {
		sh := good
		change(&sh)
		if err := d.releasedFor(d.family, sh); !fault.Is(err, fault.ReasonNotAwarded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.releasedFor(d.family, good); err != nil {
		t.Errorf("as it was awarded: %v", err)
	}
}

// What was released is asked for again before its file leaves.
func TestAWithdrawnRequestHoldsBackWhatHasNotLeft(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	sh := d.share(d.request, 10_000)
	d.must(d.releasedFor(d.family, sh))
	attempt := household.Released{Payment: "payments/y_" + d.family, Attempt: 1}
	if held, err := d.store.Recheck(t.Context(), attempt); err != nil || held != nil {
		t.Errorf("held for %v, %v", held, err)
	}
	_, err := d.store.WithdrawAidRequest(d.as(owner), family.Scope{Person: owner}, d.family, d.request)
	d.must(err)
	if held, err := d.store.Recheck(t.Context(), attempt); err != nil || held == nil || held.Reason != fault.ReasonRequestWithdrawn {
		t.Errorf("after the withdrawal held for %v, %v", held, err)
	}
	// Where its row is put back the log knows better.
	d.owed()
	d.statement(`UPDATE aid_requests SET state = 'APPROVED', version = version - 1`)
	if held, err := d.store.Recheck(t.Context(), attempt); err != nil || held == nil || held.Reason != fault.ReasonRowWithoutLeaf {
		t.Errorf("with the row put back held for %v, %v", held, err)
	}
}

// TestAnAccountThatNoPlanDecidedToPayToIsAnAlarm asks for an account as whoever has the
// certificate of disbursements, without the decisions, or about another payment.
func TestAnAccountThatNoPlanDecidedToPayToIsAnAlarm(t *testing.T) {
	t.Parallel()
	undecided := fault.New(fault.Precondition, fault.ReasonDecisionsMissing, "Not decided.")
	elsewhere := fault.New(fault.Precondition, fault.ReasonNotInPlan, "Not in the plan.")
	for name, c := range map[string]struct {
		decided, inPlan error
		want            fault.Reason
	}{
		"without decisions": {undecided, nil, fault.ReasonDecisionsMissing},
		"another payment":   {nil, elsewhere, fault.ReasonNotInPlan},
		"decided":           {nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t).payable()
			share := d.share(d.request, 10_000)
			_, err := d.store.ReleaseDestination(t.Context(), household.Release{
				Payment: "payments/y_1", Plan: "paymentPlans/p_1", Attempt: 1, FamilyID: d.family, Rail: "sepa",
				Accepted: []destination.Accepted{{Form: destination.FormBankAccount}},
				Amount:   postingtest.EUR(share.Minor), Digest: make([]byte, 32), Shares: []household.Share{share},
			}, household.Checks{
				Decided: func(context.Context) error { return c.decided },
				InPlan:  func(household.Release, []byte) error { return c.inPlan },
			})
			log := d.log.String()
			if c.want == "" { // without the protection it is opened, and nobody is told
				if err != nil || log != "" {
					t.Errorf("released: %v, log %s", err, log)
				}
				return
			}
			if !fault.Is(err, c.want) || !strings.Contains(log, `"alarm":true`) || !strings.Contains(log, "paymentPlans/p_1") || !strings.Contains(log, string(c.want)) {
				t.Errorf("released: %v, log %s", err, log)
			}
		})
	}
}
