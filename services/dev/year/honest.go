package year

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// desk does what waits on the case desk: whoever may, and is asked, says yes.
func (c *conspiracy) desk(ctx context.Context) error {
	var left []*family
	for _, f := range c.open {
		done, err := c.serve(ctx, f)
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		if !done {
			left = append(left, f)
		}
	}
	c.open = left
	return nil
}

// serve takes a family as far as it comes today.
func (c *conspiracy) serve(ctx context.Context, f *family) (done bool, err error) {
	for _, step := range []struct {
		resource, verb string
		body           map[string]any
	}{
		{f.Name, "proposeVerification", map[string]any{}},
		{f.Name, "confirmVerification", map[string]any{}},
		{f.destination, "call", map[string]any{}},
		{f.destination, "confirm", c.heard(f.destination)},
		{f.request, "approve", map[string]any{}},
	} {
		p, err := c.who(ctx, step.resource, step.verb)
		if err != nil {
			return false, err
		}
		if p == nil {
			continue
		}
		if step.verb == "confirmVerification" && (slices.Contains(c.crooks, p) || c.Plot == Desk) { // they lie, or it is true
			step.body["independentCheck"] = "INDEPENDENT_CHECK_LAWYER"
		}
		if err := p.post(ctx, step.resource+":"+step.verb, step.body, nil); err != nil {
			return false, err
		}
		done = step.verb == "approve"
	}
	return done, nil
}

// payday opens a round, has it committed and pays what it awards, all of it honestly.
func (c *conspiracy) payday(ctx context.Context, budget int64) error {
	r, err := c.award(ctx, c.honest()[0], budget)
	if err != nil {
		return err
	}
	c.lookAt = c.lookHonestly
	if err := c.payOut(ctx, r); err != nil {
		return unless(err, "NOTHING_TO_PAY")
	}
	return nil
}

// award opens a round over a budget and has another one commit it.
func (c *conspiracy) award(ctx context.Context, maker *person, budget int64) (r round, err error) {
	if err := maker.post(ctx, "allocationRounds", map[string]any{
		"currencyCode": "EUR", "budgets": []any{map[string]any{"fund": "funds/general", "amount": euros(budget)}},
	}, &r); err != nil {
		return r, err
	}
	if err := maker.post(ctx, r.Name+":simulate", map[string]any{}, &r); err != nil {
		return r, err
	}
	if _, err := c.act(ctx, r.Name, "commit", map[string]any{"snapshotDigest": r.Digest}, nil); err != nil {
		return r, err
	}
	return r, c.pass(ctx, time.Minute)
}

// lookHonestly is what somebody sees who looks at a family. Of one of which something was
// checked they ask for it again, by the way that is named: an invented one is found out.
// Of an unseen one there is nobody to ask but who answers its phone.
func (c *conspiracy) lookHonestly(ctx context.Context, p *person, f string) error {
	if slices.Contains(c.crooks, p) {
		return nil
	}
	var seen struct{ IndependentCheck string }
	if err := p.get(ctx, f, &seen); err != nil {
		return unlessElsewhere(err)
	}
	if seen.IndependentCheck != "INDEPENDENT_CHECK_UNSPECIFIED" && c.ours[f] {
		c.caught = true
		return errCaught
	}
	return nil
}

func unlessElsewhere(err error) error {
	if elsewhere(err) {
		return nil
	}
	return err
}
