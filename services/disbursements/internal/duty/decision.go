package duty

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
)

// InOrder returns the duty of recording decisions, which records those about one
// plan in the order in which they were taken. In the ledger a lock that comes after
// an approval voids the approval, even where only the lock's message was late.
func InOrder(s *store.Store, decisions duty.Duty) duty.Duty {
	do := decisions.Do
	decisions.Do = func(ctx context.Context, reference string) error {
		earlier, err := s.DecisionsBefore(ctx, reference)
		if err != nil {
			return err
		}
		for _, e := range append(earlier, reference) {
			if err := do(ctx, e); err != nil {
				return err
			}
		}
		return nil
	}
	return decisions
}
