package book_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// step is a decision in a story: kind, person, content.
type step struct {
	kind    leaf.DecisionKind
	person  string
	content byte
}

func TestAPaymentNeedsTheReleaseOfItsPlanByThreePersons(t *testing.T) {
	t.Parallel()
	all := []step{
		{leaf.DecisionPlanLocked, "staff/a", 1}, {leaf.DecisionPlanApproved, "staff/b", 1}, {leaf.DecisionPlanReleased, "staff/c", 1},
	}
	with := func(i int, s step) []step {
		out := append([]step{}, all...)
		out[i] = s
		return out
	}
	for name, c := range map[string]struct {
		steps []step
		ok    bool
	}{
		"all steps":         {all, true},
		"two approvers":     {[]step{all[0], all[1], {leaf.DecisionPlanApproved, "staff/e", 1}, all[2]}, true},
		"an authoriser":     {[]step{all[0], all[1], {leaf.DecisionPlanAuthorized, "staff/e", 1}, {leaf.DecisionPlanReleased, "staff/a", 1}}, true},
		"none":              {nil, false},
		"no release":        {all[:2], false},
		"one person twice":  {with(2, step{leaf.DecisionPlanReleased, "staff/b", 1}), false},
		"nobody's approval": {with(1, step{leaf.DecisionPlanApproved, "", 1}), false},
		"another content":   {with(1, step{leaf.DecisionPlanApproved, "staff/b", 2}), false},
		"locked anew":       {append(with(0, all[0]), step{leaf.DecisionPlanLocked, "staff/a", 2}), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBooks()
			b.Open(leaf.Account{Path: "award:w_1", Currency: "EUR"}, book.Balance{Credits: 100})
			var decisions []*leaf.Decision
			for i, s := range c.steps {
				decisions = append(decisions, &leaf.Decision{
					Header: leaf.Header{Sequence: int64(i)}, Kind: s.kind, Person: s.person,
					Resource: "paymentPlans/p_1", Commitment: [32]byte{s.content}, Day: today,
				})
				if s.kind == leaf.DecisionPlanLocked {
					decisions[i].Content = &leaf.Lock{Currency: "EUR", Amount: 100, Persons: 3}
				}
				b.KnowDecision(decisions[i])
			}
			d := booktest.Draft(leaf.AttemptSubmitted, "s", booktest.Debit("award:w_1", 100), booktest.Credit("transit:sepa", 100))
			d.Source = "paymentPlans/p_1/payments/y_1"
			_, err := apply(t, b, d)
			if (err == nil) != c.ok || err != nil && !fault.Is(err, book.DecisionsMissing) {
				t.Errorf("got %v", err)
			}
			// Who releases destinations is told the same, about this content only.
			if err := book.CheckPlan(decisions, nil, book.Anybody, [32]byte{1}); (err == nil) != c.ok {
				t.Errorf("check: %v", err)
			}
			if err := book.CheckPlan(decisions, nil, book.Anybody, [32]byte{2}); !fault.Is(err, book.DecisionsMissing) {
				t.Errorf("check of another content: %v", err)
			}
		})
	}
}

func TestABookingByPeopleNeedsTwoOfThem(t *testing.T) {
	t.Parallel()
	const name = "ledger/adjustments/adj_1"
	opening := booktest.Draft(leaf.OpeningBalance, name, booktest.Debit("asset:bank:main", 500), booktest.Credit("equity:opening", 500))
	opening.Source = name
	decided := func(proposer, approver string, contents ...byte) []book.Decision {
		return []book.Decision{
			{Reference: name + "/proposed", Kind: leaf.DecisionAdjustmentProposed, Resource: name, Person: proposer, Day: today, Commitment: [32]byte{contents[0]}},
			{Reference: name + "/approved", Kind: leaf.DecisionAdjustmentApproved, Resource: name, Person: approver, Day: today, Commitment: [32]byte{contents[1]}},
		}
	}
	for what, c := range map[string]struct {
		decisions []book.Decision
		ok        bool
	}{
		"by two":          {decided("staff/s_1", "staff/s_2", 1, 1), true},
		"by nobody":       {nil, false},
		"by one":          {decided("staff/s_1", "staff/s_1", 1, 1), false},
		"another content": {decided("staff/s_1", "staff/s_2", 1, 2), false},
		"only proposed":   {decided("staff/s_1", "staff/s_2", 1, 1)[:1], false},
	} {
		u, err := book.NewUnit(c.decisions, []book.Draft{opening}, today)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newBooks().Apply(u); (err == nil) != c.ok || err != nil && !fault.Is(err, book.DecisionsMissing) {
			t.Errorf("%s: %v", what, err)
		}
	}
	again := opening
	again.Reference = name + "/again"
	_, err := apply(t, newBooks(), again)
	wantFault(t, err, "INVALID_FIELD", "transactions[0].reference")
}

func TestWhatSetsMoneyAsideMovesNoOther(t *testing.T) {
	t.Parallel()
	for kind, lines := range map[leaf.Kind][2]book.Entry{
		leaf.RoundHold:      {booktest.Debit("asset:bank:main", 5), booktest.Credit("round:r_1:general", 5)},
		leaf.RoundAward:     {booktest.Debit("round:r_1:general", 5), booktest.Credit("asset:bank:main", 5)},
		leaf.RoundRelease:   {booktest.Debit("round:r_1:general", 5), booktest.Credit("transit:sepa", 5)},
		leaf.EmergencyGrant: {booktest.Debit("deficit:general", 5), booktest.Credit("award:w_1", 5)},
		leaf.AwardCancelled: {booktest.Debit("award:w_1", 5), booktest.Credit("transit:sepa", 5)},
	} {
		_, err := book.NewUnit(nil, []book.Draft{booktest.Draft(kind, "x", lines[0], lines[1])}, today)
		field := "transactions[0].entries[1].account"
		if kind == leaf.RoundHold || kind == leaf.EmergencyGrant {
			field = "transactions[0].entries[0].account"
		}
		wantFault(t, err, "WRONG_KIND", field)
	}
}

func TestAnAwardHoldsTheMoneyOfARoundOrOfAnEmergency(t *testing.T) {
	t.Parallel()
	const name = "allocationRounds/r_1"
	award := leaf.Account{Path: "award:w_1", Currency: "EUR"}
	grant := granting("e_1", 1)
	award1 := booktest.Draft(leaf.RoundAward, "a", booktest.Debit("round:r_1:general", 100), booktest.Credit(award.Path, 100))
	award1.Source = name
	open := func() *book.Books {
		b := newBooks()
		b.Open(leaf.Account{Path: "round:r_1:general", Currency: "EUR"}, book.Balance{Credits: 100})
		b.Open(leaf.Account{Path: "fund:emergency:available", Currency: "EUR"}, book.Balance{Credits: 100})
		approveEmergency(b, "e_1", 1)
		b.KnowDecision(&leaf.Decision{Kind: leaf.DecisionRoundSnapshot, Person: "staff/a", Resource: name})
		b.KnowDecision(&leaf.Decision{Kind: leaf.DecisionRoundCommitted, Person: "staff/b", Resource: name})
		return b
	}
	const field = "transactions[0].entries[1].account"

	b := open() // an emergency grant before this batch
	b.Open(award, book.Balance{Credits: 1})
	b.KnowEmergency(award, "emergencyGrants/e_1")
	_, err := apply(t, b, award1)
	wantFault(t, err, "WRONG_KIND", field)
	must(t, b, grant)

	b = open() // one in this batch
	must(t, b, grant)
	_, err = apply(t, b, award1)
	wantFault(t, err, "WRONG_KIND", field)

	b = open()
	must(t, b, award1)
	_, err = apply(t, b, grant)
	wantFault(t, err, "WRONG_KIND", field)
}

// granting books an emergency grant into the award w_1.
func granting(id string, minor int64) book.Draft {
	d := booktest.Draft(leaf.EmergencyGrant, "emergencyGrants/"+id+"/grant", booktest.Debit("fund:emergency:available", minor), booktest.Credit("award:w_1", minor))
	d.Source = "emergencyGrants/" + id
	return d
}

// approveEmergency has had two persons approve it, before what the books begin with.
func approveEmergency(b *book.Books, id string, minor int64) {
	for _, person := range []string{"staff/a", "staff/b"} {
		b.KnowDecision(&leaf.Decision{
			Header: leaf.Header{Sequence: -1},
			Kind:   leaf.DecisionEmergencyApproved, Person: person, Resource: "emergencyGrants/" + id, Content: &leaf.Emergency{Currency: "EUR", Amount: minor},
		})
	}
}

func TestDecisionsOfOtherKindsAreNoStepsOfAPlan(t *testing.T) {
	t.Parallel()
	decision := func(kind leaf.DecisionKind, person string, content byte) *leaf.Decision {
		return &leaf.Decision{Kind: kind, Person: person, Resource: "paymentPlans/p_1", Commitment: [32]byte{content}}
	}
	b := newBooks()
	b.Open(leaf.Account{Path: "award:w_1", Currency: "EUR"}, book.Balance{Credits: 100})
	b.KnowEmergency(leaf.Account{Path: "award:w_1", Currency: "EUR"}, "emergencyGrants/e_1")
	for _, d := range []*leaf.Decision{
		decision(leaf.DecisionPolicyVersion, "staff/a", 1), decision(leaf.DecisionPlanApproved, "staff/b", 2),
		decision(leaf.DecisionPlanApproved, "staff/b", 1), decision(leaf.DecisionPlanAuthorized, "staff/c", 1), decision(leaf.DecisionPlanReleased, "", 1),
	} {
		b.KnowDecision(d)
	}
	d := booktest.Draft(leaf.AttemptSubmitted, "s", booktest.Debit("award:w_1", 100), booktest.Credit("transit:manual", 100))
	d.Source = "paymentPlans/p_1/payments/y_1"
	if _, err := apply(t, b, d); !fault.Is(err, book.DecisionsMissing) {
		t.Errorf("got %v", err)
	}
}

func TestRefusedUnitTakesItsDecisionsAndGrantsBack(t *testing.T) {
	t.Parallel()
	b := newBooks()
	must(t, b, booktest.Draft(leaf.Donation, "g", booktest.Debit("asset:stripe", 100), booktest.Credit("fund:emergency:available", 100)))
	emergency := &leaf.Emergency{Currency: "EUR", Amount: 100}
	decisions := []book.Decision{
		{Reference: "d/1", Kind: leaf.DecisionEmergencyApproved, Resource: "emergencyGrants/e_1", Person: "staff/a", Day: today, Content: emergency},
		{Reference: "d/2", Kind: leaf.DecisionEmergencyApproved, Resource: "emergencyGrants/e_1", Person: "staff/b", Day: today, Content: emergency},
		{Reference: "d/3", Kind: leaf.DecisionPlanReleased, Resource: "paymentPlans/p_1", Person: "staff/a", Day: today},
	}
	grant := granting("e_1", 100)
	submit := func(minor int64) book.Draft {
		d := booktest.Draft(leaf.AttemptSubmitted, "s", booktest.Debit("award:w_1", minor), booktest.Credit("transit:manual", minor))
		d.Source = "paymentPlans/p_1/payments/y_1"
		return d
	}
	// Given a unit that decides, grants and then pays too much
	u, err := book.NewUnit(decisions, []book.Draft{grant, submit(101)}, today)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(u); !fault.Is(err, book.InsufficientFunds) {
		t.Fatalf("too much: %v", err)
	}
	// Then neither its decisions nor its grant count for the next.
	must(t, b, booktest.Draft(leaf.Donation, "g/2", booktest.Debit("asset:stripe", 100), booktest.Credit("fund:emergency:available", 100)))
	if _, err := apply(t, b, grant, submit(100)); !fault.Is(err, book.DecisionsMissing) {
		t.Errorf("without decisions: %v", err)
	}
	u, err = book.NewUnit(decisions, []book.Draft{grant, submit(100)}, today)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(u); err != nil {
		t.Errorf("as a whole: %v", err)
	}
}

// A refused unit that grants once more takes back what it granted, and nothing of
// what an award was granted before.
func TestARefusedGrantLeavesTheOneBeforeIt(t *testing.T) {
	t.Parallel()
	for name, known := range map[string]bool{"granted long ago": true, "granted in this batch": false} {
		b := newBooks()
		must(t, b, booktest.Draft(leaf.Donation, "g", booktest.Debit("asset:stripe", 100), booktest.Credit("fund:emergency:available", 100)))
		for id, minor := range map[string]int64{"e_1": 60, "e_2": 10, "e_3": 1000} {
			approveEmergency(b, id, minor)
		}
		if known {
			b.Open(leaf.Account{Path: "award:w_1", Currency: "EUR"}, book.Balance{Credits: 60})
			b.KnowEmergency(leaf.Account{Path: "award:w_1", Currency: "EUR"}, "emergencyGrants/e_1")
		} else {
			must(t, b, granting("e_1", 60))
		}
		b.KnowDecision(&leaf.Decision{Kind: leaf.DecisionPlanReleased, Person: "staff/a", Resource: "paymentPlans/p_1", Commitment: [32]byte{1}})
		if _, err := apply(t, b, granting("e_2", 10), granting("e_3", 1000)); !fault.Is(err, book.InsufficientFunds) {
			t.Fatalf("%s: %v", name, err)
		}
		pay := booktest.Draft(leaf.AttemptSubmitted, "s", booktest.Debit("award:w_1", 60), booktest.Credit("transit:manual", 60))
		pay.Source = "paymentPlans/p_1/payments/y_1"
		if _, err := apply(t, b, pay); err != nil {
			t.Errorf("%s: its payment is refused with the unit before it: %v", name, err)
		}
	}
}
