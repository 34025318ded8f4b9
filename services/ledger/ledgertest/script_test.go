package ledgertest

import (
	"bytes"
	"fmt"

	"pgregory.net/rapid"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

var funds = []string{"general", "operations", "emergency"}

// script makes up what services ask.
type script struct {
	*rapid.T
	n      int // requests so far
	last   []*ledgerv1.TransactionDraft
	booked []string // references
}

// opening is what most of it needs: money, the decisions about a round and a plan,
// and now and then the round's hold with two awards.
func (s *script) opening() []call {
	var gifts []*ledgerv1.TransactionDraft
	for i, fund := range funds {
		d := postingtest.Gift(fmt.Sprintf("opening/%d", i), 1000)
		d.Entries[1].Account = account.FundAvailable(fund)
		gifts = append(gifts, d)
	}
	calls := []call{{"donations", &ledgerv1.PostRequest{Transactions: gifts}}}
	if rapid.Bool().Draw(s.T, "undecided") {
		return calls
	}
	round, plan := steps("r", roundName, roundSteps, commitment(1)), steps("p", planName, planSteps, commitment(1))
	calls = append(calls, call{"disbursements", &ledgerv1.RecordByRuleRequest{Decisions: append(round, plan...)}})
	held := posting.RoundMoney{Round: "r_1", On: postingtest.Today, Currency: "EUR", Funds: []posting.FundPart{{Fund: "general", Minor: 400}}}
	drafts := []*ledgerv1.TransactionDraft{posting.RoundHold(held)}
	for _, award := range []string{"w_1", "w_2"} {
		drafts = append(drafts, posting.RoundAward("r_1", posting.AwardMoney{
			Award: award, Fund: "general", On: postingtest.Today, Amount: postingtest.EUR(150),
		}))
	}
	return append(calls, call{"disbursements", &ledgerv1.PostRequest{Transactions: drafts}})
}

func (s *script) answered(err error) {
	if err != nil {
		return
	}
	for _, d := range s.last {
		s.booked = append(s.booked, d.GetReference())
	}
}

func (s *script) pick(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(s.T, label)
}
func (s *script) minor() int64 { return rapid.Int64Range(1, 60).Draw(s.T, "minor") }
func (s *script) fund() string { return s.pick("fund", funds...) }

// call makes one request, most often of the service whose business it is.
func (s *script) call() call {
	s.n++
	s.last = nil
	c := call{service: "donations"}
	switch s.pick("what", "gift", "gift", "post", "post", "post", "decide", "decide", "reverse", "balances", "plan") {
	case "gift":
		c.request = s.post(s.gift())
	case "post":
		c.service = "disbursements"
		c.request = s.post(s.draft())
		if rapid.IntRange(0, 4).Draw(s.T, "two") == 4 {
			c.request = s.post(s.draft(), s.draft())
		}
	case "decide":
		c.service = "disbursements"
		c.request = &ledgerv1.RecordByRuleRequest{Decisions: s.decisions()}
	case "reverse":
		c.request = &ledgerv1.ReverseRequest{
			Reference: fmt.Sprintf("undo/%d", s.n), OriginalReference: s.pick("original", append(s.booked, "nothing")...),
			Source: "donations/d_1", OccurredOn: postingtest.Today,
		}
	case "balances":
		c.request = &ledgerv1.GetBalancesRequest{Accounts: []*ledgerv1.AccountKey{
			{Path: account.FundAvailable(s.fund()), CurrencyCode: "EUR"}, {Path: account.Stripe(), CurrencyCode: s.pick("currency", "EUR", "PLN", "XXX")},
		}}
	case "plan":
		c.service = "families"
		c.request = &ledgerv1.CheckPlanDecisionsRequest{Plan: s.pick("plan", "paymentPlans/p_1", "p_1"), Commitment: commitment(rapid.SampledFrom([]byte{1, 2, 9}).Draw(s.T, "content"))}
	}
	if rapid.IntRange(0, 9).Draw(s.T, "another service") == 9 {
		c.service = s.pick("service", "", "donations", "families", "access", "disbursements", "gateway")
	}
	return c
}

// post is a request of drafts, now and then one of them changed or repeated.
func (s *script) post(drafts ...*ledgerv1.TransactionDraft) *ledgerv1.PostRequest {
	s.last = drafts
	d := drafts[0]
	if rapid.IntRange(0, 3).Draw(s.T, "changed") < 3 {
		return &ledgerv1.PostRequest{Transactions: drafts}
	}
	switch s.pick("change", "kind", "account", "amount", "currency", "day", "source", "reference", "again") {
	case "kind":
		d.Kind = ledgerv1.TransactionKind(rapid.Int32Range(0, 40).Draw(s.T, "kind"))
	case "account":
		d.Entries[0].Account = s.pick("account", "fund:general:spent", "award:w_1", "round:r_1:general", "deficit:general", "transit:refunds", "")
	case "amount":
		d.Entries[0].Amount.MinorUnits = rapid.SampledFrom([]int64{-1, 0, 7, 1e15, 1e15 + 1}).Draw(s.T, "amount")
	case "currency":
		for _, e := range d.GetEntries() {
			e.Amount.CurrencyCode = s.pick("currency", "PLN", "DEM", "eur")
		}
	case "day":
		d.OccurredOn = s.pick("day", "2026-11-25", "2026-11-26", "2026-10-01", "yesterday")
	case "source":
		d.Source = s.pick("source", "", "a b", "paymentPlans/p_1/payments/y_2", "paymentPlans/p_2/payments/y_1")
	case "reference":
		d.Reference = s.pick("reference", append(s.booked, "", "ledger/adjustments/1", "d/PLAN_LOCKED/1")...)
	case "again":
		drafts = append(drafts, d)
	}
	return &ledgerv1.PostRequest{Transactions: drafts}
}

func (s *script) gift() *ledgerv1.TransactionDraft {
	minor := s.minor()
	d := postingtest.Gift(fmt.Sprintf("gift/%d", s.n), minor)
	d.Entries[1].Account = s.pick("credited", account.FundClearing("general"), account.FundAvailable(s.fund()), account.FundAvailable(s.fund()))
	return d
}

// draft is a transaction of disbursements; awards, rounds and attempts are few, so
// that they meet.
func (s *script) draft() *ledgerv1.TransactionDraft {
	const on = postingtest.Today
	minor, n := s.minor(), rapid.IntRange(1, 3).Draw(s.T, "n")
	award := s.pick("award", "w_1", "w_2")
	money := posting.RoundMoney{Round: "r_1", On: on, Currency: "EUR", Funds: []posting.FundPart{{Fund: s.fund(), Minor: minor}}}
	held := posting.AwardMoney{Award: award, Fund: s.fund(), On: on, Amount: postingtest.EUR(minor)}
	attempt := posting.Attempt{
		Plan: "p_1", Payment: "y_1", Number: n, Rail: "sepa", On: on, Amount: postingtest.EUR(minor), Awards: []posting.AwardPart{{Award: award, Minor: minor}},
	}
	line := posting.BankLine{ID: fmt.Sprintf("l_%d", n), Statement: "st_1", Bank: "main", On: on, Amount: postingtest.EUR(minor)}
	switch s.pick("draft", "hold", "award", "release", "grant", "cancel", "submit", "settle", "fail", "return", "charge", "interest", "fx") {
	case "hold":
		return posting.RoundHold(money)
	case "award":
		return posting.RoundAward("r_1", held)
	case "release":
		return posting.RoundRelease(money)
	case "grant":
		return posting.EmergencyGrant(s.pick("emergency", "e_1", "e_2"), held)
	case "cancel":
		return posting.AwardCancelled(held)
	case "submit":
		return posting.AttemptSubmitted(attempt)
	case "settle":
		return posting.AttemptSettled(attempt, account.Bank("main"))
	case "fail":
		return posting.AttemptFailed(attempt)
	case "return":
		return posting.AttemptReturned(attempt, account.Bank("main"), max(minor-1, 1))
	case "charge":
		return posting.BankCharge(line)
	case "interest":
		return posting.Interest(line)
	}
	got := postingtest.EUR(minor)
	got.Currency = "PLN"
	return posting.FX(posting.Exchange{Attempt: attempt, Got: got, Rate: posting.Rate{Value: 1, Publisher: "ecb", Day: on}})
}

const (
	roundName = "allocationRounds/r_1"
	planName  = "paymentPlans/p_1"
)

var (
	roundSteps = []string{"ROUND_SNAPSHOT", "ROUND_COMMITTED"}
	planSteps  = []string{"PLAN_LOCKED", "PLAN_APPROVED", "PLAN_AUTHORIZED", "PLAN_RELEASED"}
)

// steps are decisions about a resource, each by another person.
func steps(prefix, about string, kinds []string, commitment []byte) []*ledgerv1.DecisionDraft {
	var list []*ledgerv1.DecisionDraft
	for i, kind := range kinds {
		number := ledgerv1.DecisionKind(ledgerv1.DecisionKind_value["DECISION_KIND_"+kind])
		list = append(list, &ledgerv1.DecisionDraft{
			Reference: fmt.Sprintf("%s/%s", prefix, kind), Kind: number, Content: postingtest.Content(number),
			Resource: about, Person: resource.Staff.Of(string(rune('a' + i))), Day: postingtest.Today, Commitment: commitment,
		})
	}
	return list
}

// decisions are some or all steps about the round or the plan, now and then by
// other persons.
func (s *script) decisions() []*ledgerv1.DecisionDraft {
	content := commitment(byte(rapid.IntRange(1, 2).Draw(s.T, "content")))
	list := steps(fmt.Sprintf("d/%d", s.n%4), roundName, roundSteps, content)
	if rapid.Bool().Draw(s.T, "about the plan") {
		list = steps(fmt.Sprintf("d/%d", s.n%4), planName, planSteps, content)
	}
	var kept []*ledgerv1.DecisionDraft
	for _, d := range list {
		if rapid.IntRange(0, 4).Draw(s.T, "left out") == 4 {
			continue
		}
		d.Person = s.pick("person", d.GetPerson(), d.GetPerson(), "staff/a", "")
		kept = append(kept, d)
	}
	return kept
}

// commitment is one to a content; that to 9 is too short.
func commitment(content byte) []byte { return bytes.Repeat([]byte{content}, 32)[content/9:] }
