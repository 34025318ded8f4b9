package server_test

import (
	"bytes"
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/testing/protocmp"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func (f *fixture) closer(person string, role policyv1.Role) ledgerv1.PeriodServiceClient {
	return ledgerv1.NewPeriodServiceClient(f.as(person, role))
}

func (f *fixture) treasurer() ledgerv1.PeriodServiceClient {
	return f.closer("staff/s_1", policyv1.Role_ROLE_TREASURER)
}

func (f *fixture) approver() ledgerv1.PeriodServiceClient {
	return f.closer("staff/s_2", policyv1.Role_ROLE_APPROVER)
}

func proposeClose(last string) *ledgerv1.ProposePeriodCloseRequest {
	return &ledgerv1.ProposePeriodCloseRequest{LastDay: last, RequestId: uuid.NewString()}
}

func confirmClose(c *ledgerv1.PeriodClose) *ledgerv1.ConfirmPeriodCloseRequest {
	return &ledgerv1.ConfirmPeriodCloseRequest{Name: c.GetName(), Digest: c.GetDigest(), RequestId: uuid.NewString()}
}

// onDay moves the day of a draft.
func onDay(day string, d *ledgerv1.TransactionDraft) *ledgerv1.TransactionDraft {
	d.OccurredOn = day
	return d
}

// weeks books some days of November and lets the world agree: 8.00 in the bank,
// of which 2.00 nobody has explained, and 5.00 at Stripe.
func weeks(t *testing.T) *fixture {
	t.Helper()
	f := setup(t)
	f.post(
		onDay("2026-11-02", postingtest.Gift("a", 500)),
		onDay("2026-11-03", postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_BANK_GIFT, "b", "donations/d_2",
			postingtest.Debit("asset:bank:main", 600), postingtest.Credit("fund:general:clearing", 600))),
		onDay("2026-11-05", postingtest.Draft(ledgerv1.TransactionKind_TRANSACTION_KIND_SUSPENSE, "c", "unmatchedLines/ul_1",
			postingtest.Debit("asset:bank:main", 200), postingtest.Credit("suspense:bank:main", 200))),
		onDay("2026-11-16", postingtest.Gift("later", 40)),
	)
	f.world.agree("2026-11-14", 800, 500)
	return f
}

func (f *fixture) proposed(last string) *ledgerv1.PeriodClose {
	f.t.Helper()
	c, err := f.treasurer().ProposePeriodClose(f.t.Context(), proposeClose(last))
	if err != nil {
		f.t.Fatalf("propose: %v", err)
	}
	return c
}

func TestATreasurerProposesWhatAnotherPersonConfirms(t *testing.T) {
	t.Parallel()
	f := weeks(t)
	ctx := t.Context()

	// Given a proposal, which a repeat of the call finds again
	req := proposeClose("2026-11-15")
	c, err := f.treasurer().ProposePeriodClose(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	f.world.set(func(w *world) { w.stripe = nil })
	if again, err := f.treasurer().ProposePeriodClose(ctx, req); err != nil || again.GetName() != c.GetName() {
		t.Errorf("repeat: %v, %v", again, err)
	}
	want := &ledgerv1.PeriodClose{
		FirstDay: "2026-11-02", LastDay: "2026-11-15", State: ledgerv1.PeriodCloseState_PERIOD_CLOSE_STATE_PROPOSED,
		Proposer: "staff/s_1", ProposedOn: today, AccountCount: 4, BookSize: 4,
		Figures: []*ledgerv1.PeriodFigure{
			{AccountClass: "asset", CurrencyCode: "EUR", Balance: -1300}, {AccountClass: "fund", CurrencyCode: "EUR", Balance: 1100},
			{AccountClass: "suspense", CurrencyCode: "EUR", Balance: 200},
		},
		Banks: []*ledgerv1.PeriodComparison{{
			Account: "asset:bank:main", BookBalance: postingtest.Money(800), OutsideBalance: postingtest.Money(800), StatementDay: "2026-11-14",
			Statement: "statements/st_1", StatementSha256: bytes.Repeat([]byte{3}, 32), StatementImporter: "staff/s_1",
		}},
		Stripe: []*ledgerv1.PeriodComparison{{Account: "asset:stripe", BookBalance: postingtest.Money(500), OutsideBalance: postingtest.Money(500)}},
		OpenItems: []*ledgerv1.PeriodOpenItem{{
			Account: "suspense:bank:main", CurrencyCode: "EUR", Balance: 200, OldestDay: "2026-11-05", AgeDays: 10, UpTo_30Days: 200,
		}},
		AllowedActions: []string{"rejectClose"},
		BlockedActions: []*typev1.BlockedAction{{Action: "confirmClose", Reason: "SAME_PERSON"}},
	}
	ignored := protocmp.IgnoreFields(want, "name", "digest", "trial_balance_sha256")
	if diff := cmp.Diff(want, c, protocmp.Transform(), ignored); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	// When its proposer confirms it, that is refused
	if _, err := f.treasurer().ConfirmPeriodClose(ctx, confirmClose(c)); !fault.Is(err, "SAME_PERSON") {
		t.Errorf("same person: %v", err)
	}
	// and where Stripe has changed, nobody may.
	if _, err := f.approver().ConfirmPeriodClose(ctx, confirmClose(c)); !fault.Is(err, "STRIPE_NOT_RECONCILED") {
		t.Errorf("without Stripe: %v", err)
	}

	// When another person confirms what they saw, the period is closed, once.
	f.world.agree("2026-11-14", 800, 500)
	confirm := confirmClose(c)
	for range 2 {
		c, err = f.approver().ConfirmPeriodClose(ctx, confirm)
		if err != nil || c.GetState() != ledgerv1.PeriodCloseState_PERIOD_CLOSE_STATE_CLOSED || c.GetSequence() != 6 || c.GetDecider() != "staff/s_2" {
			t.Fatalf("confirm: %v, %v", c, err)
		}
	}
	// A late fact keeps its own day and is booked on the first open one.
	late := f.post(onDay("2026-11-07", postingtest.Gift("late", 7))).GetTransactions()[0]
	if late.GetOccurredOn() != "2026-11-07" || late.GetBookingDate() != "2026-11-16" {
		t.Errorf("late: %v", late)
	}
	// The next period follows, and is closed by a treasurer too.
	f.world.agree("2026-11-22", 800, 547)
	next := f.proposed("2026-11-22")
	if next.GetFirstDay() != "2026-11-16" {
		t.Errorf("next: %v", next)
	}
	if _, err := f.closer("staff/s_3", policyv1.Role_ROLE_TREASURER).ConfirmPeriodClose(ctx, confirmClose(next)); err != nil {
		t.Errorf("second treasurer: %v", err)
	}
	mine, err := f.approver().ListPeriodCloses(ctx, &ledgerv1.ListPeriodClosesRequest{Filter: "allowed_to_me = true"})
	for _, c := range mine.GetPeriodCloses() {
		if len(c.GetAllowedActions()) == 0 {
			t.Errorf("offered without anything to do: %v", c)
		}
	}
	if err != nil {
		t.Error(err)
	}
	list, err := f.approver().ListPeriodCloses(ctx, &ledgerv1.ListPeriodClosesRequest{PageSize: 1})
	if err != nil || len(list.GetPeriodCloses()) != 1 || list.GetPeriodCloses()[0].GetName() != next.GetName() {
		t.Fatalf("first page: %v, %v", list, err)
	}
	list, err = f.approver().ListPeriodCloses(ctx, &ledgerv1.ListPeriodClosesRequest{PageSize: 1, PageToken: list.GetNextPageToken()})
	if err != nil || list.GetPeriodCloses()[0].GetName() != c.GetName() || list.GetNextPageToken() != "" {
		t.Errorf("second page: %v, %v", list, err)
	}
}

func TestAnAnswerThatWasLostIsGivenAgain(t *testing.T) {
	t.Parallel()
	f := weeks(t)
	c := f.proposed("2026-11-15")
	if _, err := f.approver().ConfirmPeriodClose(t.Context(), confirmClose(c)); err != nil {
		t.Fatal(err)
	}
	// Another key, as after a crash that kept no record of the first; the world
	// may even have changed since.
	f.world.set(func(w *world) { w.err = fault.New(fault.Unavailable, "DOWN", "Down.") })
	again, err := f.approver().ConfirmPeriodClose(t.Context(), confirmClose(c))
	if err != nil || again.GetSequence() != 6 {
		t.Errorf("again: %v, %v", again, err)
	}
	// A third person does not confirm it once more.
	third := f.closer("staff/s_3", policyv1.Role_ROLE_APPROVER)
	if _, err := third.ConfirmPeriodClose(t.Context(), confirmClose(c)); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("third: %v", err)
	}
	// A key that stands for this close confirms no other.
	reused := confirmClose(c)
	if _, err := f.approver().ConfirmPeriodClose(t.Context(), reused); err != nil {
		t.Fatal(err)
	}
	reused.Name = "ledger/periods/per_other"
	if _, err := f.approver().ConfirmPeriodClose(t.Context(), reused); !fault.Is(err, "IDEMPOTENCY_KEY_REUSED") {
		t.Errorf("reused key: %v", err)
	}
}

func TestBooksThatDoNotAgreeAreNotClosed(t *testing.T) {
	t.Parallel()
	f := weeks(t)
	for why, change := range map[fault.Reason]func(*world){
		"BANK_NOT_RECONCILED":     func(w *world) { w.series[0].ClosingBalance = postingtest.Money(799) },
		"STATEMENT_SERIES_BROKEN": func(w *world) { w.series[0].Unbroken = false },
		"STRIPE_NOT_RECONCILED":   func(w *world) { w.stripe = append(w.stripe, &typev1.Money{MinorUnits: 1, CurrencyCode: "USD"}) },
		"FACTS_UNAVAILABLE":       func(w *world) { w.err = fault.New(fault.Unavailable, "PEER_UNAVAILABLE", "Away.") },
	} {
		f.world.agree("2026-11-14", 800, 500)
		f.world.set(change)
		_, err := f.treasurer().ProposePeriodClose(t.Context(), proposeClose("2026-11-15"))
		if !fault.Is(err, why) {
			t.Errorf("%s: %v", why, err)
		}
		if f := fault.As(err); why != "FACTS_UNAVAILABLE" && (f.Kind != fault.Precondition || len(f.Violations) != 1) {
			t.Errorf("%s: %v", why, err)
		}
		f.world.set(func(w *world) { w.err = nil })
	}
	list, err := f.treasurer().ListPeriodCloses(t.Context(), &ledgerv1.ListPeriodClosesRequest{})
	if err != nil || len(list.GetPeriodCloses()) != 0 {
		t.Errorf("kept: %v, %v", list, err)
	}
	f.world.agree("2026-11-14", 800, 500)
	if _, err := f.treasurer().ProposePeriodClose(t.Context(), proposeClose("2026-11-15")); err != nil {
		t.Errorf("after all: %v", err)
	}
}

func TestFiguresThatChangedAreConfirmedByNobody(t *testing.T) {
	t.Parallel()
	f := weeks(t)
	c := f.proposed("2026-11-15")

	// A gift of the period comes in before the comparison,
	f.post(onDay("2026-11-15", postingtest.Gift("before", 30)))
	f.world.agree("2026-11-14", 800, 530)
	if _, err := f.approver().ConfirmPeriodClose(t.Context(), confirmClose(c)); !fault.Is(err, "FIGURES_CHANGED") {
		t.Errorf("before: %v", err)
	}
	// which another proposal has, after the first was withdrawn by its proposer.
	if _, err := f.treasurer().ProposePeriodClose(t.Context(), proposeClose("2026-11-15")); !fault.Is(err, "PROPOSAL_OPEN") {
		t.Errorf("second proposal: %v", err)
	}
	c, err := f.treasurer().RejectPeriodClose(t.Context(), &ledgerv1.RejectPeriodCloseRequest{Name: c.GetName()})
	if err != nil || c.GetState() != ledgerv1.PeriodCloseState_PERIOD_CLOSE_STATE_REJECTED || c.Sequence != nil {
		t.Fatalf("reject: %v, %v", c, err)
	}
	if _, err := f.approver().ConfirmPeriodClose(t.Context(), confirmClose(c)); !fault.Is(err, "ILLEGAL_STATE") {
		t.Errorf("rejected: %v", err)
	}
	c = f.proposed("2026-11-15")
	if _, err := f.approver().ConfirmPeriodClose(t.Context(), confirmClose(c)); err != nil {
		t.Errorf("after all: %v", err)
	}
}

func TestBadClosesNameTheirField(t *testing.T) {
	t.Parallel()
	f := setup(t)
	if _, err := f.treasurer().ProposePeriodClose(t.Context(), proposeClose("2026-11-15")); !fault.Is(err, "NOTHING_BOOKED") {
		t.Errorf("empty books: %v", err)
	}
	f.post(onDay("2026-11-10", postingtest.Gift("a", 1)))
	field := func(what, name string, err error) {
		t.Helper()
		if got := fault.As(err); got == nil || got.Kind != fault.Invalid || len(got.Violations) != 1 || got.Violations[0].Field != name {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, last := range []string{"", "15.11.2026", "2026-11-31", today, "2027-01-01", "2026-11-09"} {
		_, err := f.treasurer().ProposePeriodClose(t.Context(), proposeClose(last))
		field("last day "+last, "lastDay", err)
	}
	if len(f.world.asked) != 0 {
		t.Errorf("others were asked for %v", f.world.asked)
	}
	_, err := f.approver().ConfirmPeriodClose(t.Context(), &ledgerv1.ConfirmPeriodCloseRequest{
		Name: "ledger/periods/per_1", Digest: []byte{1}, RequestId: uuid.NewString(),
	})
	field("short digest", "digest", err)
	for name, call := range map[string]func(context.Context, string) error{
		"confirm": func(ctx context.Context, name string) error {
			_, err := f.approver().ConfirmPeriodClose(ctx, &ledgerv1.ConfirmPeriodCloseRequest{Name: name, Digest: make([]byte, 32), RequestId: uuid.NewString()})
			return err
		},
		"reject": func(ctx context.Context, name string) error {
			_, err := f.approver().RejectPeriodClose(ctx, &ledgerv1.RejectPeriodCloseRequest{Name: name})
			return err
		},
		"get": func(ctx context.Context, name string) error {
			_, err := f.approver().GetPeriodClose(ctx, &ledgerv1.GetPeriodCloseRequest{Name: name})
			return err
		},
	} {
		field(name, "name", call(t.Context(), "ledger/adjustments/adj_1"))
		if err := call(t.Context(), "ledger/periods/per_none"); !fault.OfKind(err, fault.NotFound) {
			t.Errorf("%s of none: %v", name, err)
		}
	}
	_, err = f.treasurer().ProposePeriodClose(t.Context(), &ledgerv1.ProposePeriodCloseRequest{LastDay: "2026-11-15"})
	if !fault.OfKind(err, fault.Invalid) {
		t.Errorf("without a key: %v", err)
	}
}
