package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

func TestAStoppedRailIsResumedByAnotherPerson(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(1)
	roundID := d.plan(planID).RoundID
	for _, person := range []string{"staff/s_1", "staff/s_2"} { // whoever stops it first counts
		d.done("stop", d.store.StopRail(ctx, "sepa", person))
	}
	r, err := d.store.Rail(ctx, "sepa")
	if err != nil || r.StoppedBy != "staff/s_1" || r.InFlight != 0 {
		t.Errorf("rail %+v, %v", r, err)
	}
	d.refused("claim", errOf(d.store.Claim(ctx, payments[0])), "RAIL_STOPPED")
	d.refused("plan", errOf(d.store.CreatePlan(ctx, store.NewPlan{RoundID: roundID, Rail: "sepa", Sender: "main", Person: "staff/s_m", Currencies: []string{"EUR"}})),
		"RAIL_STOPPED")
	d.refused("resume", d.store.ResumeRail(ctx, "sepa", "staff/s_1"), "SAME_PERSON")
	d.done("resume", d.store.ResumeRail(ctx, "sepa", "staff/s_2"))
	d.claim(payments[0])
	for _, unknown := range []error{d.store.StopRail(ctx, "none", "staff/s_1"), d.store.ResumeRail(ctx, "none", "staff/s_1"), errOf(d.store.Rail(ctx, "none"))} {
		d.refused("an unknown rail", unknown, "NOT_FOUND")
	}
	list, err := d.store.Rails(ctx, page.Page{Size: 100})
	if err != nil || len(list) != 2 || list[0].ID != "other" || list[1].ID != "sepa" || list[1].InFlight != 1 || list[0].InFlight != 0 {
		t.Errorf("rails %+v, %v", list, err)
	}
	// Rails are added once.
	d.done("add", d.store.AddRail(ctx, "third"))
	d.done("add again", d.store.AddRail(ctx, "sepa", "main"))
	if list, err := d.store.Rails(ctx, page.Page{Size: 100}); err != nil || len(list) != 3 {
		t.Errorf("rails %+v, %v", list, err)
	}
}

// TestStoppingWaitsForAHandOverThatIsUnderWay holds the hand-over in its middle.
func TestStoppingWaitsForAHandOverThatIsUnderWay(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(2)
	first, second := d.claim(payments[0]).Attempt, d.claim(payments[1]).Attempt
	errs := d.held(`SELECT 1 FROM attempts WHERE payment_id = $1 FOR UPDATE`, []any{first.PaymentID},
		func() error { return d.store.AddLine(ctx, first, []byte("sealed")) },
		func() error { return d.store.StopRail(ctx, "sepa", "staff/s_1") })
	d.done("hand over", errs[0])
	d.done("stop", errs[1])
	d.refused("hand over after the stop", d.store.AddLine(ctx, second, []byte("sealed")), "RAIL_STOPPED")
	if !d.attempt(payments[0]).Handed || d.attempt(payments[1]).Handed {
		t.Error("what was handed over is not what came before the stop")
	}
}

// TestADutyIsOwedOnlyWhenItIsOverdueAndPageByPage asks each list for what was there
// before its time, for one, and for what comes after that.
func TestADutyIsOwedOnlyWhenItIsOverdueAndPageByPage(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	start := d.clock
	next := func() { d.clock = d.clock.Add(time.Hour) }
	// Given two of everything that is owed, made one after the other,
	var commits, cancelled []string
	for i := range 2 {
		commits = append(commits, d.ordered(allocation(10+i, 1_000)))
		next()
	}
	for i := range 2 {
		award := d.awards(d.committed(allocation(20+i, 1_000)))[0].ID
		d.done("cancel", d.store.CancelAward(ctx, award))
		cancelled = append(cancelled, award)
		next()
	}
	var payments, files []string
	for i := range 2 {
		planID := d.planned(d.committed(allocation(30+i, 1_000)))
		d.acts(planID, "LOCK", "SUBMIT", "APPROVE", "AUTHORIZE", "RELEASE")
		payments = append(payments, d.payments(planID)...)
		files = append(files, d.files(planID)[0].ID)
		next()
	}
	check := func(name string, owed func(context.Context, time.Time, string, int) ([]string, error), want []string) {
		t.Helper()
		want = slices.Sorted(slices.Values(want))
		all, err := owed(ctx, d.clock, "", 10)
		if err != nil || len(all) != 2 || all[0] != want[0] || all[1] != want[1] {
			t.Errorf("%s: %v, %v, want %v", name, all, err, want)
		}
		if one, err := owed(ctx, d.clock, "", 1); err != nil || len(one) != 1 || one[0] != want[0] {
			t.Errorf("%s, one: %v, %v", name, one, err)
		}
		if rest, err := owed(ctx, d.clock, want[0], 10); err != nil || len(rest) != 1 || rest[0] != want[1] {
			t.Errorf("%s, the rest: %v, %v", name, rest, err)
		}
		if none, err := owed(ctx, start, "", 10); err != nil || len(none) != 0 {
			t.Errorf("%s, not overdue: %v, %v", name, none, err)
		}
	}
	check("commits", d.store.OwedCommits, commits)
	check("cancellations", d.store.OwedCancellations, cancelled)
	check("submissions", d.store.OwedSubmissions, payments)
	for _, id := range payments {
		a := d.claim(id).Attempt
		d.done("note failed", d.store.NoteFailed(ctx, a, "RAIL_REFUSED", true))
		next()
	}
	check("files", d.store.OwedFiles, files)
	postings, err := d.store.OwedPostings(ctx, d.clock, "", 10)
	if err != nil || len(postings) != 2 {
		t.Fatalf("postings %v, %v", postings, err)
	}
	check("postings", d.store.OwedPostings, postings)
	// What is done is owed no more.
	for i := range 2 {
		d.done("note cancelled", d.store.NoteCancelled(ctx, cancelled[i]))
	}
	if left, err := d.store.OwedCancellations(ctx, d.clock, "", 10); err != nil || len(left) != 0 {
		t.Errorf("cancellations left: %v, %v", left, err)
	}
}

// TestASwitchWhoseRowIsGoneComesBackStopped deletes the rows of a sender, and of a rail
// that no plan pays by: nobody knows whether the first was stopped.
func TestASwitchWhoseRowIsGoneComesBackStopped(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(1)
	d.done("stop", d.store.StopSender(ctx, "sepa", "main", "staff/s_1"))
	for _, sql := range []string{`DELETE FROM senders`, `DELETE FROM rails WHERE id = 'other'`} {
		if _, err := postgrestest.Owner(t, d.db).Pool.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	// Without a row nothing goes out, and the operator is told,
	d.refused("claim by a sender without a row", errOf(d.store.Claim(ctx, payments[0])), rowmac.Changed)
	d.alarmed("claim", "senders", "sepa/senders/main")
	d.log.Reset()
	// and at the next start it stands stopped, until somebody lets it run.
	d.done("add", d.store.AddRail(ctx, "sepa", "main", "new"))
	d.done("add", d.store.AddRail(ctx, "other"))
	d.alarmed("add", "senders", "sepa/senders/main")
	d.refused("claim", errOf(d.store.Claim(ctx, payments[0])), "SENDER_STOPPED")
	list, err := d.store.Rails(ctx, page.Page{Size: 100})
	if err != nil || len(list) != 2 || list[0].StoppedBy != "" || list[1].StopOf("main") != "nobody" || list[1].StopOf("new") != "" {
		t.Errorf("rails %+v, %v", list, err)
	}
	d.done("resume", d.store.ResumeSender(ctx, "sepa", "main", "staff/s_1"))
	d.claim(payments[0])
}
