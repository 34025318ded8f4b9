package year

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// weeksAway is how long each of the five is away once, in days.
const weeksAway = 21

// begins is what happens at the beginning of a month, beside its work.
func (y *fund) begins(ctx context.Context) error {
	if err := y.renew(ctx); err != nil {
		return err
	}
	for _, e := range events() {
		if e.month != y.month {
			continue
		}
		if err := e.do(ctx, y); err != nil {
			return fmt.Errorf("%s: %w", e.what, err)
		}
	}
	return nil
}

// event is something that happens once.
type event struct {
	month int
	what  string
	do    func(ctx context.Context, y *fund) error
}

// events are those of a year; the first three months have one of most kinds.
func events() []event {
	away := func(month int, subject, deputy string) event {
		return event{month, subject + " is away", func(ctx context.Context, y *fund) error {
			return y.leaves(ctx, subject, deputy, weeksAway)
		}}
	}
	return []event{
		{1, "a plan is turned down", func(_ context.Context, y *fund) error { y.turn = (*fund).turnedDown; return nil }},
		{1, "an auditor looks at the books", of((*fund).audited)},
		away(2, "kasia", "adam"),
		{2, "an approval runs out", func(_ context.Context, y *fund) error { y.turn = (*fund).tooLate; return nil }},
		{3, "somebody drawn is frozen", of((*fund).freezeDrawn)},
		{3, "a file is not fetched", func(_ context.Context, y *fund) error { y.unfetched = true; return nil }},
		away(4, "ursula", ""),
		away(5, "adam", "kasia"),
		away(6, "first-officer", ""),
		{5, "nobody thinks of a role's end", func(_ context.Context, y *fund) error { y.forgotten = "ursula"; return nil }},
		{7, "the role has ended", func(_ context.Context, y *fund) error { y.people["ursula"].money = false; return nil }},
		{8, "the role is granted again", of((*fund).remembered)},
		{8, "an owner hands over", of((*fund).handOver)},
		away(9, "second-officer", ""),
		{10, "a volunteer leaves", of((*fund).leavesForGood)},
	}
}

// of turns a method into what an event does.
func of(method func(*fund, context.Context) error) func(context.Context, *fund) error {
	return func(ctx context.Context, y *fund) error { return method(y, ctx) }
}

// turnedDown has a plan rejected once, and made ready again.
func (y *fund) turnedDown(ctx context.Context, maker *person, p *plan) error {
	if _, err := y.act(ctx, p.Name, "reject", map[string]any{}, p); err != nil {
		return err
	}
	y.say("A plan is turned down, and made ready again.")
	return y.ready(ctx, maker, p)
}

// tooLate has a plan approved, and released so late that the approval has run out.
func (y *fund) tooLate(ctx context.Context, maker *person, p *plan) error {
	if err := maker.get(ctx, p.Name, p); err != nil {
		return err
	}
	if _, err := y.act(ctx, p.Name, "approve", map[string]any{"digest": p.Digest}, p); err != nil {
		return err
	}
	if err := y.pass(ctx, 8*day); err != nil {
		return err
	}
	if err := maker.get(ctx, p.Name, p); err != nil {
		return err
	}
	y.say("An approval has run out; the plan is %s.", p.State)
	if p.State == "PAYMENT_PLAN_STATE_DRAFT" {
		return y.ready(ctx, maker, p)
	}
	return nil
}

// freezeDrawn freezes whoever was drawn for a family. Another is drawn; then two
// colleagues lift the freeze.
func (y *fund) freezeDrawn(ctx context.Context) error {
	kasia, adam := y.people["kasia"], y.people["adam"]
	f, destination, err := y.enter(ctx, kasia, len(y.families))
	if err != nil {
		return err
	}
	if err := kasia.post(ctx, f.Name+":proposeVerification", map[string]any{}, f); err != nil {
		return err
	}
	changed, err := y.changesAccount(ctx, adam)
	if err != nil {
		return err
	}
	freezer := y.people["ursula"]
	if err := freezer.post(ctx, adam.staff+":freeze", map[string]any{}, nil); err != nil {
		return err
	}
	adam.gone, adam.client = true, nil
	y.say("adam is frozen while a family waits for him.")
	if err := y.verify(ctx, f, destination); err != nil {
		return err
	}
	if err := y.ask(ctx, f, kasia); err != nil {
		return err
	}
	y.families = append(y.families, f)
	y.summary.Families++
	for _, lifter := range y.Officers {
		if err := y.people[lifter].post(ctx, adam.staff+":unfreeze", map[string]any{}, nil); err != nil && !refused(err, "NOT_FROZEN") {
			return err
		}
	}
	adam.gone = false
	if err := y.pass(ctx, time.Minute); err != nil { // until all services know
		return err
	}
	if err := y.lookAtHeld(ctx, adam); err != nil {
		return err
	}
	return y.changedAnew(ctx, adam, changed)
}

// lookAtHeld lets somebody else look at each case of a person who was frozen: until then
// nothing is paid to these families.
func (y *fund) lookAtHeld(ctx context.Context, frozen *person) error {
	for _, f := range y.families {
		if f.owner != frozen {
			continue
		}
		if _, err := y.act(ctx, f.Name, "look", map[string]any{}, nil); err != nil {
			return err
		}
	}
	return nil
}

// remembered grants again what nobody renewed; like every new grant it rests a week.
func (y *fund) remembered(ctx context.Context) error {
	y.forgotten = ""
	y.people["ursula"].money = true
	y.say("ursula's roles had ended unnoticed; they are granted again.")
	return y.enrol(ctx, "ursula", false, moneyDesk...)
}

// handOver gives the first of kasia's families to adam.
func (y *fund) handOver(ctx context.Context) error {
	kasia, adam := y.people["kasia"], y.people["adam"]
	for _, f := range y.families {
		if f.owner != kasia {
			continue
		}
		if err := kasia.post(ctx, f.Name+":transfer", map[string]any{"owner": adam.staff}, nil); err != nil {
			return err
		}
		f.owner = adam
		y.say("kasia hands a family over to adam.")
		return nil
	}
	return errors.New("kasia owns no family")
}

// leavesForGood takes ursula's roles back and enrols vera in her place.
func (y *fund) leavesForGood(ctx context.Context) error {
	ursula := y.people["ursula"]
	officer, err := y.officerBeside("ursula")
	if err != nil {
		return err
	}
	var m member
	if err := officer.get(ctx, ursula.staff, &m); err != nil {
		return err
	}
	ursula.gone = true
	for _, g := range latest(m.Grants) {
		for g.State != "GRANT_STATE_REVOKED" {
			if _, err := y.act(ctx, g.Name, "revoke", map[string]any{}, &g); err != nil {
				return err
			}
		}
	}
	y.add("vera")
	if err := y.enrol(ctx, "vera", false, moneyDesk...); err != nil {
		return err
	}
	y.say("ursula leaves, vera is enrolled in her place.")
	return nil
}

// renew proposes again the roles that end soon, as the reminders say, but that of
// whoever is forgotten.
func (y *fund) renew(ctx context.Context) error {
	for _, subject := range y.order {
		p := y.people[subject]
		if p.gone || subject == y.forgotten {
			continue
		}
		officer, err := y.officerBeside(subject)
		if err != nil {
			return err
		}
		var m member
		if err := officer.get(ctx, p.staff, &m); err != nil {
			return err
		}
		for _, g := range latest(m.Grants) {
			until, err := time.Parse(time.DateOnly, g.Until)
			if err != nil {
				return fmt.Errorf("end of %s: %w", g.Name, err)
			}
			if until.Sub(y.Now()) > renewal/2 {
				continue
			}
			if err := y.grant(ctx, officer, p, g.Role, false); err != nil {
				return fmt.Errorf("renew %s of %s: %w", g.Role, subject, err)
			}
		}
	}
	return nil
}

// latest are the confirmed grants that end last, one a role, in the order of roles.
func latest(all []grant) []grant {
	last := map[string]grant{}
	for _, g := range all {
		if kept, ok := last[g.Role]; g.State == "GRANT_STATE_CONFIRMED" && (!ok || kept.Until < g.Until) {
			last[g.Role] = g
		}
	}
	var out []grant
	for _, role := range slices.Sorted(maps.Keys(last)) {
		out = append(out, last[role])
	}
	return out
}
