package server

import (
	"context"
	"strconv"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pan"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pledge"
	"github.com/solidarity-fund/solidarity/services/donations/internal/receipt"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/idempotency"
	"github.com/solidarity-fund/solidarity/services/internal/money"
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
	// Check refuses an amount that cannot be charged; the fault names field.
	Check(field string, charge money.Amount) error
	// Open makes a pledge's page, or finds that nothing is to be made or that
	// somebody else is at it.
	Open(ctx context.Context, pledgeID string) error
}

var _ donationsv1.PledgeServiceServer = (*Pledges)(nil)

// Pledges serves PledgeService.
type Pledges struct {
	store *store.Store
	pager *page.Pager
	pages Pages
	now   func() time.Time
}

// CreatePledge records a pledge and opens its payment page.
func (s *Pledges) CreatePledge(ctx context.Context, req *donationsv1.CreatePledgeRequest) (*donationsv1.Pledge, error) {
	asked, err := pledgeRequest(ctx, req.GetPledge())
	if err != nil {
		return nil, err
	}
	token := ""
	if len(asked.ReceiptSHA256) == 0 {
		token, asked.ReceiptSHA256 = receipt.NewToken()
	}
	p, err := pledge.New(asked, s.now().UTC())
	if err != nil {
		return nil, err
	}
	if err := s.pages.Check("amount", p.Charge()); err != nil {
		return nil, err
	}
	if err := s.checkReturn(ctx, asked); err != nil {
		return nil, err
	}
	name, err := s.store.CreatePledge(ctx, p)
	if err != nil {
		return nil, err
	}
	if p, err = s.openPage(ctx, name); err != nil {
		return nil, err
	}
	out, err := pledgeProto(ctx, p)
	if err != nil {
		return nil, err
	}
	if out.SecretExpired = token != "" && idempotency.Replayed(ctx); !out.GetSecretExpired() {
		out.ReceiptToken = token
	}
	return out, nil
}

func pledgeRequest(ctx context.Context, in *donationsv1.Pledge) (r pledge.Request, err error) {
	r = pledge.Request{Partner: string(scopeOf(ctx)), ReturnURL: in.GetReturnUrl(), ReceiptSHA256: in.GetReceiptTokenSha256()}
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
		ids, err := resource.Match("funds/*", "designations["+strconv.Itoa(i)+"].fund", d.GetFund())
		if err != nil {
			return r, err
		}
		r.Designations = append(r.Designations, pledge.Designation{Fund: ids[0], Share: int64(d.GetShare())})
	}
	return r, nil
}

func (s *Pledges) checkReturn(ctx context.Context, r pledge.Request) error {
	if r.ReturnURL == "" {
		return fault.Field("returnUrl", "is required")
	}
	if err := pan.Refuse("returnUrl", r.ReturnURL); err != nil {
		return err
	}
	p, err := s.store.Partner(ctx, r.Partner)
	if err != nil {
		return err
	}
	if !p.AllowsReturn(r.ReturnURL) {
		return fault.Field("returnUrl", "is not among the partner's return addresses")
	}
	return nil
}

// openPage makes the payment page, or waits a while for a copy of the same call
// that is making it.
func (s *Pledges) openPage(ctx context.Context, name string) (pledge.Pledge, error) {
	ids, err := resource.Match("pledges/*", "name", name)
	if err != nil {
		return pledge.Pledge{}, err
	}
	for waited := time.Duration(0); ; waited += waitStep {
		if err := s.pages.Open(ctx, ids[0]); err != nil {
			return pledge.Pledge{}, err
		}
		p, err := s.store.Pledge(ctx, scopeOf(ctx), ids[0])
		if err != nil || p.Checkout.SessionID != "" || p.State != pledge.Pending {
			return p, err
		}
		if waited >= waitFor {
			f := fault.New(fault.Aborted, "STILL_RUNNING", "Another call with the same key is still running.")
			f.RetryAfter = time.Second
			return p, f
		}
		select {
		case <-ctx.Done():
			return p, ctx.Err()
		case <-time.After(waitStep):
		}
	}
}

// GetPledge returns a pledge.
func (s *Pledges) GetPledge(ctx context.Context, req *donationsv1.GetPledgeRequest) (*donationsv1.Pledge, error) {
	return s.get(ctx, req.GetName())
}

func (s *Pledges) get(ctx context.Context, name string) (*donationsv1.Pledge, error) {
	ids, err := resource.Match("pledges/*", "name", name)
	if err != nil {
		return nil, err
	}
	p, err := s.store.Pledge(ctx, scopeOf(ctx), ids[0])
	if err != nil {
		return nil, err
	}
	return pledgeProto(ctx, p)
}

// ListPledges lists pledges.
func (s *Pledges) ListPledges(ctx context.Context, req *donationsv1.ListPledgesRequest) (*donationsv1.ListPledgesResponse, error) {
	rows, next, err := page.List(s.pager, req, func(p page.Page) ([]pledge.Pledge, error) {
		return s.store.Pledges(ctx, scopeOf(ctx), p)
	}, func(r pledge.Pledge) []string { return page.At(r.CreatedAt, r.ID) })
	if err != nil {
		return nil, err
	}
	resp := &donationsv1.ListPledgesResponse{NextPageToken: next}
	for _, row := range rows {
		one, err := pledgeProto(ctx, row)
		if err != nil {
			return nil, err
		}
		resp.Pledges = append(resp.Pledges, one)
	}
	return resp, nil
}

// CancelPledge ends a pledge that is not paid.
func (s *Pledges) CancelPledge(ctx context.Context, req *donationsv1.CancelPledgeRequest) (*donationsv1.Pledge, error) {
	ids, err := resource.Match("pledges/*", "name", req.GetName())
	if err != nil {
		return nil, err
	}
	name, err := s.store.CancelPledge(ctx, scopeOf(ctx), ids[0])
	if err != nil {
		return nil, err
	}
	return s.get(ctx, name)
}
