package server

import (
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/period"
)

// adjustmentActs are what people can do with an adjustment.
func adjustmentActs() action.Table[adjustment.State, adjustment.Adjustment] {
	act := func(v adjustment.Verb, method string) action.Act[adjustment.State, adjustment.Adjustment] {
		return action.Act[adjustment.State, adjustment.Adjustment]{
			Verb: string(v), Method: method, In: adjustment.In(v),
			Shut: func(c identity.Caller, a adjustment.Adjustment) error { return a.May(v, c.Person) },
		}
	}
	return action.New(
		act(adjustment.Approve, ledgerv1.AdjustmentService_ApproveAdjustment_FullMethodName),
		act(adjustment.Reject, ledgerv1.AdjustmentService_RejectAdjustment_FullMethodName))
}

// closeActs are what people can do with a proposed close.
func closeActs() action.Table[period.State, period.Close] {
	act := func(v period.Verb, method string) action.Act[period.State, period.Close] {
		return action.Act[period.State, period.Close]{
			Verb: string(v), Method: method, In: period.In(v),
			Shut: func(c identity.Caller, p period.Close) error {
				if v == period.ConfirmClose && p.ConfirmedBy(c.Person) {
					return action.ErrNothing
				}
				return p.May(v, c.Person)
			},
		}
	}
	return action.New(
		act(period.ConfirmClose, ledgerv1.PeriodService_ConfirmPeriodClose_FullMethodName),
		act(period.RejectClose, ledgerv1.PeriodService_RejectPeriodClose_FullMethodName))
}
