package server_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/testing/protocmp"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

// exchange is a draft that has something in every field but Reverses.
func exchange() *ledgerv1.TransactionDraft {
	d := posting.FX(posting.Exchange{
		Attempt: posting.Attempt{
			Plan: "p_1", Payment: "y_1", Number: 1, Rail: "csv", On: postingtest.Today,
			Amount: postingtest.EUR(100), Awards: []posting.AwardPart{{Award: "w_1", Minor: 100}},
		},
		Got:  money.Amount{MinorUnits: 430, Currency: "PLN"},
		Rate: posting.Rate{Value: 43, Scale: 1, Publisher: "ecb", Day: "2026-11-23"},
	})
	d.Sources = []*ledgerv1.OrderedSources{{Accounts: []string{"fund:a:available", "deficit:a"}, Amount: postingtest.Money(5)}}
	return d
}

func day(t *testing.T, text string) leaf.Day {
	t.Helper()
	d, err := leaf.ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestADraftIsReadFieldByField(t *testing.T) {
	t.Parallel()
	got, err := server.Drafts(rule.Disbursements, []*ledgerv1.TransactionDraft{exchange()})
	if err != nil {
		t.Fatal(err)
	}
	zloty := money.Amount{MinorUnits: 430, Currency: "PLN"}
	want := []book.Draft{{
		Reference: "payment/y_1/attempts/1/exchange", Kind: leaf.FX, Source: "paymentPlans/p_1/payments/y_1",
		OccurredOn: day(t, postingtest.Today), By: rule.Disbursements,
		Rate: &leaf.Rate{From: "EUR", To: "PLN", Value: 43, Scale: 1, Source: "ecb", Day: day(t, "2026-11-23")},
		Entries: []book.Entry{
			{Account: "award:w_1", Side: leaf.Debit, Amount: postingtest.EUR(100)},
			{Account: "fx:EUR:PLN", Side: leaf.Credit, Amount: postingtest.EUR(100)},
			{Account: "fx:EUR:PLN", Side: leaf.Debit, Amount: zloty},
			{Account: "transit:csv", Side: leaf.Credit, Amount: zloty},
		},
		Sources: []book.Sources{{Accounts: []string{"fund:a:available", "deficit:a"}, Amount: postingtest.EUR(5)}},
	}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(book.Draft{})); diff != "" {
		t.Error(diff)
	}
	reversal, err := server.Drafts(rule.Donations, []*ledgerv1.TransactionDraft{posting.Reversal("payout/1", "stripePayouts/po_1", postingtest.Today)})
	if err != nil || reversal[0].Reverses != "payout/1" || reversal[0].Kind != leaf.Reversal || len(reversal[0].Entries) != 0 {
		t.Errorf("reversal %+v, %v", reversal, err)
	}
}

func TestWhatHasNoPlaceInADraftIsRefused(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(d *ledgerv1.TransactionDraft){
		"kind":       func(d *ledgerv1.TransactionDraft) { d.Kind = 0 },
		"occurredOn": func(d *ledgerv1.TransactionDraft) { d.OccurredOn = "24.11.2026" },
		"rate.day":   func(d *ledgerv1.TransactionDraft) { d.Rate.Day = "" },
		"rate.scale": func(d *ledgerv1.TransactionDraft) { d.Rate.Scale = -1 },
	} {
		d := exchange()
		change(d)
		_, err := server.Drafts(rule.Disbursements, []*ledgerv1.TransactionDraft{exchange(), d})
		wantField(t, err, "transactions[1]."+field)
	}
	large := exchange()
	large.Kind = 256
	_, err := server.Drafts(rule.Disbursements, []*ledgerv1.TransactionDraft{large})
	wantField(t, err, "transactions[0].kind")
	// What has one is for the books to judge.
	odd := exchange()
	odd.Entries[0].Side, odd.Entries[0].Amount, odd.Entries[0].Account = 7, nil, "nowhere"
	got, err := server.Drafts(rule.Disbursements, []*ledgerv1.TransactionDraft{odd})
	if err != nil || got[0].Entries[0].Side != 0 || got[0].Entries[0].Amount != (money.Amount{}) {
		t.Errorf("read %+v, %v", got, err)
	}
}

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != field {
		t.Errorf("got %v, want %s", err, field)
	}
}

// The builders that tests of the contract and tests of the books share mean the same.
func TestTheLedgerReadsTheDraftsThatTestsShare(t *testing.T) {
	t.Parallel()
	got, err := server.Drafts(rule.Donations, []*ledgerv1.TransactionDraft{postingtest.Gift("g", 5), postingtest.Clearing("c", 4)})
	want := []book.Draft{booktest.Gift("g", 5), booktest.Clearing("c", 4)}
	for i := range want {
		want[i].By = "donations"
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(book.Draft{}), cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestADecisionIsReadFieldByField(t *testing.T) {
	t.Parallel()
	locked := func() *ledgerv1.DecisionDraft {
		return &ledgerv1.DecisionDraft{
			Reference: "paymentPlans/p_1/acts/1", Kind: ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED, Resource: "paymentPlans/p_1",
			Person: "staff/s_1", Day: postingtest.Today, Commitment: bytes.Repeat([]byte{7}, 32), Content: postingtest.Content(ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED),
		}
	}
	got, err := server.Decisions([]*ledgerv1.DecisionDraft{locked()}, day(t, postingtest.Today))
	want := []book.Decision{{
		Reference: "paymentPlans/p_1/acts/1", Kind: leaf.DecisionPlanLocked, Resource: "paymentPlans/p_1",
		Person: "staff/s_1", Day: day(t, postingtest.Today), Commitment: [32]byte(bytes.Repeat([]byte{7}, 32)), Content: &leaf.Lock{Currency: "EUR", Amount: 1_000_000},
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for field, change := range map[string]func(d *ledgerv1.DecisionDraft){
		"kind":       func(d *ledgerv1.DecisionDraft) { d.Kind = -1 },
		"day":        func(d *ledgerv1.DecisionDraft) { d.Day = "today" },
		"commitment": func(d *ledgerv1.DecisionDraft) { d.Commitment = append(d.Commitment, 0) },
	} {
		d := locked()
		change(d)
		_, err := server.Decisions([]*ledgerv1.DecisionDraft{d}, day(t, postingtest.Today))
		wantField(t, err, "decisions[0]."+field)
	}
}

func TestALeafIsWrittenAsTheContractHasIt(t *testing.T) {
	t.Parallel()
	on := day(t, postingtest.Today)
	booked := &leaf.Transaction{
		Header: leaf.Header{Ledger: "main", Sequence: 17, Random: [16]byte{1}}, Kind: leaf.Reversal, Reference: "payout/1/reverse",
		Source: "stripePayouts/po_1", OccurredOn: on, BookingDate: on + 1, Reverses: &leaf.Link{Sequence: 5, Reference: "payout/1"},
		Entries: []leaf.Entry{
			{Account: "transit:stripe-payout", Currency: "EUR", Side: leaf.Credit, Amount: 50, Balance: 50},
			{Account: "asset:stripe", Currency: "EUR", Side: leaf.Debit, Amount: 50, Balance: -50},
		},
	}
	want := &ledgerv1.Transaction{
		Name: "ledger/transactions/17", Sequence: 17, Reference: "payout/1/reverse", Kind: ledgerv1.TransactionKind_TRANSACTION_KIND_REVERSAL,
		Source: "stripePayouts/po_1", OccurredOn: postingtest.Today, BookingDate: "2026-11-25", Reverses: "payout/1",
		Entries: []*ledgerv1.Entry{
			{Number: 1, Account: "transit:stripe-payout", Side: ledgerv1.Side_SIDE_CREDIT, Amount: postingtest.Money(50), BalanceAfter: 50},
			{Number: 2, Account: "asset:stripe", Side: ledgerv1.Side_SIDE_DEBIT, Amount: postingtest.Money(50), BalanceAfter: -50},
		},
	}
	got, err := server.Transaction(booked)
	if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(want, "leaf_hash")); diff != "" || err != nil || len(got.GetLeafHash()) != 32 {
		t.Error(diff, err)
	}
	decided := &leaf.Decision{
		Header: leaf.Header{Ledger: "main", Sequence: 18, Random: [16]byte{2}}, Kind: leaf.DecisionGrantRevoked, Reference: "grant/g_1",
		Resource: "staff/s_1/grants/g_1", Person: "staff/s_2", Day: on, Commitment: [32]byte{3},
		Content: &leaf.Revocation{Subject: "staff/s_1", Role: leaf.Treasurer},
	}
	d, err := server.Decision(decided)
	if err != nil || d.GetName() != "ledger/decisions/18" || d.GetDay() != postingtest.Today || d.GetCommitment()[0] != 3 || len(d.GetLeafHash()) != 32 {
		t.Errorf("decision %v, %v", d, err)
	}
	a := server.AccountProto(leaf.Account{Path: "fund:a:available", Currency: "EUR"}, book.Balance{Debits: 3, Credits: 10})
	if a.GetBalance() != 7 || a.GetDebits() != 3 || a.GetCredits() != 10 || !a.GetLimited() {
		t.Errorf("account %v", a)
	}
}
