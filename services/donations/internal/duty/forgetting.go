package duty

import (
	"context"
	"errors"
	"fmt"

	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// ForgetDonor deletes at Stripe whoever gave by a pledge, which ends their subscription and
// forgets their cards, and destroys the key of what was sealed of them. A page may have
// been made for somebody of whom no card was ever saved: the pages are asked, too.
func (w *Worker) ForgetDonor(ctx context.Context, id string) error {
	traces, err := w.Store.OwedTraces(ctx, id)
	if fault.OfKind(err, fault.NotFound) {
		return nil // forgotten by another run
	}
	if err != nil {
		return err
	}
	customers := map[string]bool{traces.Customer: true}
	for _, session := range traces.Sessions {
		s, err := w.Objects.GetCheckoutSession(ctx, session)
		if err != nil && !errors.Is(err, stripeapi.ErrNotFound) {
			return silent(err)
		}
		customers[s.Customer] = true
	}
	delete(customers, "")
	for customer := range customers {
		if err := w.Givings.DeleteCustomer(ctx, customer); err != nil {
			return silent(err)
		}
	}
	if err := w.Keys.Destroy(ctx, seal.Donor(id)); err != nil {
		return fmt.Errorf("destroy key of the donor of %s: %w", id, err)
	}
	return w.Store.Forgotten(ctx, id)
}
