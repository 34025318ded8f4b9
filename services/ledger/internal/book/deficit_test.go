package book_test

import (
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// committed returns books with a decided round "r_1", a fund "general" with 500
// and whatever else was posted.
func committed(t *testing.T, others ...book.Draft) *book.Books {
	t.Helper()
	b := newBooks()
	must(t, b, append([]book.Draft{
		booktest.Draft(leaf.BankGift, "opening", booktest.Debit("asset:bank:main", 500), booktest.Credit("fund:general:available", 500)),
	}, others...)...)
	u, err := book.NewUnit([]book.Decision{
		{Reference: "s", Kind: leaf.DecisionRoundSnapshot, Resource: "allocationRounds/r_1", Person: "staff/s_1", Day: today},
		{Reference: "c", Kind: leaf.DecisionRoundCommitted, Resource: "allocationRounds/r_1", Person: "staff/s_2", Day: today},
	}, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Apply(u); err != nil {
		t.Fatal(err)
	}
	return b
}

func hold(reference string) book.Draft {
	return booktest.Draft(leaf.RoundHold, reference, booktest.Debit("fund:general:available", 100), booktest.Credit("round:r_1:general", 100))
}

func fee(fund string) book.Draft {
	return booktest.Draft(leaf.ProcessingFee, "fee", booktest.Debit("deficit:"+fund, 100_01), booktest.Credit("asset:stripe", 100_01))
}

func TestAFundInDeficitHoldsNothing(t *testing.T) {
	t.Parallel()
	b := committed(t, fee("general"))
	_, err := apply(t, b, hold("h"))
	wantFault(t, err, book.FundInDeficit, "transactions[0].entries[0]")
	if net(b, "fund:general:available") != 500 {
		t.Error("the refused hold has moved money")
	}
	must(t, b, booktest.Draft(leaf.DisputeWon, "cover", booktest.Debit("asset:stripe", 1), booktest.Credit("deficit:general", 1)))
	must(t, b, hold("h"))
}

// Two persons say how much of a deficit stops nothing; the last one in force counts.
func TestAPolicyOfRoundsSaysWhichDeficitStopsAFund(t *testing.T) {
	t.Parallel()
	of := func(minor int64) leaf.Content {
		return &leaf.Policy{EffectiveOn: today + 1, Amounts: []leaf.PolicyAmount{{Currency: "EUR", Amount: minor}}}
	}
	for name, c := range map[string]struct {
		resource string
		content  leaf.Content
		by       [2]string
		holds    bool
	}{
		"more is tolerated":             {"policies/rounds/versions/1", of(100_01), [2]string{"staff/a", "staff/b"}, true},
		"not as much":                   {"policies/rounds/versions/1", of(100_00), [2]string{"staff/a", "staff/b"}, false},
		"another policy":                {"familyPolicies/1", of(100_01), [2]string{"staff/a", "staff/b"}, false},
		"another currency":              {"policies/rounds/versions/1", &leaf.Policy{EffectiveOn: today + 1, Amounts: []leaf.PolicyAmount{{Currency: "PLN", Amount: 100_01}}}, [2]string{"staff/a", "staff/b"}, false},
		"later":                         {"policies/rounds/versions/1", &leaf.Policy{EffectiveOn: today + 2, Amounts: []leaf.PolicyAmount{{Currency: "EUR", Amount: 100_01}}}, [2]string{"staff/a", "staff/b"}, false},
		"by a person who proposed also": {"policies/rounds/versions/1", of(100_01), [2]string{"staff/a", "staff/a"}, false},
	} {
		b := committed(t, fee("general"))
		for i, kind := range []leaf.DecisionKind{leaf.DecisionPolicyProposed, leaf.DecisionPolicyVersion} {
			u, err := book.NewUnit([]book.Decision{{Reference: strings.ReplaceAll(name, " ", "_") + kind.String(), Kind: kind, Resource: c.resource, Person: c.by[i], Day: today, Content: c.content}}, nil, today)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.Apply(u); err != nil && c.by[0] != c.by[1] {
				t.Fatalf("%s: %v", name, err)
			}
		}
		held := hold("h")
		held.OccurredOn = today + 1
		u, err := book.NewUnit(nil, []book.Draft{held}, today+1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.Apply(u); (err == nil) != c.holds {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The table of hands stands in the policy of that name, and in no other one.
func TestAPolicyHasTheContentOfItsName(t *testing.T) {
	t.Parallel()
	table := &leaf.Policy{EffectiveOn: today, ApprovalDays: 7, Currencies: []leaf.Hands{{Currency: "EUR", Rows: []leaf.Row{{Persons: 2}}}}}
	for resource, content := range map[string]leaf.Content{"policies/hands/versions/1": &leaf.Policy{EffectiveOn: today}, "policies/rounds/versions/1": table} {
		u, err := book.NewUnit([]book.Decision{{Reference: "p", Kind: leaf.DecisionPolicyProposed, Resource: resource, Person: "staff/a", Day: today, Content: content}}, nil, today)
		if err != nil {
			t.Fatal(err)
		}
		_, err = newBooks().Apply(u)
		wantFault(t, err, fault.ReasonNotDecidable, "decisions[0].content")
	}
}

func TestAFundInDeficitIsNoSourceOfAHold(t *testing.T) {
	t.Parallel()
	b := committed(t, fee("general"))
	d := booktest.Draft(leaf.RoundHold, "h", booktest.Credit("round:r_1:general", 100))
	d.Sources = []book.Sources{{Accounts: []string{"fund:general:available"}, Amount: postingtest.EUR(100)}}
	_, err := apply(t, b, d)
	wantFault(t, err, book.FundInDeficit, "transactions[0].sources[0]")
}

func TestAnotherFundsDeficitBlocksNothing(t *testing.T) {
	t.Parallel()
	must(t, committed(t, fee("operations")), hold("h"))
}

func TestAHoldAsksForTheDeficit(t *testing.T) {
	t.Parallel()
	u, err := book.NewUnit(nil, []book.Draft{hold("h")}, today)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[leaf.Account]bool{}
	u.Accounts(func(a leaf.Account) { asked[a] = true })
	if !asked[leaf.Account{Path: "deficit:general", Currency: "EUR"}] {
		t.Errorf("asked for %v", asked)
	}
}

// Only what has happened outside is booked whether or not there is money for it.
func TestADecisionOfOursHasNoDeficitToDrawOn(t *testing.T) {
	t.Parallel()
	sourced := func(kind leaf.Kind) error {
		d := booktest.Draft(kind, "d", booktest.Credit("asset:stripe", 10))
		d.Sources = []book.Sources{{Accounts: []string{"fund:general:available", "deficit:general"}, Amount: postingtest.EUR(10)}}
		_, err := book.NewUnit(nil, []book.Draft{d}, today)
		return err
	}
	for _, kind := range []leaf.Kind{leaf.ProcessingFee, leaf.Dispute, leaf.StripeTaking, leaf.BankCharge, leaf.CashLost} {
		if err := sourced(kind); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for _, kind := range []leaf.Kind{leaf.RefundStarted, leaf.Transfer, leaf.CashAdvance, leaf.Suspense} {
		wantFault(t, sourced(kind), "WRONG_KIND", "transactions[0].sources[0].accounts[1]")
	}
}

func cover(reference string, minor int64) book.Draft {
	return booktest.Draft(leaf.DeficitCovered, reference, booktest.Debit("fund:operations:available", minor), booktest.Credit("deficit:general", minor))
}

// What was taken by a dispute is not covered by rule; only fees are.
func TestOnlyWhatFeesHaveMadeOfADeficitIsCovered(t *testing.T) {
	t.Parallel()
	dispute := booktest.Draft(leaf.Dispute, "dispute", booktest.Debit("deficit:general", 500), booktest.Credit("asset:stripe", 500))
	fees := booktest.Draft(leaf.ProcessingFee, "fee", booktest.Debit("deficit:general", 30), booktest.Credit("asset:stripe", 30))
	for name, c := range map[string]struct {
		before []book.Draft
		cover  int64
		ok     bool
	}{
		"a fee":                    {[]book.Draft{fees}, 30, true},
		"a fee and more":           {[]book.Draft{dispute, fees}, 31, false},
		"a dispute":                {[]book.Draft{dispute}, 1, false},
		"a fee that was covered":   {[]book.Draft{dispute, fees, cover("c", 30)}, 1, false},
		"the rest of a fee":        {[]book.Draft{dispute, fees, cover("c", 20)}, 10, true},
		"a fee that was reversed":  {[]book.Draft{dispute, fees, booktest.Reversal("r", "fee")}, 1, false},
		"a covering was reversed":  {[]book.Draft{fees, cover("c", 30), booktest.Reversal("r", "c")}, 1, false},
		"more than there is of it": {[]book.Draft{fees}, 31, false},
	} {
		b := newBooks()
		must(t, b, booktest.Draft(leaf.BankGift, "opening", booktest.Debit("asset:bank:main", 500), booktest.Credit("fund:operations:available", 500)))
		for _, d := range c.before {
			d.By = "" // by nobody: reverses anything
			must(t, b, d)
		}
		_, err := apply(t, b, cover("again", c.cover))
		if (err == nil) != c.ok || err != nil && !fault.Is(err, fault.ReasonNoDeficit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A refused unit leaves nothing behind of the fees that it would have brought.
func TestTheFeesOfARefusedUnitAreNotCovered(t *testing.T) {
	t.Parallel()
	b := newBooks()
	must(t, b, booktest.Draft(leaf.BankGift, "opening", booktest.Debit("asset:bank:main", 500), booktest.Credit("fund:operations:available", 500)),
		booktest.Draft(leaf.Dispute, "dispute", booktest.Debit("deficit:general", 500), booktest.Credit("asset:stripe", 500)))
	if _, err := apply(t, b, fee("general"), hold("too-soon")); err == nil {
		t.Fatal("applied")
	}
	_, err := apply(t, b, cover("c", 1))
	wantFault(t, err, fault.ReasonNoDeficit, "transactions[0].entries[1]")
}

func TestACoveringAsksForTheFees(t *testing.T) {
	t.Parallel()
	u, err := book.NewUnit(nil, []book.Draft{cover("c", 1), hold("h")}, today)
	if err != nil {
		t.Fatal(err)
	}
	asked := map[leaf.Account]bool{}
	u.Covered(func(a leaf.Account) { asked[a] = true })
	if len(asked) != 1 || !asked[leaf.Account{Path: "deficit:general", Currency: "EUR"}] {
		t.Errorf("asked for %v", asked)
	}
}
