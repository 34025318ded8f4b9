package verify

import "context"

// RunWithout verifies as Run does with some rules switched off.
func RunWithout(ctx context.Context, o Options, off func(Rule) bool) (Report, error) {
	v := newVerification(o)
	v.report.muted = off
	return v.verify(ctx)
}
