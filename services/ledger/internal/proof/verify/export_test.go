package verify

import "context"

// RunWithout verifies as Run does with some rules switched off.
func RunWithout(ctx context.Context, o Options, off func(Rule) bool) (Report, error) {
	v := newVerification(o)
	v.report.muted = off
	return v.verify(ctx)
}

// RunProven verifies as Run does once all decisions are proved by their persons.
func RunProven(ctx context.Context, o Options, roles, hands bool) (Report, error) {
	return (&verification{Options: o, proven: proven{roles, hands}}).verify(ctx)
}
