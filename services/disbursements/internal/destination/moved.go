package destination

import (
	"context"
	"fmt"
	"maps"
	"slices"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/internal/planroot"
)

// AtOnce is how many families are asked for in one call.
const AtOnce = 500

// Places asks families where each of some can be paid in one of some forms.
func Places(ctx context.Context, c familiesv1.ReleaseServiceClient, forms []payment.Accepted, families []string, each func(family string, place *familiesv1.DigestDestinationsResponse_Place)) error {
	for some := range slices.Chunk(families, AtOnce) {
		resp, err := c.DigestDestinations(ctx, &familiesv1.DigestDestinationsRequest{Forms: Accepted(forms), Families: some})
		if err != nil {
			return fmt.Errorf("ask where families are paid: %w", err)
		}
		if len(resp.GetPlaces()) != len(some) {
			return fmt.Errorf("ask where families are paid: %d answers for %d families", len(resp.GetPlaces()), len(some))
		}
		for i, family := range some {
			each(family, resp.GetPlaces()[i])
		}
	}
	return nil
}

// Moved reports whether one of some families is not paid any more where it was: held are
// the digests of their accounts as a plan has them.
func Moved(ctx context.Context, c familiesv1.ReleaseServiceClient, forms []payment.Accepted, held map[string]planroot.Hash) (moved bool, err error) {
	err = Places(ctx, c, forms, slices.Sorted(maps.Keys(held)), func(family string, place *familiesv1.DigestDestinationsResponse_Place) {
		var now planroot.Hash
		copy(now[:], place.GetDigest())
		moved = moved || now != held[family]
	})
	return moved, err
}
