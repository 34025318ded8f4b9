package duty

import (
	"context"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
)

// InOrder returns the duty of recording decisions, with those about one plan in
// the order in which they were taken: in the ledger a lock that comes after an
// approval voids it, also where only its message was late.
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
