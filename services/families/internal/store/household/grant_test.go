package household_test

import (
	"context"
	"strings"
	"testing"

	"google.golang.org/grpc"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/ledgertest"
)

// byRules is the ledger with its real rules, in which each person of the desk records in
// a call of their own.
type byRules struct{ *ledgertest.Ledger }

func (l byRules) Record(ctx context.Context, req *ledgerv1.RecordRequest, _ ...grpc.CallOption) (*ledgerv1.RecordResponse, error) {
	return l.PostingOf("families", identity.From(ctx).Person, policyv1.Role_ROLE_CASEWORKER, policyv1.Role_ROLE_VERIFIER, policyv1.Role_ROLE_TREASURER).Record(ctx, req)
}

func (l byRules) CheckLeaves(ctx context.Context, req *ledgerv1.CheckLeavesRequest, _ ...grpc.CallOption) (*ledgerv1.CheckLeavesResponse, error) {
	return l.Posting("families").CheckLeaves(ctx, req)
}

// urgent is a family that nobody has verified, PROVISIONAL, with a confirmed account and a
// request that nobody has approved, which a grant has; and the ledger beside it.
func urgent(t *testing.T) (d *desk, ledger byRules, sh household.Share) {
	t.Helper()
	d = &desk{t: t}
	ledger = byRules{ledgertest.New(t, d.now)}
	d.over(ledger)
	d.family, d.destination = d.registered()
	d.must(d.confirm(verifier, d.family, d.destination))
	d.statement(`UPDATE families SET state = 'PROVISIONAL' WHERE family_id = $1`, d.family)
	d.request = d.asked(d.family)
	sh = household.Share{
		Key: aidrequest.Key{FamilyID: d.family, RequestID: d.request, Cycle: 1}, Minor: 10_000,
		Grant: household.Grant{ID: resource.NewID(resource.KindEmergencyGrant), Approvers: [2]string{"s_verifier", "s_treasurer"}},
	}
	d.must(d.store.Planned(t.Context(), d.family, d.request))
	d.must(d.store.HasRound(t.Context(), d.request, "emergencyGrants/"+sh.Grant.ID))
	return d, ledger, sh
}

// approved has a person approve a grant of an amount for a request.
func (d *desk) approvedBy(ledger byRules, person string, sh household.Share, minor int64) {
	d.t.Helper()
	digest, err := d.store.GrantDigest(d.t.Context(), sh.Grant.ID, aidrequest.Request{FamilyID: sh.FamilyID, ID: sh.RequestID, Amount: postingtest.EUR(minor)}, sh.Cycle)
	d.must(err)
	_, err = ledger.Record(d.as("staff/"+person), &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{posting.EmergencyApproved(posting.EmergencyStep{
		Grant: sh.Grant.ID, Person: person, Digest: digest[:], Amount: postingtest.EUR(minor),
	})}})
	d.must(err)
}

func TestAnEmergencyGrantThatTwoApprovedIsReleased(t *testing.T) {
	t.Parallel()
	d, ledger, sh := urgent(t)
	d.approvedBy(ledger, "s_verifier", sh, 10_000)
	d.approvedBy(ledger, "s_treasurer", sh, 10_000)
	d.must(d.releasedFor(d.family, sh))
	if d.log.Len() > 0 {
		t.Errorf("an alarm without a cause: %s", d.log)
	}
	// What it rests on is asked again before it leaves, and a withdrawn consent stops it.
	if held, err := d.store.Recheck(t.Context(), household.Released{Payment: "payments/y_" + d.family, Attempt: 1}); err != nil || held != nil {
		t.Errorf("held back: %v, %v", held, err)
	}
	d.statement(`UPDATE consents SET withdrawn_on = now()`)
	if held, err := d.store.Recheck(t.Context(), household.Released{Payment: "payments/y_" + d.family, Attempt: 1}); err != nil || !fault.Is(held, fault.ReasonConsentMissing) {
		t.Errorf("without consent: %v, %v", held, err)
	}
}

// ungranted are what opens no account: grants that have not the two approvals of what they
// would pay. Each is paid where nobody asks for leaves.
var ungranted = map[string]func(d *desk, ledger byRules, sh *household.Share){
	"nobody approved": func(*desk, byRules, *household.Share) {},
	"one approved":    func(d *desk, l byRules, sh *household.Share) { d.approvedBy(l, "s_verifier", *sh, 10_000) },
	"one approved, and is named twice": func(d *desk, l byRules, sh *household.Share) {
		d.approvedBy(l, "s_verifier", *sh, 10_000)
		sh.Grant.Approvers[1] = "s_verifier"
	},
	"another amount was approved": func(d *desk, l byRules, sh *household.Share) {
		d.approvedBy(l, "s_verifier", *sh, 5_000)
		d.approvedBy(l, "s_treasurer", *sh, 5_000)
	},
	"the request was changed since": func(d *desk, l byRules, sh *household.Share) {
		d.approvedBy(l, "s_verifier", *sh, 10_000)
		d.approvedBy(l, "s_treasurer", *sh, 10_000)
		d.statement(`UPDATE aid_requests SET amount = amount * 2`)
	},
	"another grant was approved": func(d *desk, l byRules, sh *household.Share) {
		other := *sh
		other.Grant.ID = resource.NewID(resource.KindEmergencyGrant)
		d.approvedBy(l, "s_verifier", other, 10_000)
		d.approvedBy(l, "s_treasurer", other, 10_000)
	},
	"somebody else is named": func(d *desk, l byRules, sh *household.Share) {
		d.approvedBy(l, "s_verifier", *sh, 10_000)
		d.approvedBy(l, "s_other", *sh, 10_000)
	},
	"the consent was made by hand": func(d *desk, l byRules, sh *household.Share) {
		d.approvedBy(l, "s_verifier", *sh, 10_000)
		d.approvedBy(l, "s_treasurer", *sh, 10_000)
		d.statement(`UPDATE consents SET expires_on = expires_on + 1`)
	},
}

func TestAGrantWithoutItsTwoApprovalsOpensNoAccount(t *testing.T) {
	t.Parallel()
	for name, attack := range ungranted {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ledger, sh := urgent(t)
			attack(d, ledger, &sh)
			if err := d.releasedFor(d.family, sh); !fault.Is(err, fault.ReasonRowWithoutLeaf) {
				t.Errorf("released: %v", err)
			}
			if log := d.log.String(); !strings.Contains(log, `"alarm":true`) {
				t.Errorf("nobody is told: %s", log)
			}
			d.store.Trust()
			if err := d.releasedFor(d.family, sh); err != nil {
				t.Errorf("without the protection: %v", err)
			}
		})
	}
}

// A grant pays what has it, and a PROVISIONAL family is paid by a grant only.
func TestAGrantPaysItsOwnRequestAndAProvisionalFamilyNothingElse(t *testing.T) {
	t.Parallel()
	d, ledger, sh := urgent(t)
	d.approvedBy(ledger, "s_verifier", sh, 10_000)
	d.approvedBy(ledger, "s_treasurer", sh, 10_000)
	d.must(d.store.HasRound(t.Context(), d.request, "emergencyGrants/e_other"))
	if err := d.releasedFor(d.family, sh); !fault.Is(err, fault.ReasonNotAwarded) {
		t.Errorf("of another grant: %v", err)
	}
	d.must(d.store.HasRound(t.Context(), d.request, "emergencyGrants/"+sh.Grant.ID))
	more := sh
	more.Minor = 10_001
	if err := d.releasedFor(d.family, more); !fault.Is(err, fault.ReasonNotAwarded) {
		t.Errorf("more than was approved: %v", err)
	}
	round := sh
	round.Grant = household.Grant{}
	round.Round = household.Commit{Round: "r_1", Committer: "s_approver"}
	if err := d.releasedFor(d.family, round); !fault.Is(err, fault.ReasonFamilyNotVerified) {
		t.Errorf("by a round: %v", err)
	}
	d.statement(`UPDATE families SET state = $2 WHERE family_id = $1`, d.family, family.Suspended)
	if err := d.releasedFor(d.family, sh); !fault.Is(err, fault.ReasonFamilySuspended) {
		t.Errorf("suspended: %v", err)
	}
}
