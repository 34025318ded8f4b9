package household_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// reopened are what somebody writes who wants a cycle that was paid to be paid once more;
// $1 is the request.
var reopened = map[string]string{
	"a paid cycle": `UPDATE aid_request_cycles SET state = 'APPROVED', round = NULL WHERE aid_request_id = $1`,
	"its next part": `UPDATE aid_request_cycles SET state = 'APPROVED', round = NULL, part = part + 1, version = version + 1
		WHERE aid_request_id = $1`,
	"one more cycle": `INSERT INTO aid_request_cycles (aid_request_id, cycle, state, part, due, version, mac)
		SELECT aid_request_id, 2, 'APPROVED', 1, due, version, mac FROM aid_request_cycles WHERE aid_request_id = $1`,
}

// paidOnce is a desk whose one request a round has paid. SQL closes it: it opens it again.
func paidOnce(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t).payable()
	k := aidrequest.Key{FamilyID: d.family, RequestID: d.request, Cycle: 1}
	if _, reserved := d.funded(d.family, d.request); !reserved {
		t.Fatal("no round gets the request")
	}
	if state, err := d.store.Report(t.Context(), k, true, "allocationRounds/r_"+d.request); err != nil || state != aidrequest.CyclePaid {
		t.Fatalf("reported: %v, %v", state, err)
	}
	return d
}

// offered reports whether another round is offered the request, or gets any cycle of it.
func (d *desk) offered() (listed, reserved bool, reasons []aidrequest.Reason) {
	d.t.Helper()
	listed, _ = d.funded(d.family, d.request)
	held, err := d.store.Reserve(d.t.Context(), aidrequest.Commit{Round: "allocationRounds/r_other", Number: 1}, []aidrequest.Key{
		{FamilyID: d.family, RequestID: d.request, Cycle: 1}, {FamilyID: d.family, RequestID: d.request, Cycle: 2},
	})
	d.must(err)
	for _, h := range held {
		reasons = append(reasons, h.Reason)
	}
	return listed, len(held) < 2, reasons
}

func TestACycleThatAnotherHandReopenedIsGivenToNoRound(t *testing.T) {
	t.Parallel()
	for name, sql := range reopened {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, off := range []bool{false, true} {
				d := paidOnce(t)
				if off {
					d.store.Lax()
				}
				d.statement(`UPDATE aid_requests SET state = 'APPROVED'`)
				d.statement(sql, d.request)
				listed, reserved, reasons := d.offered()
				if off { // the test must be able to see the defect
					if !listed && !reserved {
						t.Errorf("without the protection it is refused all the same: %v", reasons)
					}
					continue
				}
				log := d.log.String()
				if listed || reserved || !strings.Contains(log, `"table":"aid_request_cycles","row":"`+d.request) || !strings.Contains(log, `"alarm":true`) {
					t.Errorf("listed: %v, reserved: %v, log %s", listed, reserved, log)
				}
				if name != "one more cycle" && reasons[0] != aidrequest.RowChanged {
					t.Errorf("held back for %v", reasons)
				}
			}
		})
	}
}

// What another hand wrote about a cycle opens no account, and is not reported on.
func TestACycleThatAnotherHandChangedOpensNoAccount(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		d := newDesk(t).payable()
		if off {
			d.store.Lax()
		}
		share := d.share(d.request, 10_000)
		d.statement(`UPDATE aid_request_cycles SET state = 'APPROVED', round = NULL`)
		d.statement(`UPDATE aid_request_cycles SET state = 'AWARDED', round = 'allocationRounds/r_1', part = 2`)
		_, reported := d.store.Report(t.Context(), share.Key, false, "allocationRounds/r_1")
		d.statement(`UPDATE aid_request_cycles SET state = 'AWARDED', round = 'allocationRounds/r_1', part = 2`)
		err := d.releasedFor(d.family, share)
		if off {
			if err != nil || reported != nil {
				t.Errorf("without the protection: %v, %v", err, reported)
			}
			continue
		}
		if !fault.Is(err, fault.ReasonRowChanged) || !fault.Is(reported, fault.ReasonRowChanged) {
			t.Errorf("released: %v, reported: %v", err, reported)
		}
	}
}

// A refused round gives back what it has, but not what another hand wrote into it; taking
// a request back works whatever was written.
func TestAChangedCycleIsGivenBackByNobodyAndHoldsUpNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	other := d.asked(d.family)
	_, err := d.store.ApproveAidRequest(d.as(verifier), verifier, d.family, other, "")
	d.must(err)
	d.hasRound(d.request)
	d.hasRound(other)
	d.statement(`UPDATE aid_request_cycles SET part = 7 WHERE aid_request_id = $1`, min(d.request, other))
	c := aidrequest.Commit{Round: "allocationRounds/r_1", Number: 1}
	first, err := d.store.Unreserve(t.Context(), c, 1)
	d.must(err)
	second, err := d.store.Unreserve(t.Context(), c, 1)
	d.must(err)
	if first != 1 || second != 0 || !strings.Contains(d.log.String(), `"alarm":true`) {
		t.Errorf("given back: %d, then %d, log %s", first, second, d.log)
	}
	d.statement(`UPDATE aid_request_cycles SET state = 'APPROVED', round = NULL`)
	for _, id := range []string{d.request, other} {
		r, err := d.store.WithdrawAidRequest(d.as(owner), family.Scope{Person: owner}, d.family, id)
		if err != nil || r.Progress[0].State != aidrequest.CycleCancelled {
			t.Errorf("withdrawn: %v, %v", r.Progress, err)
		}
	}
}
