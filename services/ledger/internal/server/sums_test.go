package server_test

import (
	"context"
	"math"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/server"
)

// full are books whose suspense accounts 64 bits do not add up.
type full struct{ server.PeriodStore }

func (full) Repeated(context.Context) (string, bool, error) { return "", false, nil }

func (full) Open(context.Context) (leaf.Day, error) { return 1, nil }

func (full) Holdings(context.Context, leaf.Day) (period.Holdings, error) {
	return period.Holdings{Open: 1, Totals: []leaf.Total{
		{Account: "suspense:a", Currency: "EUR", Balance: math.MaxInt64}, {Account: "suspense:b", Currency: "EUR", Balance: 1},
	}}, nil
}

// nothing is what banks and Stripe say where they hold nothing.
type nothing struct{}

func (nothing) Facts(context.Context, leaf.Day) (period.Facts, error) { return period.Facts{}, nil }

// open is a gate that lets everything through.
type open struct{}

func (open) Check() error { return nil }

func TestBooksThatCannotBeSummedUpAreNotClosed(t *testing.T) {
	t.Parallel()
	now := func() time.Time { return time.Date(2026, 12, 2, 12, 0, 0, 0, time.UTC) }
	periods := server.NewPeriods(full{}, nil, nothing{}, open{}, nil, now)
	if _, err := periods.ProposePeriodClose(t.Context(), proposeClose("2026-11-30")); !fault.Is(err, book.AmountOverflow) {
		t.Errorf("got %v", err)
	}
}

func TestAnAdjustmentIsNoLargerThanAPosting(t *testing.T) {
	t.Parallel()
	f := setup(t)
	propose := func(minor int64) error {
		_, err := f.adjuster("staff/s_1", policyv1.Role_ROLE_TREASURER).ProposeAdjustment(t.Context(),
			proposal(ledgerv1.AdjustmentKind_ADJUSTMENT_KIND_OPENING_BALANCE, "asset:bank:main", "equity:opening", minor))
		return err
	}
	wantFault(t, propose(book.MaxAmount+1), fault.Invalid, book.AmountOverflow, "adjustment.amount.minorUnits")
	if err := propose(book.MaxAmount); err != nil {
		t.Errorf("the largest: %v", err)
	}
}
