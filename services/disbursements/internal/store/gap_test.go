package store_test

import (
	"context"
	"crypto/sha256"
	"slices"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
)

// in is a line of money that came in.
func in(minor int64, ref string) statement.Line {
	return statement.Line{Credit: true, Minor: minor, Ref: ref}
}

// places lists the bank's ids of all statements in their order, those with something
// missing before them with a mark.
func (d *desk) places() []string {
	d.t.Helper()
	return read[[]string](d, `SELECT array_agg(s.bank_id || CASE WHEN g.id IS NULL THEN '' ELSE '!' END ORDER BY s.position)
		FROM statements s LEFT JOIN statement_gaps g ON g.statement_id = s.id AND g.state <> 'FILLED'`)
}

func TestStatementsStandInTheirOrderHoweverTheyCome(t *testing.T) {
	t.Parallel()
	d, b := newDesk(t), &bank{}
	var list []statement.Statement
	for n := range 4 {
		list = append(list, b.says(in(int64(n+1), "")))
	}
	for _, step := range []struct {
		n    int
		want []string
	}{{2, []string{"S3"}}, {0, []string{"S1", "S3!"}}, {3, []string{"S1", "S3!", "S4"}}, {2, []string{"S1", "S3!", "S4"}}, {1, []string{"S1", "S2", "S3", "S4"}}} {
		d.done("take in", d.take(list[step.n]))
		if got := d.places(); !slices.Equal(got, step.want) {
			t.Errorf("after %d: %v, want %v", step.n, got, step.want)
		}
	}
}

func TestAFileOfStatementsLeavesOutTheOneThatContradicts(t *testing.T) {
	t.Parallel()
	ctx, d, b := context.Background(), newDesk(t), &bank{}
	first, second := b.says(in(5, "")), b.says()
	other := first
	other.Closing, other.Lines = 6, []statement.Line{in(6, "")}
	sum := sha256.Sum256([]byte("file"))
	// Given a file with one that has the id of another,
	taken, err := d.store.ImportStatements(ctx, "staff/s_importer", sum[:], []statement.Statement{first, other, second})
	if err != nil || taken.Replayed || len(taken.IDs) != 2 || len(taken.Refused) != 1 || taken.Refused[0].Line != 1 {
		t.Fatalf("import: %+v, %v", taken, err)
	}
	// when it comes alone, it is refused,
	_, err = d.store.ImportStatements(ctx, "staff/s_importer", sum[:], []statement.Statement{other})
	d.refused("alone", err, "STATEMENT_CONFLICT")
	// and the others, which another person brings, stay with who brought them first.
	again, err := d.store.ImportStatements(ctx, "staff/s_second", sum[:], []statement.Statement{second, first})
	if err != nil || !again.Replayed || again.IDs[0] != taken.IDs[1] || again.IDs[1] != taken.IDs[0] {
		t.Errorf("import again: %+v, %v", again, err)
	}
	if who := read[string](d, `SELECT string_agg(DISTINCT imported_by, ',') FROM statements`); who != "staff/s_importer" {
		t.Errorf("imported by %s", who)
	}
	kept, err := d.store.StatementsOf(ctx, []string{taken.IDs[1], taken.IDs[0]})
	if err != nil || len(kept) != 2 || kept[0].ID != taken.IDs[1] || kept[1].Lines != 1 || kept[1].Unmatched != 1 || kept[1].Closing != 5 {
		t.Errorf("kept: %+v, %v", kept, err)
	}
}

func TestStatementsTakenInAtOnceStandInOneOrder(t *testing.T) {
	t.Parallel()
	for range 3 {
		d, b := newDesk(t), &bank{}
		first, second := b.says(in(5, "")), b.says(in(7, ""))
		for _, err := range together(func() error { return d.take(second) }, func() error { return d.take(first) }) {
			d.done("one of two", err)
		}
		if got := d.places(); !slices.Equal(got, []string{"S1", "S2"}) {
			t.Errorf("%v", got)
		}
	}
}

func TestOfAnOverlappingStatementTheRestIsTaken(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a, b, c := in(5, "a"), in(7, "b"), in(9, "c")
	d.done("take in", d.take((&bank{}).says(a, b)))
	// When a statement of the same days and the next comes,
	longer := (&bank{}).says(a, b, c)
	longer.BankID, longer.Sequence = "LONGER", 0
	d.done("take in", d.take(longer))
	// then only its last line is new, and a shorter one says nothing.
	shorter := (&bank{closing: 5}).says(b)
	shorter.BankID, shorter.Sequence = "SHORTER", 0
	d.done("take in", d.take(shorter))
	if n := read[int](d, `SELECT COUNT(*) FROM statement_lines`); n != 3 {
		t.Errorf("%d lines", n)
	}
	if got := d.places(); !slices.Equal(got, []string{"S1", "LONGER"}) {
		t.Errorf("%v", got)
	}
}

func TestAPassedGapIsOwedUntilItIsBookedAndOnceMoreWhenItIsFilled(t *testing.T) {
	t.Parallel()
	ctx, d, b := context.Background(), newDesk(t), &bank{}
	first, second, third := b.says(in(5, "")), b.says(in(7, "")), b.says(in(9, ""))
	d.done("take in", d.take(first))
	d.done("take in", d.take(third))
	id := read[string](d, `SELECT statement_id FROM statement_gaps`)
	for _, who := range []string{"staff/s_1", "staff/s_2"} {
		d.done("pass", d.store.PassGap(ctx, store.Pass{StatementID: id, Person: who, Reason: "BANK_CANNOT_GIVE", Difference: 7, Currency: "EUR"}))
	}
	owed := func() []string {
		list, err := d.store.OwedGaps(ctx, d.clock.Add(time.Second), "", 10)
		d.done("read owed", err)
		return list
	}
	gap := owed()
	if len(gap) != 1 {
		t.Fatalf("owed: %v", gap)
	}
	d.done("note", d.store.NoteGap(ctx, gap[0], false))
	if len(owed()) != 0 {
		t.Errorf("owed: %v", owed())
	}
	d.done("take in", d.take(second))
	g, err := d.store.Gap(ctx, gap[0])
	if !slices.Equal(owed(), gap) || err != nil || !g.Posted || !g.Filled || g.Returned || g.Difference != 7 || g.Day != "2026-11-24" {
		t.Errorf("owed %v, %+v, %v", owed(), g, err)
	}
	d.done("note", d.store.NoteGap(ctx, gap[0], true))
	if len(owed()) != 0 {
		t.Errorf("owed: %v", owed())
	}
}
