package policy_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

func booked(days ...string) *ledgerv1.ListTransactionsResponse {
	out := &ledgerv1.ListTransactionsResponse{NextPageToken: "next"}
	for _, day := range days {
		out.Transactions = append(out.Transactions, &ledgerv1.Transaction{Reference: day, BookingDate: day})
	}
	return out
}

// What an engagement does not reach is left out of lists, not found by itself, and not
// told where the answer does not say how far it goes.
func TestAnEngagementNarrowsEveryAnswer(t *testing.T) {
	t.Parallel()
	year := identity.Terms{First: "2026-01-01", Last: "2026-12-31"}
	since := identity.Terms{First: "2026-06-01"}
	food := identity.Terms{Funds: []string{"funds/food"}}
	both := identity.Terms{First: "2026-01-01", Last: "2026-12-31", Funds: []string{"funds/food"}}
	awards := &disbursementsv1.ListAwardsResponse{Awards: []*disbursementsv1.Award{{Name: "a", Fund: "funds/food"}, {Name: "b", Fund: "funds/general"}}}
	statement := &ledgerv1.FundStatement{Fund: "food", FirstDay: "2026-01-01", LastDay: "2026-03-31"}
	for name, c := range map[string]struct {
		terms  identity.Terms
		answer proto.Message
		want   proto.Message
		reason fault.Reason
	}{
		"everything":                        {identity.Terms{}, booked("2020-01-01"), booked("2020-01-01"), ""},
		"days of a year":                    {year, booked("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01"), booked("2026-01-01", "2026-12-31"), ""},
		"days since":                        {since, booked("2026-05-31", "2026-06-01", "2030-01-01"), booked("2026-06-01", "2030-01-01"), ""},
		"one of the year":                   {year, &ledgerv1.Transaction{BookingDate: "2026-05-01"}, &ledgerv1.Transaction{BookingDate: "2026-05-01"}, ""},
		"one of before":                     {year, &ledgerv1.Transaction{BookingDate: "2025-05-01"}, nil, fault.ReasonNotFound},
		"one without a day":                 {year, &ledgerv1.Transaction{}, nil, fault.ReasonNotFound},
		"a fund's awards":                   {food, awards, &disbursementsv1.ListAwardsResponse{Awards: awards.GetAwards()[:1]}, ""},
		"a fund's statement":                {both, statement, statement, ""},
		"another fund's statement":          {both, &ledgerv1.FundStatement{Fund: "general", FirstDay: "2026-01-01", LastDay: "2026-03-31"}, nil, fault.ReasonNotFound},
		"a statement that begins before":    {both, &ledgerv1.FundStatement{Fund: "food", FirstDay: "2025-12-01", LastDay: "2026-03-31"}, nil, fault.ReasonNotFound},
		"transactions, of some funds only":  {food, booked("2026-01-01"), nil, fault.ReasonEngagementNarrower},
		"accounts, which tell of no day":    {year, &ledgerv1.ListAccountsResponse{Accounts: []*ledgerv1.Account{{}}}, nil, fault.ReasonEngagementNarrower},
		"what holds more beside":            {year, &accessv1.ListGrantsResponse{}, nil, fault.ReasonEngagementNarrower},
		"awards, which tell of no day here": {both, awards, nil, fault.ReasonEngagementNarrower},
	} {
		var n policy.Narrowing
		before := proto.Clone(c.answer)
		got, err := n.Narrow(c.answer, c.terms)
		switch {
		case c.reason != "":
			if !fault.Is(err, c.reason) {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		case err != nil || !proto.Equal(got, c.want):
			t.Errorf("%s: %v, %v, want %v", name, got, err, c.want)
		}
		if !proto.Equal(before, c.answer) {
			t.Errorf("%s: the answer itself was changed", name)
		}
	}
}
