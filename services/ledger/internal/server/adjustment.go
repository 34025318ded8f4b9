package server

import (
	"context"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/adjustment"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// gate lets bookings through.
type gate interface {
	Check() error
}

// adjustments keeps what people propose and decide about.
type adjustments interface {
	Propose(ctx context.Context, a adjustment.Adjustment) (string, error)
	Approve(ctx context.Context, id, person string, today leaf.Day) error
	Reject(ctx context.Context, id, person string, today leaf.Day) error
	Adjustment(ctx context.Context, id string) (adjustment.Adjustment, error)
	List(ctx context.Context, p page.Page) ([]adjustment.Adjustment, error)
}

// Adjustments serves AdjustmentService.
type Adjustments struct {
	store adjustments
	gate  gate
	pager *page.Pager
	now   func() time.Time
	acts  action.Table[adjustment.State, adjustment.Adjustment]
}

var _ ledgerv1.AdjustmentServiceServer = (*Adjustments)(nil)

// NewAdjustments returns the server of AdjustmentService.
func NewAdjustments(s adjustments, gate gate, pager *page.Pager, now func() time.Time) *Adjustments {
	return &Adjustments{store: s, gate: gate, pager: pager, now: now, acts: adjustmentActs()}
}

// ProposeAdjustment stores a proposal, and its decision with it.
func (s *Adjustments) ProposeAdjustment(ctx context.Context, req *ledgerv1.ProposeAdjustmentRequest) (*ledgerv1.Adjustment, error) {
	today := leaf.DayOf(s.now())
	in := req.GetAdjustment()
	day, err := dayOf("adjustment.occurredOn", in.GetOccurredOn())
	if err != nil {
		return nil, err
	}
	kind, err := kindOf(in.GetKind())
	if err != nil {
		return nil, err
	}
	a := adjustment.Adjustment{
		ID: resource.NewID(resource.KindAdjustment), Kind: kind, Debit: in.GetDebitAccount(), Credit: in.GetCreditAccount(),
		Amount: amountOf(in.GetAmount()), OccurredOn: day, State: adjustment.Proposed,
		Proposer: identity.From(ctx).Person, ProposedOn: today,
	}
	if len(in.GetEvidenceSha256()) != len(a.Evidence) {
		return nil, fault.Field("adjustment.evidenceSha256", fault.FieldWrongLength, "must be exactly 32 bytes")
	}
	copy(a.Evidence[:], in.GetEvidenceSha256())
	if err := a.Check(today); err != nil {
		return nil, err
	}
	if a.Amount.MinorUnits > book.MaxAmount {
		return nil, book.TooLarge("adjustment.amount.minorUnits")
	}
	if err := s.gate.Check(); err != nil {
		return nil, err
	}
	id, err := s.store.Propose(ctx, a)
	if err != nil {
		return nil, err
	}
	return s.get(ctx, id)
}

// kindOf narrows a kind of the API to that of package adjustment, whose numbers are
// the same.
func kindOf(k ledgerv1.AdjustmentKind) (adjustment.Kind, error) {
	if _, known := ledgerv1.AdjustmentKind_name[int32(k)]; !known || k == 0 {
		return 0, fault.Field("adjustment.kind", fault.FieldUnknownValue, "must be a kind of adjustment")
	}
	return adjustment.Kind(k), nil
}

// ApproveAdjustment approves a proposal and books it.
func (s *Adjustments) ApproveAdjustment(ctx context.Context, req *ledgerv1.ApproveAdjustmentRequest) (*ledgerv1.Adjustment, error) {
	if err := s.gate.Check(); err != nil {
		return nil, err
	}
	return s.decide(ctx, req.GetName(), s.store.Approve)
}

// RejectAdjustment rejects a proposal.
func (s *Adjustments) RejectAdjustment(ctx context.Context, req *ledgerv1.RejectAdjustmentRequest) (*ledgerv1.Adjustment, error) {
	return s.decide(ctx, req.GetName(), s.store.Reject)
}

func (s *Adjustments) decide(ctx context.Context, name string, decide func(ctx context.Context, id, person string, today leaf.Day) error) (*ledgerv1.Adjustment, error) {
	id, err := resource.Adjustment.ID("name", name)
	if err != nil {
		return nil, err
	}
	if err := decide(ctx, id, identity.From(ctx).Person, leaf.DayOf(s.now())); err != nil {
		return nil, err
	}
	return s.get(ctx, id)
}

// GetAdjustment reads one adjustment.
func (s *Adjustments) GetAdjustment(ctx context.Context, req *ledgerv1.GetAdjustmentRequest) (*ledgerv1.Adjustment, error) {
	id, err := resource.Adjustment.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	return s.get(ctx, id)
}

// ListAdjustments lists adjustments, the latest first.
func (s *Adjustments) ListAdjustments(ctx context.Context, req *ledgerv1.ListAdjustmentsRequest) (*ledgerv1.ListAdjustmentsResponse, error) {
	rows, next, err := page.List(s.pager, req, func(p page.Page) ([]adjustment.Adjustment, error) {
		return s.store.List(ctx, s.acts.Page(identity.From(ctx), p))
	}, func(r adjustment.Adjustment) []string { return page.Numbered(r.Number) })
	if err != nil {
		return nil, err
	}
	var list []*ledgerv1.Adjustment
	for _, row := range rows {
		list = append(list, s.proto(ctx, row))
	}
	return &ledgerv1.ListAdjustmentsResponse{Adjustments: action.Mine(req.GetFilter(), list), NextPageToken: next}, nil
}

func (s *Adjustments) get(ctx context.Context, id string) (*ledgerv1.Adjustment, error) {
	a, err := s.store.Adjustment(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.proto(ctx, a), nil
}

// proto writes an adjustment, with what the caller could do with it.
func (s *Adjustments) proto(ctx context.Context, a adjustment.Adjustment) *ledgerv1.Adjustment {
	out := adjustmentProto(a)
	out.AllowedActions, out.BlockedActions = s.acts.Of(identity.From(ctx), a)
	return out
}

// dayText writes a day, "" for none.
func dayText(d leaf.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func adjustmentProto(a adjustment.Adjustment) *ledgerv1.Adjustment {
	out := &ledgerv1.Adjustment{
		Name: a.Name(), Kind: ledgerv1.AdjustmentKind(a.Kind), DebitAccount: a.Debit, CreditAccount: a.Credit,
		Amount:     rpc.MoneyOf(a.Amount),
		OccurredOn: a.OccurredOn.String(), EvidenceSha256: a.Evidence[:], State: enum.Value[ledgerv1.AdjustmentState](a.State),
		Proposer: a.Proposer, Decider: a.Decider, ProposedOn: a.ProposedOn.String(), DecidedOn: dayText(a.DecidedOn),
		RefusalReason: string(a.Refusal.Reason), Refusal: a.Refusal.Sentence, Approvers: a.Approvers(),
	}
	if a.State == adjustment.Booked {
		out.Transaction = transactionName(a.Transaction)
	}
	return out
}
