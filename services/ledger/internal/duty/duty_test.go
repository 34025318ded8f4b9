package duty_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/duty"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

func now() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// approved is an adjustment that two persons have agreed on.
func approved(kind adjustment.Kind, debit, credit string) adjustment.Adjustment {
	today := leaf.DayOf(now())
	return adjustment.Adjustment{
		ID: "adj_1", Kind: kind, Debit: debit, Credit: credit, Amount: money.Amount{MinorUnits: 70, Currency: "EUR"},
		OccurredOn: today, Evidence: [32]byte{1}, State: adjustment.Approved,
		Proposer: "staff/s_1", ProposedOn: today, Decider: "staff/s_2", DecidedOn: today,
	}
}

// desk keeps one adjustment and notes what became of it.
type desk struct {
	a    adjustment.Adjustment
	done []any
}

func (d *desk) Owed(context.Context, time.Time, string, int) ([]string, error) {
	return []string{d.a.ID}, nil
}

func (d *desk) Adjustment(context.Context, string) (adjustment.Adjustment, error) { return d.a, nil }

func (d *desk) Booked(_ context.Context, _ string, sequence int64) error {
	d.done = append(d.done, sequence)
	return nil
}

func (d *desk) Refused(_ context.Context, _ string, why adjustment.Refusal) error {
	d.done = append(d.done, why)
	return nil
}

// memory books in memory, after a fault where there is one.
type memory struct {
	*book.Books
	err error
}

func (m memory) Commit(_ context.Context, u book.Unit) (book.Result, error) {
	if m.err != nil {
		return book.Result{}, m.err
	}
	return m.Apply(u)
}

func books() *book.Books {
	return book.New(book.Position{Ledger: "main"}, func() [16]byte { return [16]byte{1} }).WithoutRoles()
}

// line is an entry as it was booked.
type line struct {
	account string
	side    leaf.Side
}

func TestEachKindOfAdjustmentIsBookedWithItsTwoDecisions(t *testing.T) {
	t.Parallel()
	for kind, c := range map[leaf.Kind]struct {
		a     adjustment.Adjustment
		lines []line
	}{
		leaf.OpeningBalance: {
			approved(adjustment.OpeningBalance, "asset:bank:main", "equity:opening"),
			[]line{{"asset:bank:main", leaf.Debit}, {"equity:opening", leaf.Credit}},
		},
		leaf.SuspenseCleared: {
			approved(adjustment.SuspenseCleared, "suspense:bank:main", "fund:general:clearing"),
			[]line{{"suspense:bank:main", leaf.Debit}, {"fund:general:clearing", leaf.Credit}},
		},
		leaf.RunningCost: { // operations have nothing
			approved(adjustment.RunningCost, "", "asset:bank:main"),
			[]line{{"asset:bank:main", leaf.Credit}, {"deficit:operations", leaf.Debit}},
		},
	} {
		b, d := books(), &desk{a: c.a}
		if err := duty.NewAdjustments(d, memory{Books: b}, server.AdjustmentDraft, now).Book(t.Context(), "adj_1"); err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if diff := cmp.Diff([]any{int64(2)}, d.done); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
		leaves := b.Booked()
		if len(leaves) != 3 || leaves[0].Decision.Person != "staff/s_1" || leaves[1].Decision.Person != "staff/s_2" {
			t.Errorf("%s: %+v", kind, leaves)
			continue
		}
		posted := leaves[2].Transaction
		var got []line
		for _, e := range posted.Entries {
			got = append(got, line{e.Account, e.Side})
		}
		if posted.Kind != kind || posted.Reference != "ledger/adjustments/adj_1" {
			t.Errorf("booked as %s %s", posted.Kind, posted.Reference)
		}
		if diff := cmp.Diff(c.lines, got, cmp.AllowUnexported(line{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", kind, diff)
		}
	}
}

func TestATransferThatAFundCannotPayIsRefusedForGood(t *testing.T) {
	t.Parallel()
	d := &desk{a: approved(adjustment.Transfer, "fund:a:available", "fund:b:available")}
	if err := duty.NewAdjustments(d, memory{Books: books()}, server.AdjustmentDraft, now).Book(t.Context(), "adj_1"); err != nil {
		t.Fatal(err)
	}
	if why, ok := d.done[0].(adjustment.Refusal); !ok || why.Reason != book.InsufficientFunds || why.Sentence == "" {
		t.Errorf("noted %+v", d.done)
	}
}

func TestWhatIsOutOfReachIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"the ledger waits": fault.New(fault.Unavailable, "LEDGER_BEHIND", "."), "full": fault.New(fault.Exhausted, "QUEUE_FULL", "."),
		"a defect": errors.New("a defect"), "given up": context.DeadlineExceeded,
	} {
		d := &desk{a: approved(adjustment.Transfer, "fund:a:available", "fund:b:available")}
		if got := duty.NewAdjustments(d, memory{err: err}, server.AdjustmentDraft, now).Book(t.Context(), "adj_1"); !errors.Is(got, err) || len(d.done) != 0 {
			t.Errorf("%s: %v, noted %v", name, got, d.done)
		}
	}
}

func TestOnlyWhatIsApprovedIsBooked(t *testing.T) {
	t.Parallel()
	for _, state := range []adjustment.State{adjustment.Proposed, adjustment.Rejected, adjustment.Booked, adjustment.Refused} {
		d, b := &desk{a: approved(adjustment.OpeningBalance, "asset:bank:main", "equity:opening")}, books()
		d.a.State = state
		if err := duty.NewAdjustments(d, memory{Books: b}, server.AdjustmentDraft, now).Book(t.Context(), "adj_1"); err != nil || len(b.Booked()) != 0 || len(d.done) != 0 {
			t.Errorf("%s: %v, %d leaves, noted %v", state, err, len(b.Booked()), d.done)
		}
	}
}

func TestTheDutyIsWhatAnApprovalOwes(t *testing.T) {
	t.Parallel()
	d := &desk{a: approved(adjustment.OpeningBalance, "asset:bank:main", "equity:opening")}
	owed := duty.NewAdjustments(d, memory{Books: books()}, server.AdjustmentDraft, now).Duty()
	if ids, err := owed.Owed(t.Context(), now(), "", 10); owed.Kind != adjustment.Duty || err != nil || len(ids) != 1 {
		t.Errorf("%s owes %v, %v", owed.Kind, ids, err)
	}
	if err := owed.Do(t.Context(), "adj_1"); err != nil || len(d.done) != 1 {
		t.Errorf("%v, noted %v", err, d.done)
	}
}
