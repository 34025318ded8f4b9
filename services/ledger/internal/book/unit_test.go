package book_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book/booktest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

func TestUnitRefusesWhatCanBeSeenWithoutTheBooks(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(d *book.Draft)
		field  string
	}{
		"empty reference":     {func(d *book.Draft) { d.Reference = "" }, "reference"},
		"reference with text": {func(d *book.Draft) { d.Reference = "paid to somebody" }, "reference"},
		"no kind":             {func(d *book.Draft) { d.Kind = 0 }, "kind"},
		"unknown kind":        {func(d *book.Draft) { d.Kind = 200 }, "kind"},
		"no source":           {func(d *book.Draft) { d.Source = "" }, "source"},
		"no day":              {func(d *book.Draft) { d.OccurredOn = 0 }, "occurredOn"},
		"day after tomorrow":  {func(d *book.Draft) { d.OccurredOn = today + 2 }, "occurredOn"},
		"no entries":          {func(d *book.Draft) { d.Entries = nil }, "entries"},
		"one side":            {func(d *book.Draft) { d.Entries = d.Entries[:1] }, "entries"},
		"two currencies":      {func(d *book.Draft) { d.Entries[1].Amount.Currency = "PLN" }, "entries"},
		"unknown path":        {func(d *book.Draft) { d.Entries[1].Account = "fund:general" }, "entries[1].account"},
		"no side":             {func(d *book.Draft) { d.Entries[1].Side = 0 }, "entries[1].side"},
		"zero amount":         {func(d *book.Draft) { d.Entries[1].Amount.MinorUnits = 0 }, "entries[1].amount.minorUnits"},
		"retired currency":    {func(d *book.Draft) { d.Entries[1].Amount.Currency = "DEM" }, "entries[1].amount.currencyCode"},
		"an award by a gift":  {func(d *book.Draft) { d.Entries[1].Account = "award:w_1" }, "entries[1].account"},
		"a round by a gift":   {func(d *book.Draft) { d.Entries[1].Account = "round:r_1:general" }, "entries[1].account"},
		"reverses by a gift":  {func(d *book.Draft) { d.Reverses = "other" }, "reverses"},
		"reversal of nothing": {func(d *book.Draft) { d.Kind = leaf.Reversal }, "reverses"},
		"reversal with lines": {func(d *book.Draft) { d.Kind, d.Reverses = leaf.Reversal, "other" }, "entries"},
		"too large": {func(d *book.Draft) {
			d.Entries = append(d.Entries, booktest.Debit("asset:stripe", book.MaxAmount+1))
		}, "entries[2].amount.minorUnits"},
		"largest": {func(d *book.Draft) {
			d.Entries = append(d.Entries, booktest.Debit("asset:stripe", math.MaxInt64))
		}, "entries[2].amount.minorUnits"},
		"source without limit first": {func(d *book.Draft) {
			d.Sources = []book.Sources{{Accounts: []string{"deficit:general", "fund:general:available"}, Amount: postingtest.EUR(1)}}
		}, "sources[0].accounts[0]"},
		"source twice": {func(d *book.Draft) {
			d.Sources = []book.Sources{{Accounts: []string{"fund:a:available", "fund:a:available"}, Amount: postingtest.EUR(1)}}
		}, "sources[0].accounts[1]"},
		"sources of an award": {func(d *book.Draft) {
			d.Entries = d.Entries[1:]
			d.Sources = []book.Sources{{Accounts: []string{"award:w_1"}, Amount: postingtest.EUR(100)}}
		}, "sources[0].accounts[0]"},
		"rate of one currency": {func(d *book.Draft) {
			d.Rate = &leaf.Rate{From: "EUR", To: "EUR", Value: 1, Source: "ecb", Day: today}
		}, "rate.toCurrencyCode"},
		"rate of nothing": {func(d *book.Draft) {
			d.Rate = &leaf.Rate{From: "EUR", To: "PLN", Source: "ecb", Day: today}
		}, "rate.value"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := booktest.Gift("g", 100)
			c.change(&d)
			_, err := book.NewUnit(nil, []book.Draft{booktest.Gift("good", 1), d}, today)
			why := fault.ReasonInvalidField
			switch name {
			case "one side", "two currencies":
				why = fault.ReasonUnbalanced
			case "an award by a gift", "a round by a gift", "sources of an award":
				why = fault.ReasonWrongKind
			case "too large", "largest":
				why = fault.ReasonAmountOverflow
			}
			wantFault(t, err, why, "transactions[1]."+c.field)
		})
	}
}

func TestUnitIsBoundedInNumberAndSize(t *testing.T) {
	t.Parallel()
	var many []book.Draft
	for i := range book.MaxUnit + 1 {
		many = append(many, booktest.Gift(fmt.Sprintf("g/%d", i), 1))
	}
	_, err := book.NewUnit(nil, many, today)
	wantFault(t, err, "INVALID_FIELD", "transactions")

	long := booktest.Gift("g", 100)
	for range leaf.MaxEntries {
		long.Entries = append(long.Entries, booktest.Debit("asset:stripe", 1))
	}
	_, err = book.NewUnit(nil, []book.Draft{long}, today)
	wantFault(t, err, "INVALID_FIELD", "transactions[0].entries")

	_, err = book.NewUnit(nil, []book.Draft{booktest.Gift("g", 1), booktest.Gift("g", 1)}, today)
	wantFault(t, err, "INVALID_FIELD", "transactions[1].reference")

	_, err = book.NewUnit([]book.Decision{{Reference: "g", Kind: leaf.DecisionRoundSnapshot, Day: today}}, []book.Draft{booktest.Gift("g", 1)}, today)
	wantFault(t, err, "INVALID_FIELD", "transactions[0].reference")
}

func TestBadDecisionsNameTheirField(t *testing.T) {
	t.Parallel()
	good := book.Decision{Reference: "d", Kind: leaf.DecisionPlanApproved, Resource: "paymentPlans/p_1", Person: "staff/s_1", Day: today}
	for field, change := range map[string]func(d *book.Decision){
		"reference": func(d *book.Decision) { d.Reference = " " },
		"kind":      func(d *book.Decision) { d.Kind = 199 },
		"content":   func(d *book.Decision) { d.Content = &leaf.Lock{Currency: "EUR", Amount: 1} },
		"resource":  func(d *book.Decision) { d.Resource = "a b" },
		"person":    func(d *book.Decision) { d.Person = "Anna" + " B" },
		"day":       func(d *book.Decision) { d.Day = 0 },
	} {
		d := good
		change(&d)
		_, err := book.NewUnit([]book.Decision{d}, nil, today)
		wantFault(t, err, "INVALID_FIELD", "decisions[0]."+field)
	}
	if _, err := book.NewUnit([]book.Decision{good}, nil, today); err != nil {
		t.Errorf("good decision: %v", err)
	}
	// Nobody can write into the books which family a decision is about.
	for _, kind := range []leaf.DecisionKind{
		leaf.DecisionFamilyProposed, leaf.DecisionFamilyDecided,
	} {
		about := good
		about.Reference, about.Kind, about.Resource = "e", kind, "families/f_1"
		_, err := book.NewUnit([]book.Decision{good, about}, nil, today)
		wantFault(t, err, "INVALID_FIELD", "decisions[1].resource")
		about.Resource = ""
		if _, err := book.NewUnit([]book.Decision{good, about}, nil, today); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// A rotation of the key is nobody's decision: whoever signed one by name would seem to
// have taken it.
func TestWhatNobodyDecidesHasNoPerson(t *testing.T) {
	t.Parallel()
	d := book.Decision{Reference: "d", Kind: leaf.DecisionReadLogRoot, Day: today}
	if _, err := book.NewUnit([]book.Decision{d}, nil, today); err != nil {
		t.Error(err)
	}
	d.Person = "staff/s_1"
	_, err := book.NewUnit([]book.Decision{d}, nil, today)
	wantFault(t, err, "INVALID_FIELD", "decisions[0].person")
}

func TestAUnitDoesNotChangeWithWhatItWasMadeFrom(t *testing.T) {
	t.Parallel()
	decisions := []book.Decision{{Reference: "d", Kind: leaf.DecisionRoundSnapshot, Day: today}}
	drafts := []book.Draft{booktest.Gift("g", 1)}
	u, err := book.NewUnit(decisions, drafts, today)
	if err != nil {
		t.Fatal(err)
	}
	decisions[0].Reference, drafts[0].Reference = "other", "another"
	r, err := newBooks().Apply(u)
	if err != nil || r.Leaves[0].Reference() != "d" || r.Leaves[1].Reference() != "g" {
		t.Errorf("%v: %+v", err, r.Leaves)
	}
}
