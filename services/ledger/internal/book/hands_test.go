package book_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// act is a decision in a table: what, by whom, on which day after today.
type act struct {
	kind    leaf.DecisionKind
	person  string
	day     leaf.Day
	content leaf.Content
}

// world are books of a fund that has enough, with an award w_1 of plan p_1.
type world struct {
	*book.Books
	t *testing.T
	n int
}

// hands begins with an award of so much.
func hands(t *testing.T, award int64) *world {
	w := &world{Books: newBooks(), t: t}
	must(t, w.Books, booktest.Draft(leaf.BankGift, "opening", booktest.Debit("asset:bank:main", 1_000_000_000), booktest.Credit("fund:general:available", 1_000_000_000)),
		booktest.Draft(leaf.BankGift, "emergency", booktest.Debit("asset:bank:main", 1_000_000), booktest.Credit("fund:emergency:available", 1_000_000)))
	w.decide("allocationRounds/r_1", act{kind: leaf.DecisionRoundSnapshot, person: "r"}, act{kind: leaf.DecisionRoundCommitted, person: "s"})
	must(t, w.Books, booktest.Draft(leaf.RoundHold, "hold", booktest.Debit("fund:general:available", award), booktest.Credit("round:r_1:general", award)),
		booktest.Draft(leaf.RoundAward, "award", booktest.Debit("round:r_1:general", award), booktest.Credit("award:w_1", award)))
	return w
}

// record records decisions about a resource, and returns the error of the first that
// is refused.
func (w *world) record(resource string, acts ...act) error {
	w.t.Helper()
	for _, a := range acts {
		w.n++
		d := book.Decision{
			Reference: fmt.Sprintf("d/%d", w.n), Kind: a.kind, Resource: resource, Day: today + a.day,
			Commitment: [32]byte{1}, Content: a.content,
		}
		if a.person != "" {
			d.Person = "staff/" + a.person
		}
		u, err := book.NewUnit([]book.Decision{d}, nil, today+a.day)
		if err != nil {
			w.t.Fatalf("%s: %v", a.kind, err)
		}
		if _, err := w.Apply(u); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) decide(resource string, acts ...act) {
	w.t.Helper()
	if err := w.record(resource, acts...); err != nil {
		w.t.Fatal(err)
	}
}

// pay submits a payment of plan p_1 out of award w_1.
func (w *world) pay(payment string, minor int64) error {
	w.t.Helper()
	w.n++
	d := booktest.Draft(leaf.AttemptSubmitted, fmt.Sprintf("s/%d", w.n), booktest.Debit("award:w_1", minor), booktest.Credit("transit:sepa", minor))
	d.Source = "paymentPlans/p_1/payments/" + payment
	_, err := apply(w.t, w.Books, d)
	return err
}

func lock(person string, minor int64) act {
	return act{kind: leaf.DecisionPlanLocked, person: person, content: &leaf.Lock{Currency: "EUR", Amount: minor}}
}
func approve(person string) act { return act{kind: leaf.DecisionPlanApproved, person: person} }
func release(person string) act { return act{kind: leaf.DecisionPlanReleased, person: person} }
func voided(person string) act {
	return act{kind: leaf.DecisionPlanVoided, person: person, content: &leaf.Voiding{Reason: leaf.VoidReject}}
}
func (a act) after(days leaf.Day) act { a.day = days; return a }

func TestAPlanIsPaidByAsManyHandsAsItsSumAsksFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		amount int64
		acts   []act
		ok     bool
	}{
		"small, by two":                        {200_000, []act{lock("a", 200_000), approve("b"), release("a")}, true},
		"small, released by the approver":      {200_000, []act{lock("a", 200_000), approve("b"), release("b")}, true},
		"small, by one":                        {200_000, []act{lock("a", 200_000), approve("a"), release("a")}, false},
		"small, never approved":                {200_000, []act{lock("a", 200_000), release("b")}, false},
		"small, never released":                {200_000, []act{lock("a", 200_000), approve("b")}, false},
		"never locked":                         {200_000, []act{approve("b"), release("c")}, false},
		"locked by nobody":                     {200_000, []act{lock("", 200_000), approve("b"), release("c")}, false},
		"approved by the locker among others":  {200_000, []act{lock("a", 200_000), approve("b"), approve("a"), release("c")}, false},
		"large, by two":                        {200_001, []act{lock("a", 200_001), approve("b"), release("a")}, false},
		"large, by three":                      {200_001, []act{lock("a", 200_001), approve("b"), release("c")}, true},
		"large, by two after the days":         {200_001, []act{lock("a", 200_001), approve("b"), release("a").after(3)}, true},
		"large, by two a day too soon":         {200_001, []act{lock("a", 200_001), approve("b"), release("a").after(2)}, false},
		"approval of a week":                   {200_000, []act{lock("a", 200_000), approve("b"), release("a").after(7)}, true},
		"approval older than a week":           {200_000, []act{lock("a", 200_000), approve("b"), release("a").after(8)}, false},
		"voided before the release":            {200_000, []act{lock("a", 200_000), approve("b"), voided("c"), release("a")}, false},
		"voided after the release":             {200_000, []act{lock("a", 200_000), approve("b"), release("a"), voided("")}, false},
		"voided, locked anew, never approved":  {200_000, []act{lock("a", 200_000), approve("b"), voided("c"), lock("a", 200_000), release("a")}, false},
		"voided and decided anew":              {200_000, []act{lock("a", 200_000), voided("c"), lock("a", 200_000), approve("b"), release("a")}, true},
		"locked with less":                     {200_000, []act{lock("a", 199_999), approve("b"), release("a")}, false},
		"looks missing":                        {200_000, []act{{kind: leaf.DecisionPlanLocked, person: "a", content: &leaf.Lock{Currency: "EUR", Amount: 200_000, Looks: 1}}, approve("b"), release("a")}, false},
		"looked at":                            {200_000, []act{{kind: leaf.DecisionPlanLocked, person: "a", content: &leaf.Lock{Currency: "EUR", Amount: 200_000, Looks: 1}}, {kind: leaf.DecisionPlanLooked, person: "v"}, approve("b"), release("a")}, true},
		"locked in another currency":           {200_000, []act{{kind: leaf.DecisionPlanLocked, person: "a", content: &leaf.Lock{Currency: "PLN", Amount: 200_000}}, approve("b"), release("a")}, false},
		"four persons, where three are enough": {500_000, []act{lock("a", 500_000), approve("b"), {kind: leaf.DecisionPlanAuthorized, person: "c"}, release("d")}, true},
	} {
		w := hands(t, c.amount)
		w.decide("paymentPlans/p_1", c.acts...)
		err := w.pay("y_1", c.amount)
		if (err == nil) != c.ok || err != nil && !fault.Is(err, fault.ReasonDecisionsMissing) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A plan may be paid as often as its payments fail, but never more of each than it was
// locked with in all.
func TestAPlanPaysNoMoreThanItWasLockedWith(t *testing.T) {
	t.Parallel()
	w := hands(t, 1000)
	w.decide("paymentPlans/p_1", lock("a", 100), approve("b"), release("a"))
	for _, step := range []struct {
		payment string
		minor   int64
		ok      bool
	}{{"y_1", 60, true}, {"y_1", 60, true}, {"y_2", 40, true}, {"y_1", 61, false}, {"y_3", 1, false}, {"y_2", 30, true}} {
		if err := w.pay(step.payment, step.minor); (err == nil) != step.ok {
			t.Errorf("%s %d: %v", step.payment, step.minor, err)
		}
	}
	// Locking it anew does not forget what was paid.
	w.decide("paymentPlans/p_1", voided("c"), lock("a", 100), approve("b"), release("a"))
	if err := w.pay("y_3", 1); err == nil {
		t.Error("paid 101 of 100")
	}
}

// Splitting gains nothing: everything that leaves within 30 days is counted together.
func TestThePersonsOfAPlanAreCountedOverThirtyDays(t *testing.T) {
	t.Parallel()
	other := func(minor int64) act { return lock("a", minor) }
	for name, c := range map[string]struct {
		before func(w *world)
		on     leaf.Day
		want   uint8
	}{
		"alone":                  {func(*world) {}, 0, 2},
		"beside another plan":    {func(w *world) { w.decide("paymentPlans/p_2", other(100_001)) }, 0, 3},
		"beside it, 29 days ago": {func(w *world) { w.decide("paymentPlans/p_2", other(100_001)) }, 29, 3},
		"beside it, 30 days ago": {func(w *world) { w.decide("paymentPlans/p_2", other(100_001)) }, 30, 2},
		"beside one voided":      {func(w *world) { w.decide("paymentPlans/p_2", other(100_001), voided("")) }, 0, 2},
		"beside one voided and locked anew": {func(w *world) {
			w.decide("paymentPlans/p_2", other(500_000), voided(""), other(100_001))
		}, 0, 3},
		"its own earlier lock": {func(w *world) { w.decide("paymentPlans/p_1", other(500_000)) }, 0, 2},
		"beside another money": {func(w *world) {
			w.decide("paymentPlans/p_2", act{kind: leaf.DecisionPlanLocked, person: "a", content: &leaf.Lock{Currency: "PLN", Amount: 900_000}})
		}, 0, 2},
		"beside a running cost": {func(w *world) { w.cost("1", 100_001, "a", "b") }, 0, 3},
		"beside an emergency": {func(w *world) {
			w.decide("paymentPlans/p_2", other(80_001))
			w.emergency("e_1", 20_000, "a", "b")
		}, 0, 3},
	} {
		w := hands(t, 1000)
		c.before(w)
		w.decide("paymentPlans/p_1", lock("a", 100_000).after(c.on))
		booked := w.Booked()
		if got := booked[len(booked)-1].Decision.Content.(*leaf.Lock); got.Persons != c.want {
			t.Errorf("%s: %d persons, want %d", name, got.Persons, c.want)
		}
	}
}

// cost books a running cost that persons have proposed and approved.
func (w *world) cost(id string, minor int64, persons ...string) {
	w.t.Helper()
	if err := w.costs(id, minor, 0, persons...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) costs(id string, minor int64, later leaf.Day, persons ...string) error {
	w.t.Helper()
	name := "ledger/adjustments/" + id
	for i, person := range persons {
		a := act{kind: leaf.DecisionAdjustmentApproved, person: person, day: later}
		if i == 0 {
			a = act{kind: leaf.DecisionAdjustmentProposed, person: person}
		}
		w.decide(name, a)
	}
	d := booktest.Draft(leaf.RunningCost, name, booktest.Debit("fund:general:available", minor), booktest.Credit("asset:bank:main", minor))
	d.Source = name
	_, err := apply(w.t, w.Books, d)
	return err
}

func TestARunningCostNeedsTheHandsOfItsRow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		minor   int64
		later   leaf.Day
		persons []string
		ok      bool
	}{
		"small, by two":        {200_000, 0, []string{"a", "b"}, true},
		"large, by two":        {200_001, 0, []string{"a", "b"}, false},
		"large, by three":      {200_001, 0, []string{"a", "b", "c"}, true},
		"large, after 3 days":  {200_001, 3, []string{"a", "b"}, true},
		"large, after 2 days":  {200_001, 2, []string{"a", "b"}, false},
		"approved by proposer": {200_000, 0, []string{"a", "b", "a"}, false},
	} {
		w := hands(t, 1000)
		if err := w.costs("1", c.minor, c.later, c.persons...); (err == nil) != c.ok || err != nil && !fault.Is(err, fault.ReasonDecisionsMissing) && !fault.Is(err, fault.ReasonHandsMissing) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (w *world) emergency(id string, minor int64, persons ...string) {
	w.t.Helper()
	if err := w.grants(id, minor, minor, persons...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) grants(id string, approved, minor int64, persons ...string) error {
	w.t.Helper()
	name := "emergencyGrants/" + id
	for _, person := range persons {
		w.decide(name, act{kind: leaf.DecisionEmergencyApproved, person: person, content: &leaf.Emergency{Currency: "EUR", Amount: approved}})
	}
	d := booktest.Draft(leaf.EmergencyGrant, name+"/grant", booktest.Debit("fund:emergency:available", minor), booktest.Credit("award:"+id, minor))
	d.Source = name
	_, err := apply(w.t, w.Books, d)
	return err
}

func TestAnEmergencyIsGrantedByTwoAndPaidByItsRelease(t *testing.T) {
	t.Parallel()
	w := hands(t, 1000)
	for name, c := range map[string]struct {
		approved, minor int64
		persons         []string
		ok              bool
	}{
		"two": {100, 100, []string{"a", "b"}, true}, "one": {100, 100, []string{"a"}, false}, "nobody": {100, 100, nil, false},
		"same": {100, 100, []string{"a", "a"}, false}, "more": {100, 101, []string{"a", "b"}, false},
	} {
		if err := w.grants("e_"+name, c.approved, c.minor, c.persons...); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	pay := func() error {
		w.n++
		d := booktest.Draft(leaf.AttemptSubmitted, fmt.Sprintf("s/%d", w.n), booktest.Debit("award:e_two", 10), booktest.Credit("transit:sepa", 10))
		d.Source = "paymentPlans/p_9/payments/y_1"
		_, err := apply(t, w.Books, d)
		return err
	}
	if err := pay(); !fault.Is(err, fault.ReasonDecisionsMissing) {
		t.Errorf("not released: %v", err)
	}
	w.decide("paymentPlans/p_9", release("t"))
	if err := pay(); err != nil {
		t.Errorf("released: %v", err)
	}
	w.decide("paymentPlans/p_9", voided(""))
	if err := pay(); !fault.Is(err, fault.ReasonDecisionsMissing) {
		t.Errorf("voided: %v", err)
	}
}

func TestAPolicyIsInForceOnceTwoHaveAgreedAndFromItsDayOn(t *testing.T) {
	t.Parallel()
	policy := func(persons uint8, from leaf.Day) *leaf.Policy {
		return &leaf.Policy{EffectiveOn: today + from, ApprovalDays: 1, Currencies: []leaf.Hands{{Currency: "EUR", CashCap: 50, Rows: []leaf.Row{{Persons: persons}}}}}
	}
	const v1 = "policies/hands/versions/1"
	propose := func(person string, p *leaf.Policy) act {
		return act{kind: leaf.DecisionPolicyProposed, person: person, content: p}
	}
	agree := func(person string, p *leaf.Policy) act {
		return act{kind: leaf.DecisionPolicyVersion, person: person, content: p}
	}
	w := hands(t, 1000)
	// Nobody agrees with themselves, with nothing or with something else.
	for name, acts := range map[string][]act{
		"by one":     {propose("a", policy(5, 2)), agree("a", policy(5, 2))},
		"of nothing": {agree("b", policy(5, 2))},
		"of another": {propose("a", policy(5, 2)), agree("b", policy(4, 2))},
	} {
		if err := w.record("policies/hands/versions/"+strings.ReplaceAll(name, " ", "_"), acts...); !fault.Is(err, fault.ReasonNotDecidable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.decide(v1, propose("a", policy(5, 2)), agree("b", policy(5, 2)))
	for day, want := range map[leaf.Day]uint8{1: 2, 2: 5} {
		w.decide(fmt.Sprintf("paymentPlans/p_%d", day), lock("a", 10).after(day))
		booked := w.Booked()
		if got := booked[len(booked)-1].Decision.Content.(*leaf.Lock).Persons; got != want {
			t.Errorf("on day %d: %d persons, want %d", day, got, want)
		}
	}
}

// A refused unit leaves nothing behind of what is counted.
func TestARefusedUnitIsNotCounted(t *testing.T) {
	t.Parallel()
	w := hands(t, 1000)
	u, err := book.NewUnit([]book.Decision{{
		Reference: "x", Kind: leaf.DecisionPlanLocked, Resource: "paymentPlans/p_2", Person: "staff/a", Day: today, Content: &leaf.Lock{Currency: "EUR", Amount: 500_000},
	}}, []book.Draft{booktest.Draft(leaf.RoundHold, "too-much", booktest.Debit("fund:empty:available", 1), booktest.Credit("round:r_1:empty", 1))}, today)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Apply(u); err == nil {
		t.Fatal("applied")
	}
	w.decide("paymentPlans/p_1", lock("a", 100), approve("b"), release("a"))
	pay := booktest.Draft(leaf.AttemptSubmitted, "p", booktest.Debit("award:w_1", 100), booktest.Credit("transit:sepa", 100))
	pay.Source = "paymentPlans/p_1/payments/y_1"
	if _, err := apply(t, w.Books, pay, booktest.Draft(leaf.RoundHold, "too-much", booktest.Debit("fund:empty:available", 1), booktest.Credit("round:r_1:empty", 1))); err == nil {
		t.Fatal("applied")
	}
	if err := w.pay("y_2", 100); err != nil {
		t.Errorf("what was refused counts: %v", err)
	}
}
