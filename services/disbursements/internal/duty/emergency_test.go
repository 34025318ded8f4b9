package duty_test

import (
	"context"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// TestAnEmergencysAwardGoesBackToItsFund books a grant that two have approved, and
// gives its award up.
func TestAnEmergencysAwardGoesBackToItsFund(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	d.unchecked() // the award is written by hand
	d.ledger.SetAvailable("emergency", 50_000)
	grant, award := resource.NewID(resource.KindEmergencyGrant), resource.NewID(resource.KindAward)
	draft := posting.EmergencyGrant(grant, posting.AwardMoney{Award: award, On: rpc.Day(time.Now()), Amount: postingtest.EUR(30_000)})
	// Given a grant that two persons have approved, of which there is an award,
	for _, person := range []string{"one", "another"} {
		d.decide(person, posting.EmergencyApproved(posting.EmergencyStep{
			Grant: grant, Person: "s_" + person, Digest: make([]byte, 32), Amount: postingtest.EUR(30_000),
		}))
	}
	_, err := d.posting.Post(ctx, &ledgerv1.PostRequest{Transactions: []*ledgerv1.TransactionDraft{draft}})
	d.done("book", err)
	_, err = d.db.Pool.Exec(ctx, `
		INSERT INTO awards (id, state, emergency_grant_id, emergency_approvers, fund, currency, minor_units, aid_request, family, cycle, part, filled, created_at, version, mac)
		VALUES ($1, 'AVAILABLE', $2, '{staff/s_one,staff/s_another}', 'funds/emergency', 'EUR', 30000, 'families/f_a/aidRequests/a_1', 'families/f_a', 1, 1, true, now(), 1, sha256('x'))`, award, grant)
	d.done("make award", err)
	// when it is given up, it goes back to its fund, and families hear which grant it was.
	d.done("cancel", d.store.CancelAward(ctx, award))
	d.done("give back", d.worker.Cancel(ctx, award))
	if d.ledger.Balance("fund:emergency:available") != 50_000 || d.ledger.Sum("award:") != 0 {
		t.Errorf("balances %v", d.ledger.Balances())
	}
	if len(d.families.paid) != 1 || d.families.paid[0].GetEmergencyGrant() != "emergencyGrants/"+grant || d.families.paid[0].GetPaid() {
		t.Errorf("reported %v", d.families.paid)
	}
}

// TestAReleaseBringsWhatAwarded says by which leaves each source of an award is proved.
func TestAReleaseBringsWhatAwarded(t *testing.T) {
	t.Parallel()
	of := store.AwardedShare{Award: "w_1", Minor: 10_000, AidRequest: "families/f_a/aidRequests/a_1", Cycle: 1}
	round, grant := of, of
	round.RoundID, round.Digest, round.Committer = "r_1", []byte("digest"), "staff/s_committer"
	grant.GrantID, grant.Approvers = "e_1", []string{"staff/s_one", "staff/s_another"}
	if got := duty.ShareOf(round, "EUR"); got.GetRoundCommit().GetRound() != "allocationRounds/r_1" || got.GetRoundCommit().GetCommitter() != "staff/s_committer" || got.GetEmergencyApproval() != nil {
		t.Errorf("of a round: %v", got)
	}
	got := duty.ShareOf(grant, "EUR")
	if got.GetEmergencyApproval().GetEmergencyGrant() != "emergencyGrants/e_1" || len(got.GetEmergencyApproval().GetApprovers()) != 2 || got.GetRoundCommit() != nil {
		t.Errorf("of a grant: %v", got)
	}
}
