package verify

import "context"

// RunWithout verifies as Run does with some rules switched off.
func RunWithout(ctx context.Context, o Options, off func(Rule) bool) (Report, error) {
	return (&verification{Options: o, report: Report{muted: off}}).verify(ctx)
}
