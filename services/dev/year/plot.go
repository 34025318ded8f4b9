package year

import (
	"context"
	"time"
)

// Where a plot's families get less than what asks for a look at each.
const underLook = 90_000

// invent has kasia invent families in every way that she has: her own; handed over to adam
// before or after they are proposed; left to him as her deputy; one that asks for a lot;
// and such as are paid later, when an account is there.
func (c *conspiracy) invent(ctx context.Context, today int) error {
	kasia, adam := c.people["kasia"], c.people["adam"]
	c.crooks = []*person{kasia}
	switch today {
	case 0:
		for i := range 9 {
			minor := int64(underLook)
			if i == 0 {
				minor = 480_000
			}
			f, err := c.newFamily(ctx, kasia, minor, true)
			if err != nil {
				return err
			}
			if i < 4 { // adam finds it among his own, and goes on with it
				if err := kasia.post(ctx, f.Name+":transfer", map[string]any{"owner": adam.staff}, nil); err != nil {
					return err
				}
			}
		}
	case 8:
		for range 4 {
			if _, err := c.newFamily(ctx, kasia, underLook, true); err != nil {
				return err
			}
		}
		if err := c.leaves(ctx, "kasia", "adam", 5); err != nil {
			return err
		}
		if err := c.pass(ctx, 2*time.Minute); err != nil { // until he has her cases
			return err
		}
	}
	if err := c.desk(ctx); err != nil {
		return err
	}
	if today%9 == 2 {
		return c.payday(ctx, 2_000_000)
	}
	return nil
}

// apply has a friend of kasia's apply to adam, again and again, between families that are
// real. He registers them; the lot has nobody but her to draw.
func (c *conspiracy) apply(ctx context.Context, today int) error {
	c.crooks = []*person{c.people["kasia"]}
	applying := map[int]int{0: 10, 8: 6}[today] // the first ones stay below what asks for a look at each
	for range applying {
		for minor, invented := range map[int64]bool{underLook: true, monthly: false} {
			if _, err := c.newFamily(ctx, c.people["adam"], minor, invented); err != nil {
				return err
			}
		}
	}
	if err := c.desk(ctx); err != nil {
		return err
	}
	if today%9 == 2 {
		return c.payday(ctx, 2_000_000)
	}
	return nil
}

// empty has ursula and an officer pay a little each day, so that two of them are enough:
// all families are theirs.
func (c *conspiracy) empty(ctx context.Context, today int) error {
	ursula, officer := c.people["ursula"], c.people[c.Officers[0]]
	c.crooks = []*person{ursula, officer}
	if today == 0 {
		for range 6 {
			if _, err := c.newFamily(ctx, c.people["kasia"], 50_000, true); err != nil {
				return err
			}
		}
	}
	payday := today%6 == 2
	if payday {
		if err := c.askAgain(ctx, 50_000); err != nil {
			return err
		}
	}
	if err := c.desk(ctx); err != nil || !payday {
		return err
	}
	budget := int64(190_000)
	if today > 20 { // and then all that is asked for
		budget = 2_000_000
	}
	r, err := c.award(ctx, ursula, budget)
	if err != nil {
		return err
	}
	return c.byTwo(ctx, r, ursula, officer)
}

// askAgain has each family ask for more.
func (c *conspiracy) askAgain(ctx context.Context, minor int64) error {
	for _, f := range c.all {
		if err := c.request(ctx, f, minor); err != nil {
			return err
		}
		c.open = append(c.open, f)
	}
	return nil
}

// byTwo pays a round's awards by two people alone, today or not at all.
func (c *conspiracy) byTwo(ctx context.Context, r round, maker, other *person) error {
	var p plan
	if err := maker.post(ctx, "paymentPlans", map[string]any{"allocationRound": r.Name, "rail": "sepa"}, &p); err != nil {
		return unless(err, "NOTHING_TO_PAY")
	}
	if err := c.ready(ctx, maker, &p); err != nil {
		return err
	}
	for range 10 {
		if err := maker.get(ctx, p.Name, &p); err != nil {
			return err
		}
		for _, look := range p.Looks {
			_ = other.post(ctx, p.Name+":look", map[string]any{"family": look.Family}, nil)
		}
		for _, verb := range []string{"approve", "authorize", "release"} {
			for _, who := range []*person{other, maker} { // whatever the answer is
				_ = who.post(ctx, p.Name+":"+verb, map[string]any{"digest": p.Digest}, nil)
			}
		}
	}
	c.say("a plan of %d payments needs %d persons, or %d days: %s", p.PaymentCount, p.Persons, p.WaitDays, p.State)
	if err := maker.get(ctx, p.Name, &p); err != nil || p.State != "PAYMENT_PLAN_STATE_ACCEPTED" {
		return err
	}
	return c.take(ctx, p, maker, other)
}

// take fetches a plan's files by two people, after its payments are ready.
func (c *conspiracy) take(ctx context.Context, p plan, maker, other *person) error {
	if err := c.pass(ctx, time.Minute); err != nil {
		return err
	}
	var page struct {
		PaymentFiles []struct{ Name string } `json:"paymentFiles"`
	}
	if err := maker.get(ctx, p.Name+"/files", &page); err != nil {
		return err
	}
	for _, f := range page.PaymentFiles {
		if err := maker.post(ctx, f.Name+":proposeDownload", map[string]any{"reason": "PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER"}, nil); err != nil {
			return err
		}
		if _, err := c.download(ctx, other, f.Name); err != nil {
			return err
		}
	}
	return nil
}
