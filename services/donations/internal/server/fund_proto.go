package server

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/fund"
	"github.com/solidarity-fund/solidarity/services/internal/eligibility"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/giftref"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/revision"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// fundOf reads what is said about a fund. Whether it can be one is for package fund.
func fundOf(m *donationsv1.Fund) (f fund.Fund, err error) {
	f = fund.Fund{
		DisplayName: m.GetDisplayName(), Currencies: m.GetCurrencyCodes(), PromisesFull: m.GetPromisesFullGift(),
		ReserveShare: int64(m.GetReserveBasisPoints()), OperationsShare: int64(m.GetOperationsBasisPoints()), Rule: m.GetRule(),
	}
	if m.GetGoal() != nil {
		goal, err := rpc.Money("goal", m.GetGoal())
		if err != nil {
			return f, err
		}
		f.Goal = &goal
	}
	if f.TakesFrom, err = boundOf("takesFrom", m.GetTakesFrom()); err != nil {
		return f, err
	}
	if f.TakesUntil, err = boundOf("takesUntil", m.GetTakesUntil()); err != nil {
		return f, err
	}
	for i, e := range m.GetExamples() {
		one, err := exampleOf(fmt.Sprintf("examples[%d]", i), e)
		if err != nil {
			return f, err
		}
		f.Examples = append(f.Examples, one)
	}
	return f, nil
}

// boundOf reads a day that may be left out; nil where it is.
func boundOf(field, text string) (*time.Time, error) {
	day, err := dayOf(field, text)
	if err != nil || day.IsZero() {
		return nil, err
	}
	return &day, nil
}

func exampleOf(field string, m *donationsv1.RuleExample) (e fund.Example, err error) {
	e = fund.Example{Eligible: m.GetEligible(), Attributes: eligibility.Attributes{
		HumanitarianList: m.GetHumanitarianList(), Children: int(m.GetChildren()), Elderly: m.GetElderly(), Country: m.GetCountryCode(),
	}}
	if e.Category, err = enum.OptionalWord(field+".category", m.GetCategory()); err != nil {
		return e, err
	}
	if e.Urgency, err = enum.OptionalWord(field+".urgency", m.GetUrgency()); err != nil {
		return e, err
	}
	e.PrisonerStatus, err = enum.OptionalWord(field+".prisonerStatus", m.GetPrisonerStatus())
	return e, err
}

// shownFund writes a fund with what the caller could do with it; err is of its reading.
func (s *Server) shownFund(ctx context.Context, f fund.Fund, err error) (*donationsv1.Fund, error) {
	if err != nil {
		return nil, err
	}
	out := fundProto(f)
	out.AllowedActions, out.BlockedActions = s.acts.funds.Of(identity.From(ctx), f)
	return out, nil
}

func (s *Server) shownFunds(ctx context.Context, funds []fund.Fund) []*donationsv1.Fund {
	list := make([]*donationsv1.Fund, len(funds))
	for i, f := range funds {
		list[i], _ = s.shownFund(ctx, f, nil)
	}
	return list
}

func fundProto(f fund.Fund) *donationsv1.Fund {
	out := &donationsv1.Fund{
		Name: resource.Fund.Of(f.ID), BankReference: giftref.Of(f.ID), DisplayName: f.DisplayName, CurrencyCodes: f.Currencies, PromisesFullGift: f.PromisesFull,
		ReserveBasisPoints: proto.Int32(int32(f.ReserveShare)), OperationsBasisPoints: proto.Int32(int32(f.OperationsShare)), // both at most 1000
		State: enum.Value[donationsv1.FundState](f.State), Kind: enum.Value[donationsv1.FundKind](f.Kind),
		CreateTime: rpc.Moment(f.CreatedAt), Etag: revision.Etag(f.Version),
		Root: resource.Fund.Of(f.Root), Number: int32(f.Number), Rule: f.Rule, TakesFrom: dayIfAny(f.TakesFrom), TakesUntil: dayIfAny(f.TakesUntil),
	}
	if f.Goal != nil {
		out.Goal = rpc.MoneyOf(*f.Goal)
	}
	for _, e := range f.Examples {
		out.Examples = append(out.Examples, &donationsv1.RuleExample{
			Category: enum.Value[familiesv1.AidCategory](e.Category), Urgency: enum.Value[familiesv1.Urgency](e.Urgency),
			PrisonerStatus:   enum.Value[familiesv1.PrisonerStatus](e.PrisonerStatus),
			HumanitarianList: e.HumanitarianList, Children: int32(e.Children), Elderly: e.Elderly, CountryCode: e.Country, Eligible: e.Eligible,
		})
	}
	return out
}
