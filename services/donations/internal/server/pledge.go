package server

import (
	"context"
	"strconv"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pan"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/enum"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// Waiting for a copy of the same call that is making the payment page.
const (
	waitStep = 50 * time.Millisecond
	waitFor  = 5 * time.Second
)

// Pages opens payment pages.
type Pages interface {
	// OpenClaimed makes the page that a pledge is given with and that the caller has
	// claimed, and returns the pledge as it is then.
	OpenClaimed(ctx context.Context, p pledge.Pledge) (pledge.Pledge, error)
	// Open makes a page unless another caller is making it, and returns its pledge as
	// it is then.
	Open(ctx context.Context, checkoutID string) (pledge.Pledge, error)
}

// CreatePledge records a pledge and opens its payment page.
func (s *Server) CreatePledge(ctx context.Context, req *donationsv1.CreatePledgeRequest) (*donationsv1.Pledge, error) {
	p, token, err := s.newPledge(ctx, req.GetPledge())
	if err != nil {
		return nil, err
	}
	if p.Mail, err = s.mailOf(ctx, req.GetPledge(), p.ID); err != nil {
		return nil, err
	}
	if p, err = s.Store.CreatePledge(ctx, p); err != nil {
		return nil, err
	}
	if idempotency.Replayed(ctx) {
		p, err = s.openPage(ctx, p)
	} else {
		p, err = s.Pages.OpenClaimed(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	if err := p.CheckPayable(); err != nil {
		return nil, err
	}
	out, err := s.pledgeProto(ctx, p)
	if err != nil {
		return nil, err
	}
	if out.SecretExpired = token != "" && idempotency.Replayed(ctx); !out.GetSecretExpired() {
		out.ReceiptToken = token
	}
	return out, nil
}

// newPledge makes the pledge that the caller asks for, and the receipt token where
// the caller has made none.
func (s *Server) newPledge(ctx context.Context, in *donationsv1.Pledge) (p pledge.Pledge, token string, err error) {
	from, _ := caller(ctx)
	if from.Stopped {
		return p, "", fault.New(fault.Precondition, fault.ReasonPartnerStopped, "The partner may start no pledges at present.")
	}
	asked, err := pledgeRequest(from, in)
	if err != nil {
		return p, "", err
	}
	if len(asked.ReceiptSHA256) == 0 {
		token, asked.ReceiptSHA256 = receipt.NewToken()
	}
	if p, err = pledge.New(asked, s.now()); err != nil {
		return p, "", err
	}
	if _, err := stripeapi.ToStripe("amount", p.Charge()); err != nil {
		return p, "", err
	}
	return p, token, checkReturn(from, p.ReturnURL)
}

func pledgeRequest(from partner.Partner, in *donationsv1.Pledge) (r pledge.Request, err error) {
	r = pledge.Request{
		Partner: from.ID, ReturnURL: in.GetReturnUrl(), ReceiptSHA256: in.GetReceiptTokenSha256(),
		Recurrence: pledge.Recurrence(enum.Word(in.GetRecurrence())),
	}
	if r.Recurrence == pledge.Once && in.GetRecurrence() != 0 {
		return r, fault.Field("recurrence", fault.FieldNotPossible, "is none that the contract has")
	}
	if r.Amount, err = rpc.Money("amount", in.GetAmount()); err != nil {
		return r, err
	}
	if in.GetTip() != nil {
		tip, err := rpc.Money("tip", in.GetTip())
		if err != nil {
			return r, err
		}
		r.Tip = &tip
	}
	for i, d := range in.GetDesignations() {
		id, err := resource.Fund.ID("designations["+strconv.Itoa(i)+"].fund", d.GetFund())
		if err != nil {
			return r, err
		}
		r.Designations = append(r.Designations, pledge.Designation{Fund: id, Share: int64(d.GetShare())})
	}
	return r, nil
}

func checkReturn(from partner.Partner, url string) error {
	if url == "" {
		return fault.Field("returnUrl", fault.FieldRequired, "is required")
	}
	if err := pan.Refuse("returnUrl", url); err != nil {
		return err
	}
	if !from.AllowsReturn(url) {
		return fault.Field("returnUrl", fault.FieldNotPossible, "is not among the partner's return addresses")
	}
	return nil
}

// openPage makes the payment page of an earlier call's pledge, or waits a while for
// the copy of the call that is making it.
func (s *Server) openPage(ctx context.Context, p pledge.Pledge) (_ pledge.Pledge, err error) {
	for waited := time.Duration(0); p.Waits(); waited += waitStep {
		if p, err = s.Pages.Open(ctx, p.Checkout.ID); err != nil || !p.Waits() {
			return p, err
		}
		if waited >= waitFor {
			f := fault.New(fault.Aborted, fault.ReasonStillRunning, "Another call with the same key is still running.")
			f.RetryAfter = time.Second
			return p, f
		}
		select {
		case <-ctx.Done():
			return p, ctx.Err()
		case <-time.After(waitStep):
		}
	}
	return p, nil
}

// GetPledge returns a pledge.
func (s *Server) GetPledge(ctx context.Context, req *donationsv1.GetPledgeRequest) (*donationsv1.Pledge, error) {
	id, err := resource.Pledge.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.Store.Pledge(ctx, scopeOf(ctx), id)
	if err != nil {
		return nil, err
	}
	return s.pledgeProto(ctx, p)
}

// ListPledges lists pledges.
func (s *Server) ListPledges(ctx context.Context, req *donationsv1.ListPledgesRequest) (*donationsv1.ListPledgesResponse, error) {
	rows, next, err := page.List(s.Pager, req, func(p page.Page) ([]pledge.Pledge, error) {
		return s.Store.Pledges(ctx, scopeOf(ctx), s.acts.pledges.Page(identity.From(ctx), p))
	}, func(r pledge.Pledge) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListPledgesResponse{NextPageToken: next}
	for _, row := range rows {
		one, err := s.pledgeProto(ctx, row)
		if err != nil {
			return nil, err
		}
		resp.Pledges = append(resp.Pledges, one)
	}
	resp.Pledges = action.Mine(req.GetFilter(), resp.GetPledges())
	return resp, nil
}

// CancelPledge ends a pledge that is not paid.
func (s *Server) CancelPledge(ctx context.Context, req *donationsv1.CancelPledgeRequest) (*donationsv1.Pledge, error) {
	id, err := resource.Pledge.ID("name", req.GetName())
	if err != nil {
		return nil, err
	}
	p, err := s.Store.CancelPledge(ctx, scopeOf(ctx), id)
	if err != nil {
		return nil, err
	}
	return s.pledgeProto(ctx, p)
}
