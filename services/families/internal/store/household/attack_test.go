package household_test

import (
	"context"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// attack is what somebody does who can write to the database, and perhaps enters a
// case of their own as a caseworker.
type attack struct {
	name string
	// do acts on the desk, and returns whom it wants to have paid and for what.
	do func(d *desk) (familyID, requestID string)
	// account says that the account is what it is after, and not the request.
	account bool
}

var attacks = []attack{
	{"an invented family", func(d *desk) (string, string) {
		id, account := d.registered()
		d.statement(`INSERT INTO verifications (verification_id, family_id, case_owner, proposer, confirmer, outcome, decider, proposed_version, decided_version, drawn_at, decided_on)
			VALUES ('v_2', $1, $2, $2, $3, 'CONFIRMED', $3, 3, 4, now(), now())`, id, owner, drawn)
		d.statement(`UPDATE families SET state = 'VERIFIED', version = 4 WHERE family_id = $1`, id)
		d.statement(`UPDATE destinations SET state = 'CONFIRMED', version = 2, confirmer = $2, usable_at = now() - interval '1 day' WHERE destination_id = $1`, account, verifier)
		request := d.asked(id)
		d.approve(request)
		return id, request
	}, false},
	{"another account", func(d *desk) (string, string) {
		account := d.account(d.family, "LT601010012345678901")
		d.statement(`UPDATE destinations SET state = 'REPLACED', version = 3 WHERE destination_id = $1`, d.destination)
		d.statement(`UPDATE destinations SET state = 'CONFIRMED', version = 2, confirmer = $2, usable_at = now() - interval '1 day' WHERE destination_id = $1`, account, verifier)
		return d.family, ""
	}, true},
	{"the account before", func(d *desk) (string, string) {
		account := d.account(d.family, "LT601010012345678901")
		d.must(d.confirm(verifier, d.family, account))
		d.owed()
		d.statement(`UPDATE destinations SET state = 'PENDING', version = 1, confirmer = NULL, usable_at = NULL WHERE destination_id = $1`, account)
		d.statement(`UPDATE destinations SET state = 'CONFIRMED', version = 2 WHERE destination_id = $1`, d.destination)
		return d.family, ""
	}, true},
	{"an account that does not cool off", func(d *desk) (string, string) {
		account := d.account(d.family, "LT601010012345678901")
		d.must(d.confirm(verifier, d.family, account))
		d.statement(`UPDATE destinations SET usable_at = now() - interval '1 hour' WHERE destination_id = $1`, account)
		return d.family, ""
	}, true},
	{"a suspension that is gone", func(d *desk) (string, string) {
		_, err := d.store.SuspendFamily(d.as(verifier), family.Scope{Person: verifier, All: true}, d.family, family.Safety)
		d.must(err)
		d.owed()
		d.statement(`UPDATE families SET state = 'VERIFIED', version = version - 1 WHERE family_id = $1`, d.family)
		return d.family, d.request
	}, false},
	{"a consent that was withdrawn", func(d *desk) (string, string) {
		consents, err := d.store.Consents(d.t.Context(), family.Scope{Person: owner}, d.family, page.Page{Size: 1})
		d.must(err)
		_, err = d.store.WithdrawConsent(d.as(owner), family.Scope{Person: owner}, d.family, consents[0].One.ID)
		d.must(err)
		d.owed()
		d.statement(`UPDATE consents SET withdrawn_on = NULL, version = 1 WHERE family_id = $1`, d.family)
		return d.family, d.request
	}, false},
	{"a consent as it was before it was changed", func(d *desk) (string, string) {
		consents, err := d.store.Consents(d.t.Context(), family.Scope{Person: owner}, d.family, page.Page{Size: 1})
		d.must(err)
		_, err = d.store.ChangeConsent(d.as(owner), family.Scope{Person: owner}, d.family, consents[0].One.ID, "CORRECTED", func(c family.Consent) (family.Consent, error) {
			c.Purpose = "STATISTICS"
			return c, nil
		})
		d.must(err)
		d.statement(`UPDATE consents SET purpose = 'AID', version = 1 WHERE family_id = $1`, d.family)
		return d.family, d.request
	}, false},
	{"a request as it was asked before it was changed", func(d *desk) (string, string) {
		request := d.asked(d.family)
		_, err := d.store.ChangeAidRequest(d.as(owner), family.Scope{Person: owner}, d.family, request, "CORRECTED", func(r aidrequest.Request) (aidrequest.Request, error) {
			r.Amount = postingtest.EUR(100)
			return r, nil
		})
		d.must(err)
		_, err = d.store.ApproveAidRequest(d.as(verifier), verifier, d.family, request, "")
		d.must(err)
		d.statement(`UPDATE aid_requests SET amount = 10000, asked_version = 1 WHERE aid_request_id = $1`, request)
		return d.family, request
	}, false},
	{"ten times the amount", func(d *desk) (string, string) {
		d.statement(`UPDATE aid_requests SET amount = amount * 10`)
		return d.family, d.request
	}, false},
	{"an invented request", func(d *desk) (string, string) {
		request := d.asked(d.family)
		d.approve(request)
		return d.family, request
	}, false},
	{"a request that was withdrawn", func(d *desk) (string, string) {
		_, err := d.store.WithdrawAidRequest(d.as(owner), family.Scope{Person: owner}, d.family, d.request)
		d.must(err)
		d.owed()
		d.statement(`UPDATE aid_requests SET state = 'APPROVED', version = version - 1`)
		d.statement(`DELETE FROM aid_request_cycles`)
		d.must(d.store.Planned(d.t.Context(), d.family, d.request))
		return d.family, d.request
	}, false},
}

// approve writes an approval that nobody gave.
func (d *desk) approve(request string) {
	d.t.Helper()
	d.statement(`UPDATE aid_requests SET state = 'APPROVED', version = 2, decider = $2, decided_on = now() WHERE aid_request_id = $1`, request, verifier)
	d.must(d.store.Planned(d.t.Context(), d.family, request))
}

// paid reports whether the attack gets what it is after.
func (a attack) paid(t *testing.T, d *desk, familyID, requestID string) bool {
	t.Helper()
	if a.account {
		d.hasRound(d.request)
		err := d.released(familyID, d.request)
		if err != nil && !fault.Is(err, "ROW_WITHOUT_LEAF") {
			t.Errorf("released: %v", err)
		}
		return err == nil
	}
	listed, reserved := d.funded(familyID, requestID)
	if listed != reserved {
		t.Errorf("listed: %v, reserved: %v", listed, reserved)
	}
	return listed || reserved
}

func TestWhatHonestPeopleDecidedIsPaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	listed, reserved := d.funded(d.family, d.request)
	d.hasRound(d.request)
	if err := d.released(d.family, d.request); err != nil || !listed || !reserved {
		t.Errorf("released: %v, listed: %v, reserved: %v", err, listed, reserved)
	}
	if d.log.Len() > 0 {
		t.Errorf("an alarm without a cause: %s", d.log)
	}
}

func TestWhatWasWrittenByHandIsPaidNothing(t *testing.T) {
	t.Parallel()
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t).payable()
			familyID, requestID := a.do(d)
			if a.paid(t, d, familyID, requestID) {
				t.Error("it is paid")
			}
			if log := d.log.String(); !strings.Contains(log, `"alarm":true`) {
				t.Errorf("nobody is told: %s", log)
			}
		})
	}
}

// A copy of a family under another name has no key. It is paid nothing, and stops nobody
// else's round.
func TestAFamilyThatNobodyRegisteredStopsNoRound(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	for _, c := range [][3]string{
		{"families", "family_id", "f_invented"}, {"verifications", "verification_id", "v_invented"},
		{"consents", "consent_id", "n_invented"}, {"aid_requests", "aid_request_id", "a_invented"},
	} {
		d.statement(`INSERT INTO `+c[0]+` SELECT (jsonb_populate_record(t, jsonb_build_object('family_id', 'f_invented', '`+c[1]+`', '`+c[2]+`'))).*
			FROM `+c[0]+` t WHERE family_id = $1`, d.family)
	}
	d.statement(`INSERT INTO aid_request_cycles SELECT (jsonb_populate_record(c, jsonb_build_object('aid_request_id', 'a_invented'))).*
		FROM aid_request_cycles c WHERE aid_request_id = $1`, d.request)
	if listed, reserved := d.funded("f_invented", "a_invented"); listed || reserved {
		t.Errorf("listed: %v, reserved: %v", listed, reserved)
	}
	if log := d.log.String(); !strings.Contains(log, `"alarm":true`) || !strings.Contains(log, "f_invented") {
		t.Errorf("nobody is told: %s", log)
	}
	if listed, reserved := d.funded(d.family, d.request); !listed || !reserved {
		t.Errorf("the honest one, listed: %v, reserved: %v", listed, reserved)
	}
}

// Without asking for leaves each of them is paid: it is the leaves that refuse.
func TestWhereNobodyAsksForLeavesWhatWasWrittenByHandIsPaid(t *testing.T) {
	t.Parallel()
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t).payable()
			d.store.Trust()
			familyID, requestID := a.do(d)
			if !a.paid(t, d, familyID, requestID) {
				t.Error("it is refused by something else: the test above proves nothing")
			}
		})
	}
}

// The one who attacks may be a verifier, too: nobody decides alone.
func TestOnePersonCannotDecideAlone(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	id, account := d.registered()
	request := d.asked(id)
	// The attacker makes the case another's, so that the program lets them confirm it,
	d.statement(`DELETE FROM case_parts WHERE family_id = $1`, id)
	d.statement(`UPDATE families SET owner = 'staff/s_other', state = 'IN_REVIEW', version = 3 WHERE family_id = $1`, id)
	d.statement(`INSERT INTO verifications (verification_id, family_id, case_owner, proposer, confirmer, outcome, proposed_version, drawn_at)
		VALUES ('v_2', $1, 'staff/s_other', 'staff/s_other', $2, 'PROPOSED', 3, now())`, id, owner)
	// and is refused, since nobody was drawn so. Were the row taken for what it says,
	_, err := d.store.DecideVerification(d.as(owner), owner, id, verification.Confirmed, "")
	if !fault.Is(err, "ROW_CHANGED") {
		t.Errorf("verified by whom no lot has drawn: %v", err)
	}
	d.store.Lax()
	_, err = d.store.DecideVerification(d.as(owner), owner, id, verification.Confirmed, "")
	d.must(err)
	d.statement(`UPDATE destinations SET enterer = 'staff/s_other' WHERE destination_id = $1`, account)
	d.must(d.confirm(owner, id, account))
	// who proposed it would still stand in the log.
	_, err = d.store.ApproveAidRequest(d.as(verifier), verifier, id, request, "")
	d.must(err)
	d.hasRound(request)
	if err := d.released(id, request); !fault.Is(err, "ROW_WITHOUT_LEAF") {
		t.Errorf("released: %v", err)
	}
}

func TestWithTheLedgerDownEverythingCanStillBeStopped(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	request, share := d.asked(d.family), d.share(d.request, 10_000)
	d.ledger.Away(fault.New(fault.Unavailable, "UNAVAILABLE", "The ledger is down."))
	if _, err := d.store.ApproveAidRequest(d.as(verifier), verifier, d.family, request, ""); err == nil {
		t.Error("a decision without a leaf was taken")
	}
	_, err := d.store.SuspendFamily(d.as(verifier), family.Scope{Person: verifier, All: true}, d.family, family.Safety)
	d.must(err)
	if err := d.releasedFor(d.family, share); err == nil {
		t.Error("a suspended family is paid")
	}
	// When it is back the leaf of the stop follows.
	before := len(d.ledger.Decisions())
	d.ledger.Away(nil)
	d.owed()
	if after := len(d.ledger.Decisions()); after != before+1 {
		t.Errorf("%d leaves followed", after-before)
	}
}

// A call that broke off after its leaf leaves nothing that another's could not get past.
func TestADecisionThatBrokeOffIsTakenByAnother(t *testing.T) {
	t.Parallel()
	d := newDesk(t).payable()
	request := d.asked(d.family)
	ctx, cancel := context.WithCancel(d.as(drawn))
	d.ledger.Then(cancel) // as a process that dies after the ledger has answered
	if _, err := d.store.ApproveAidRequest(ctx, drawn, d.family, request, ""); err == nil {
		t.Fatal("the call did not break off: the test would see nothing")
	}
	d.ledger.Then(nil)
	_, err := d.store.ApproveAidRequest(d.as(verifier), verifier, d.family, request, "")
	d.must(err)
	if listed, reserved := d.funded(d.family, request); !listed || !reserved {
		t.Errorf("listed: %v, reserved: %v", listed, reserved)
	}
}
