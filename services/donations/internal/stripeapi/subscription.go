package stripeapi

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/stripe/stripe-go/v76"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// productID is Stripe's id of what all subscriptions are for.
const productID = "contribution"

// Terms are what a subscription has to be.
type Terms struct {
	// Reference is an opaque id that the subscription and its invoices carry.
	Reference string
	// Customer and Method say who pays with which card.
	Customer, Method string
	// Amount is paid each time.
	Amount money.Amount
	// Yearly is paid each year, else each month.
	Yearly bool
	// Paused skips payments, until PausedUntil where that is not zero.
	Paused      bool
	PausedUntil time.Time
	// MoveTo is when the next payment is to be, zero for no other time than it is.
	MoveTo time.Time
}

// Subscription is what Stripe makes of it.
type Subscription struct {
	// ID is Stripe's "sub_…".
	ID string
	// Reference is what it was made with.
	Reference string
	// Ended says that nothing more is paid; Failed that it ended since nothing was paid.
	Ended, Failed bool
	// Paused says that payments are skipped now.
	Paused bool
	// NextAt is when the next payment is due.
	NextAt time.Time
}

// FindSubscription returns a customer's subscription that goes on; ErrNotFound where
// there is none.
func (c *Client) FindSubscription(ctx context.Context, customer string) (Subscription, error) {
	if customer == "" { // Stripe would answer with anybody's
		return Subscription{}, &Error{Op: "find subscription", kind: ErrNotFound}
	}
	p := &stripe.SubscriptionListParams{Customer: stripe.String(customer)}
	p.Context, p.Limit = ctx, stripe.Int64(1)
	list := c.api.Subscriptions.List(p)
	if list.Next() {
		return subscription(list.Subscription()), nil
	}
	if err := list.Err(); err != nil {
		return Subscription{}, failed("find subscription", err)
	}
	return Subscription{}, &Error{Op: "find subscription", kind: ErrNotFound}
}

// GetSubscription reads a subscription.
func (c *Client) GetSubscription(ctx context.Context, id string) (Subscription, error) {
	s, err := c.api.Subscriptions.Get(id, &stripe.SubscriptionParams{Params: params(ctx, "")})
	if err != nil {
		return Subscription{}, failed("read subscription", err)
	}
	return subscription(s), nil
}

// CreateSubscription begins a subscription, which is paid at once for the first time.
func (c *Client) CreateSubscription(ctx context.Context, t Terms, idempotencyKey string) (Subscription, error) {
	if err := c.ensureProduct(ctx); err != nil {
		return Subscription{}, err
	}
	item, err := itemOf(t)
	if err != nil {
		return Subscription{}, err
	}
	p := &stripe.SubscriptionParams{
		Params: params(ctx, idempotencyKey), Customer: stripe.String(t.Customer), DefaultPaymentMethod: stripe.String(t.Method),
		OffSession: stripe.Bool(true), Items: []*stripe.SubscriptionItemsParams{item},
	}
	p.AddMetadata(referenceKey, t.Reference)
	s, err := c.api.Subscriptions.New(p)
	if err != nil {
		return Subscription{}, failed("create subscription", err)
	}
	return subscription(s), nil
}

// UpdateSubscription makes a subscription what it has to be; what it is already is not
// sent, so that the call may be repeated.
func (c *Client) UpdateSubscription(ctx context.Context, id string, t Terms) (Subscription, error) {
	s, err := c.api.Subscriptions.Get(id, &stripe.SubscriptionParams{Params: params(ctx, "")})
	if err != nil {
		return Subscription{}, failed("read subscription", err)
	}
	p, err := changesOf(s, t)
	if err != nil || p == nil {
		return subscription(s), err
	}
	p.Context = ctx
	if s, err = c.api.Subscriptions.Update(id, p); err != nil {
		return Subscription{}, failed("change subscription", err)
	}
	return subscription(s), nil
}

// CancelSubscription ends a subscription. One that has ended is no error.
func (c *Client) CancelSubscription(ctx context.Context, id string) error {
	_, err := c.api.Subscriptions.Cancel(id, &stripe.SubscriptionCancelParams{Params: params(ctx, "")})
	if err = failedOrNil("cancel subscription", err); errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

func (c *Client) ensureProduct(ctx context.Context) error {
	_, err := c.api.Products.New(&stripe.ProductParams{
		Params: params(ctx, ""), ID: stripe.String(productID), Name: stripe.String(productName),
	})
	var s *stripe.Error
	if errors.As(err, &s) && s.Code == stripe.ErrorCodeResourceAlreadyExists {
		return nil
	}
	return failedOrNil("create product", err)
}

func itemOf(t Terms) (*stripe.SubscriptionItemsParams, error) {
	minor, err := ToStripe("amount", t.Amount)
	if err != nil {
		return nil, err
	}
	every := stripe.PriceRecurringIntervalMonth
	if t.Yearly {
		every = stripe.PriceRecurringIntervalYear
	}
	return &stripe.SubscriptionItemsParams{PriceData: &stripe.SubscriptionItemPriceDataParams{
		Currency: stripe.String(lower(t.Amount.Currency)), Product: stripe.String(productID), UnitAmount: stripe.Int64(minor),
		Recurring: &stripe.SubscriptionItemPriceDataRecurringParams{Interval: stripe.String(string(every))},
	}}, nil
}

// changesOf is what has to be changed of a subscription, nil for nothing.
func changesOf(s *stripe.Subscription, t Terms) (*stripe.SubscriptionParams, error) {
	p, change := &stripe.SubscriptionParams{ProrationBehavior: stripe.String("none")}, false
	item, err := itemOf(t)
	if err != nil {
		return nil, err
	}
	if s.Items != nil && len(s.Items.Data) == 1 && s.Items.Data[0].Price != nil && s.Items.Data[0].Price.UnitAmount != *item.PriceData.UnitAmount {
		item.ID = stripe.String(s.Items.Data[0].ID)
		p.Items, change = []*stripe.SubscriptionItemsParams{item}, true
	}
	if s.DefaultPaymentMethod == nil || s.DefaultPaymentMethod.ID != t.Method {
		p.DefaultPaymentMethod, change = stripe.String(t.Method), true
	}
	if !t.MoveTo.IsZero() && s.TrialEnd != t.MoveTo.Unix() && s.CurrentPeriodEnd != t.MoveTo.Unix() {
		p.TrialEnd, change = stripe.Int64(t.MoveTo.Unix()), true
	}
	resumes := int64(0)
	if !t.PausedUntil.IsZero() {
		resumes = t.PausedUntil.Unix()
	}
	switch paused := s.PauseCollection != nil; {
	case t.Paused && (!paused || s.PauseCollection.ResumesAt != resumes):
		p.PauseCollection, change = &stripe.SubscriptionPauseCollectionParams{Behavior: stripe.String("void")}, true
		if resumes != 0 {
			p.PauseCollection.ResumesAt = stripe.Int64(resumes)
		}
	case !t.Paused && paused:
		p.AddExtra("pause_collection", "")
		change = true
	}
	if !change {
		return nil, nil
	}
	return p, nil
}

func subscription(s *stripe.Subscription) Subscription {
	ended := []stripe.SubscriptionStatus{stripe.SubscriptionStatusCanceled, stripe.SubscriptionStatusIncompleteExpired}
	out := Subscription{
		ID: s.ID, Reference: s.Metadata[referenceKey], Ended: slices.Contains(ended, s.Status), Paused: s.PauseCollection != nil,
		NextAt: instant(s.CurrentPeriodEnd), Failed: s.Status == stripe.SubscriptionStatusIncompleteExpired,
	}
	if d := s.CancellationDetails; d != nil && d.Reason == stripe.SubscriptionCancellationDetailsReasonPaymentFailed {
		out.Failed = true
	}
	return out
}
