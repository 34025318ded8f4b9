package posting_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/ledger/ledgertest"
)

const today = postingtest.Today

// books are a ledger in which two plans, a round and an adjustment are decided and
// the funds have 1,000.00 each.
type books struct {
	t *testing.T
	*ledgertest.Ledger
}

func newBooks(t *testing.T) books {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
	b := books{t, ledgertest.New(t, now)}
	for _, fund := range []string{"general", account.OperationsFund, account.ReserveFund, account.EmergencyFund} {
		b.SetAvailable(fund, 100_000)
	}
	b.decide(resource.AllocationRound.Of("r_1"), "ROUND_SNAPSHOT", "ROUND_COMMITTED")
	b.decide(resource.EmergencyGrant.Of("e_1"), "EMERGENCY_APPROVED", "EMERGENCY_APPROVED")
	b.decide(resource.PaymentPlan.Of("p_1"), "PLAN_LOCKED", "PLAN_APPROVED", "PLAN_RELEASED")
	if err := b.DecidedByPeople(decisions(resource.Statement.Of("st_1"), "ADJUSTMENT_PROPOSED", "ADJUSTMENT_APPROVED", "ADJUSTMENT_APPROVED")...); err != nil {
		t.Fatal(err)
	}
	return b
}

// decide records steps about a resource, each by another person.
func (b books) decide(name string, steps ...string) {
	b.t.Helper()
	for _, d := range decisions(name, steps...) {
		client := b.PostingOf("disbursements", d.GetPerson(), policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER)
		d.Person, d.Day = "", "" // the ledger says them
		if _, err := client.Record(b.t.Context(), &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{d}}); err != nil {
			b.t.Fatalf("decide about %s: %v", name, err)
		}
	}
}

func decisions(name string, steps ...string) []*ledgerv1.DecisionDraft {
	var list []*ledgerv1.DecisionDraft
	for i, step := range steps {
		kind := ledgerv1.DecisionKind(ledgerv1.DecisionKind_value["DECISION_KIND_"+step])
		list = append(list, &ledgerv1.DecisionDraft{
			Reference: fmt.Sprint(name, "/", step, "/", i), Kind: kind, Content: postingtest.Content(kind),
			Resource: name, Person: resource.Staff.Of(string(rune('a' + i))), Day: today, Commitment: bytes.Repeat([]byte{1}, 32),
		})
	}
	return list
}

// post books drafts as a service does, as one unit.
func (b books) post(service string, drafts ...*ledgerv1.TransactionDraft) error {
	_, err := b.Posting(service).Post(b.t.Context(), &ledgerv1.PostRequest{Transactions: drafts})
	return err
}

// must is post; it fails the test on an error.
func (b books) must(service string, drafts ...*ledgerv1.TransactionDraft) {
	b.t.Helper()
	if err := b.post(service, drafts...); err != nil {
		b.t.Fatalf("post %s: %v", drafts[0].GetReference(), err)
	}
}

// moved books drafts and returns by how much each account changed.
func (b books) moved(service string, drafts ...*ledgerv1.TransactionDraft) map[string]int64 {
	b.t.Helper()
	before := b.Balances()
	if service == "" {
		name := drafts[0].GetSource()
		if err := b.BookByPeople(drafts[0], decisions(name, "ADJUSTMENT_PROPOSED", "ADJUSTMENT_APPROVED", "ADJUSTMENT_APPROVED")...); err != nil {
			b.t.Fatalf("book %s: %v", name, err)
		}
	} else {
		b.must(service, drafts...)
	}
	changes := b.Balances()
	for path, was := range before {
		if changes[path] -= was; changes[path] == 0 {
			delete(changes, path)
		}
	}
	return changes
}
