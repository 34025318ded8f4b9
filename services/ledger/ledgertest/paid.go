package ledgertest

import (
	"context"
	"fmt"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// SetPaid has a fund pay an amount of what it has available to one family, by a
// round and a plan of its own, and some of it come back.
func (l *Ledger) SetPaid(fund string, paid, returned int64) {
	l.t.Helper()
	id := fmt.Sprintf("given-%d", len(l.given))
	on := l.now().UTC().Format(time.DateOnly)
	l.say(resource.AllocationRound.Of(id), nil, "ROUND_SNAPSHOT", "ROUND_COMMITTED")
	l.say(resource.PaymentPlan.Of(id), posting.LockContent(posting.Lock{Currency: Currency, Minor: paid}), "PLAN_LOCKED", "PLAN_APPROVED", "PLAN_RELEASED")
	sum := money.Amount{MinorUnits: paid, Currency: Currency}
	attempt := posting.Attempt{
		Plan: id, Payment: id, Number: 1, Rail: "sepa", On: on, Amount: sum, Awards: []posting.AwardPart{{Award: id, Minor: paid}},
	}
	back := attempt
	back.Amount.MinorUnits, back.Awards = returned, []posting.AwardPart{{Award: id, Minor: returned}}
	drafts := []*ledgerv1.TransactionDraft{
		posting.RoundHold(posting.RoundMoney{Round: id, On: on, Currency: Currency, Funds: []posting.FundPart{{Fund: fund, Minor: paid}}}),
		posting.RoundAward(id, posting.AwardMoney{Award: id, Fund: fund, On: on, Amount: sum}),
		posting.AttemptSubmitted(attempt), posting.AttemptSettled(attempt, account.Bank("main")),
	}
	if returned > 0 {
		drafts = append(drafts, posting.AttemptReturned(back, account.Bank("main"), returned))
	}
	if err := l.give("disbursements", drafts...); err != nil {
		l.t.Fatalf("pay %d out of %s: %v", paid, fund, err)
	}
}

// say records steps about a resource, each by another person. Those whose kind says
// something say content.
func (l *Ledger) say(name string, content *ledgerv1.DecisionContent, steps ...string) {
	l.t.Helper()
	for i, step := range steps {
		kind := ledgerv1.DecisionKind(ledgerv1.DecisionKind_value["DECISION_KIND_"+step])
		ctx := identity.Into(context.Background(), identity.Caller{
			Service: "disbursements", Person: resource.Staff.Of(fmt.Sprintf("given-%d", i)), AuthTime: l.now(),
			Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER},
		})
		d := &ledgerv1.DecisionDraft{Reference: name + "/" + step, Kind: kind, Resource: name, Commitment: make([]byte, 32)}
		if postingtest.Content(kind) != nil {
			d.Content = content
		}
		_, err := l.server.Record(ctx, &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{d}})
		if err != nil {
			l.t.Fatalf("decide about %s: %v", name, err)
		}
	}
}
