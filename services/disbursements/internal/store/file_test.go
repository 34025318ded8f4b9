package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/plan"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// files lists a plan's files.
func (d *desk) files(planID string) []store.File {
	d.t.Helper()
	list, err := d.store.Files(context.Background(), planID, page.Page{Size: 100})
	d.done("list files", err)
	return list
}

// content is a file of so many lines, as a rail makes it.
func content(id string, lines int) payment.SealedFile {
	return payment.SealedFile{ID: id, Sealed: []byte("sealed"), SHA256: make([]byte, 32), Lines: lines, Total: int64(lines) * 10_000}
}

// sealed makes a plan of one sealed file of one payment.
func (d *desk) sealed() (planID, fileID, paymentID string) {
	d.t.Helper()
	planID, payments := d.released(1)
	d.sent(payments[0])
	fileID = d.files(planID)[0].ID
	d.done("seal", d.store.SealFile(context.Background(), content(fileID, 1)))
	return planID, fileID, payments[0]
}

func TestAPlanIsCutIntoFilesOfTheCap(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	planID, _ := d.released(5) // by a cap of two
	var sizes []int32
	for _, f := range d.files(planID) {
		sizes = append(sizes, f.Payments)
		if f.State != payment.FileCollecting || f.Rail != "sepa" || f.Sender != "main" || f.Currency != "EUR" {
			t.Errorf("file %+v", f)
		}
	}
	if len(sizes) != 3 || sizes[0]+sizes[1]+sizes[2] != 5 || max(sizes[0], sizes[1], sizes[2]) != 2 {
		t.Errorf("files of %v payments", sizes)
	}
	// What a file says it has is what goes into it: no more families lie in one of them,
	most := read[int](d, `SELECT max(n) FROM (SELECT count(DISTINCT family) AS n FROM payments GROUP BY file_id) f`)
	if without := read[int](d, `SELECT count(*) FROM payments WHERE file_id IS NULL`); most != 2 || without != 0 {
		t.Errorf("%d families in one file, %d in none", most, without)
	}
	// and a payment that is tried again goes into none that is full.
	a := d.failed(d.payments(planID)[0])
	d.done("retry", d.store.RetryPayment(context.Background(), a.PaymentID))
	if again := d.claim(a.PaymentID).Attempt; again.FileID == "" || again.FileID == a.FileID || read[int](d, `SELECT count(*) FROM payments WHERE file_id = $1`, again.FileID) != 1 {
		t.Errorf("tried again into %q, before %q", again.FileID, a.FileID)
	}
}

func TestWithoutACapNothingGoesIntoFiles(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID := d.planned(d.committed(allocation(1, 10_000)))
	d.acts(planID, plan.Lock, plan.Submit, plan.Approve, plan.Authorize)
	d.looked(planID)
	d.done("release", d.store.Do(ctx, store.Act{PlanID: planID, Person: hat(plan.Release), Kind: plan.Release, Digest: d.plan(planID).Digest}))
	if files := d.files(planID); len(files) != 0 {
		t.Errorf("files %+v", files)
	}
	a := d.failed(d.payments(planID)[0])
	d.done("retry", d.store.RetryPayment(ctx, a.PaymentID))
	if again := d.claim(a.PaymentID).Attempt; a.FileID != "" || again.FileID != "" {
		t.Errorf("attempts %+v and %+v", a, again)
	}
}

// TestAFileIsCompleteWhenNothingIsOnItsWayIntoIt lets one payment be sent, one be
// unknown, one fail and one wait.
func TestAFileIsCompleteWhenNothingIsOnItsWayIntoIt(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(2)
	file := d.files(planID)[0].ID
	complete := func() *payment.FileContent {
		t.Helper()
		c, err := d.store.CompleteFile(ctx, file)
		d.done("complete", err)
		owed, err := d.store.OwedFiles(ctx, d.clock.Add(time.Second), "", 10)
		if err != nil || (len(owed) == 1) != (c != nil) {
			t.Errorf("complete: %t, owed: %v, %v", c != nil, owed, err)
		}
		return c
	}
	if c := complete(); c != nil {
		t.Errorf("with both on their way: %+v", c)
	}
	a := d.sent(payments[0])
	unknown := d.claim(payments[1]).Attempt
	if c := complete(); c != nil {
		t.Errorf("with one on its way: %+v", c)
	}
	// An unknown one, which is never sent again, holds the file up no longer.
	d.done("note unknown", d.store.NoteUnknown(ctx, unknown))
	c := complete()
	if c == nil || len(c.MessageID) != 26 || c.Sender != "main" || len(c.Lines) != 1 || c.Lines[0].EndToEndID != a.EndToEndID || string(c.Lines[0].Sealed) != "sealed" {
		t.Fatalf("content %+v", c)
	}
	d.done("seal", d.store.SealFile(ctx, content(file, 1)))
	if c := complete(); c != nil {
		t.Errorf("of a sealed file: %+v", c)
	}
	if n := read[int](d, `SELECT COUNT(*) FROM file_lines WHERE sealed IS NOT NULL`); n != 0 {
		t.Errorf("%d instructions are kept beside their file", n)
	}
	d.refused("a file of nothing", errOf(d.store.CompleteFile(ctx, "pf_none")), "NOT_FOUND")
}

// TestAFileThatGrewMeanwhileIsNotSealed composes a file and lets another line come
// before it is kept.
func TestAFileThatGrewMeanwhileIsNotSealed(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(2)
	file := d.files(planID)[0].ID
	d.sent(payments[0])
	d.sent(payments[1])
	d.done("seal what was one line", d.store.SealFile(ctx, content(file, 1)))
	if f := d.files(planID)[0]; f.State != payment.FileCollecting {
		t.Errorf("file %+v", f)
	}
	d.done("seal", d.store.SealFile(ctx, content(file, 2)))
	later := content(file, 2)
	later.Sealed = []byte("another")
	d.done("seal again", d.store.SealFile(ctx, later))
	if kept := read[[]byte](d, `SELECT sealed FROM payment_files`); string(kept) != "sealed" {
		t.Errorf("kept %q", kept)
	}
}

func TestNothingIsAddedToASealedFile(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, payments := d.released(2)
	d.sent(payments[0])
	late := d.claim(payments[1]).Attempt
	d.exec(`UPDATE payment_files SET state = 'SEALED', sealed = 'x', digest = sha256('x'), lines = 1,
		created_at = date_trunc('day', created_at, 'UTC') WHERE plan_id = $1`, planID)
	d.refused("a late line", d.store.AddLine(ctx, late, []byte("sealed")), "ILLEGAL_STATE")
	if d.attempt(payments[1]).Handed {
		t.Error("the late attempt counts as handed over")
	}
	if l, err := d.store.Line(ctx, late); err != nil || l.Found {
		t.Errorf("line: %+v, %v", l, err)
	}
}

// TestALineAndItsHandOverAreOneFact hands over twice, and over a stopped rail.
func TestALineAndItsHandOverAreOneFact(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	_, payments := d.released(2)
	first, second := d.claim(payments[0]).Attempt, d.claim(payments[1]).Attempt
	d.done("hand over", d.store.AddLine(ctx, first, []byte("sealed")))
	if err := d.store.AddLine(ctx, first, []byte("sealed")); err == nil {
		t.Error("one attempt has two lines")
	}
	d.done("stop", d.store.StopRail(ctx, "sepa", "staff/s_1"))
	d.refused("over a stopped rail", d.store.AddLine(ctx, second, []byte("sealed")), "RAIL_STOPPED")
	d.refused("outside, over a stopped rail", d.store.NoteHanded(ctx, second), "RAIL_STOPPED")
	if !d.attempt(payments[0]).Handed || d.attempt(payments[1]).Handed {
		t.Errorf("attempts %+v and %+v", d.attempt(payments[0]), d.attempt(payments[1]))
	}
	if n := read[int](d, `SELECT COUNT(*) FROM file_lines`); n != 1 {
		t.Errorf("%d lines", n)
	}
}

func TestADownloadIsProposedByOneAndTakenByAnother(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, fileID, _ := d.sealed()
	take := func(person string) error { return errOf(d.store.TakeDownload(ctx, planID, fileID, person, 7)) }
	propose := func(person, reason string) error { return d.store.ProposeDownload(ctx, planID, fileID, person, reason) }
	d.refused("take what nobody proposed", take("staff/s_b"), "NO_PROPOSAL")
	if err := propose("staff/s_a", "BANK_INQUIRY"); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("a first download that is none: %v", err)
	}
	d.done("propose", propose("staff/s_a", "FIRST_HANDOVER"))
	d.refused("propose again", propose("staff/s_b", "FIRST_HANDOVER"), "DOWNLOAD_ALREADY_PROPOSED")
	d.refused("take by who proposed", take("staff/s_a"), "SAME_PERSON")
	d.done("take", take("staff/s_b"))
	d.refused("take again", take("staff/s_c"), "NO_PROPOSAL")
	if err := propose("staff/s_a", "FIRST_HANDOVER"); !fault.OfKind(err, fault.Invalid) {
		t.Errorf("a second first download: %v", err)
	}
	d.done("propose another", propose("staff/s_b", "UPLOAD_REFUSED"))
	d.done("take another", take("staff/s_a"))
	f := d.files(planID)[0]
	if len(f.Downloads) != 2 || f.Downloads[0].DownloadedBy != "staff/s_b" || f.Downloads[1].Reason != "UPLOAD_REFUSED" {
		t.Errorf("downloads %+v", f.Downloads)
	}
	// Neither plan nor file is found under another's name.
	d.refused("another plan", d.store.ProposeDownload(ctx, "p_none", fileID, "staff/s_a", "BANK_INQUIRY"), "NOT_FOUND")
	d.refused("another file", errOf(d.store.File(ctx, planID, "pf_none")), "NOT_FOUND")
	var kinds []plan.Kind
	for _, a := range d.plan(planID).Acts {
		if a.Kind == plan.Download || a.Kind == plan.ProposeDownload {
			kinds = append(kinds, a.Kind)
		}
	}
	if len(kinds) != 4 {
		t.Errorf("the plan shows %v", kinds)
	}
}

// TestOfManyProposalsAndFetchersOneCounts races both.
func TestOfManyProposalsAndFetchersOneCounts(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, fileID, _ := d.sealed()
	propose := func(who string) func() error {
		return func() error { return d.store.ProposeDownload(ctx, planID, fileID, who, "FIRST_HANDOVER") }
	}
	take := func(who string) func() error {
		return func() error { return errOf(d.store.TakeDownload(ctx, planID, fileID, who, 7)) }
	}
	for _, race := range []struct {
		all    []func() error
		reason fault.Reason
	}{
		{[]func() error{propose("staff/s_a"), propose("staff/s_b"), propose("staff/s_c")}, "DOWNLOAD_ALREADY_PROPOSED"},
		{[]func() error{take("staff/s_d"), take("staff/s_e"), take("staff/s_f")}, "NO_PROPOSAL"},
	} {
		done := 0
		for _, err := range together(race.all...) {
			if err == nil {
				done++
				continue
			}
			d.refused("another", err, race.reason)
		}
		if done != 1 {
			t.Errorf("%d counted", done)
		}
	}
}

// TestAFilesKeyIsOwedToBeDestroyedAWeekAfterItsLastEnd and not while an attempt in
// it is live.
func TestAFilesKeyIsOwedToBeDestroyedAWeekAfterItsLastEnd(t *testing.T) {
	t.Parallel()
	ctx, d := context.Background(), newDesk(t)
	planID, fileID, paymentID := d.sealed()
	owed := func() int {
		t.Helper()
		ids, err := d.store.OwedDestructions(ctx, d.clock.Add(-2*time.Minute), "", 10)
		d.done("owed", err)
		return len(ids)
	}
	d.clock = d.clock.Add(30 * 24 * time.Hour)
	if owed() != 0 {
		t.Error("owed with a live attempt")
	}
	d.done("settle", settle(ctx, d, paymentID))
	d.clock = d.clock.Add(7 * 24 * time.Hour)
	if owed() != 0 {
		t.Error("owed within a week")
	}
	d.clock = d.clock.Add(24 * time.Hour)
	if owed() != 1 {
		t.Error("not owed after a week")
	}
	for range 2 {
		d.done("note destroyed", d.store.NoteDestroyed(ctx, fileID))
	}
	if f := d.files(planID)[0]; f.State != payment.FileDestroyed || owed() != 0 || read[int](d, `SELECT COUNT(*) FROM payment_files WHERE sealed IS NOT NULL`) != 0 {
		t.Errorf("file %+v", f)
	}
	d.refused("download", d.store.ProposeDownload(ctx, planID, fileID, "staff/s_a", "BANK_INQUIRY"), "FILE_NOT_SEALED")
}
