package year

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// happenings are what happens to people, by kind.
func happenings() map[string]func(*history, context.Context, *person) error {
	return map[string]func(*history, context.Context, *person) error{
		"away": (*history).goAway, "frozen": (*history).freeze, "ended": (*history).endRole, "moved": (*history).moveDesk,
	}
}

// kinds are the names of what happens, in order.
func (h *history) kinds() []string {
	if len(h.Only) > 0 {
		return h.Only
	}
	return []string{"away", "away", "frozen", "ended", "moved"}
}

// happen has something happen to somebody now and then, where all are there.
func (h *history) happen(ctx context.Context) error {
	if h.out != nil {
		return h.comeBack(ctx)
	}
	if h.Away != "" || h.rng.IntN(2) > 0 {
		return nil
	}
	kind, p := h.kinds()[h.rng.IntN(len(h.kinds()))], h.five[h.rng.IntN(len(h.five))]
	if err := happenings()[kind](h, ctx, p); err != nil {
		return fmt.Errorf("%s is %s: %w", p.subject, kind, err)
	}
	if h.out != nil {
		h.past.Happened[kind]++
		h.say("%s: %s is %s", h.today(), p.subject, kind)
	}
	return nil
}

// comeBack brings back who is out, once they can be.
func (h *history) comeBack(ctx context.Context) error {
	done, err := h.back(ctx)
	if err != nil {
		return fmt.Errorf("%s comes back: %w", h.out.subject, err)
	}
	if done {
		h.say("%s: %s is back", h.today(), h.out.subject)
		h.out, h.back = nil, nil
	}
	return nil
}

// until has somebody be out until a moment.
func (h *history) until(p *person, at time.Time) {
	p.away, h.out = at, p
	h.back = func(context.Context) (bool, error) { return p.away.Before(h.Now()), nil }
}

// days is so many whole days from now on.
func (h *history) days(n int) time.Time {
	return h.Now().UTC().Truncate(day).AddDate(0, 0, n)
}

// goAway lets somebody be away, with or without a deputy.
func (h *history) goAway(ctx context.Context, p *person) error {
	n := 1 + h.rng.IntN(weeksAway)/(1+h.rng.IntN(3))
	body := map[string]any{"until": h.days(n).Format(time.DateOnly)}
	for _, other := range h.five {
		if other != p && other.money == p.money && h.rng.IntN(2) == 0 {
			body["deputy"] = other.staff
			break
		}
	}
	if err := p.post(ctx, p.staff+":setAway", body, nil); err != nil {
		return err
	}
	h.until(p, h.days(n+1)) // the last day counts
	return nil
}

// freeze has any colleague freeze somebody. It is lifted by two, or runs out.
func (h *history) freeze(ctx context.Context, p *person) error {
	others := slices.DeleteFunc(h.shuffled(), func(o *person) bool { return o == p })
	if err := others[0].post(ctx, p.staff+":freeze", map[string]any{}, nil); err != nil {
		return err
	}
	var frozen struct{ FreezeExpireTime string }
	if err := others[0].get(ctx, p.staff, &frozen); err != nil {
		return err
	}
	if frozen.FreezeExpireTime == "" { // it takes a second person, who does not come
		return nil
	}
	p.gone, h.out = true, p
	if err := h.pass(ctx, 2*time.Minute); err != nil { // until all services know
		return err
	}
	h.held()
	h.back = func(ctx context.Context) (bool, error) { return h.thaw(ctx, p, others[0]) }
	return nil
}

// thaw has two lift a freeze now and then, and reports whether it is over.
func (h *history) thaw(ctx context.Context, p, other *person) (over bool, err error) {
	lifters := 2 * h.rng.IntN(2)
	for range lifters {
		lifter, err := h.who(ctx, p.staff, "unfreeze")
		if err != nil {
			return false, err
		}
		if lifter == nil {
			break
		}
		if err := lifter.post(ctx, p.staff+":unfreeze", map[string]any{}, nil); err != nil {
			return false, err
		}
	}
	p.client = nil // its sessions have ended
	var self struct{ FreezeExpireTime time.Time }
	if err := other.get(ctx, p.staff, &self); err != nil {
		return false, err
	}
	if self.FreezeExpireTime.After(h.Now()) {
		return false, nil
	}
	p.gone = false
	return true, h.pass(ctx, time.Minute)
}

// endRole takes a role of somebody's desk back, and grants it again; then it rests.
func (h *history) endRole(ctx context.Context, p *person) error {
	roles := h.desk(p)
	return h.swap(ctx, p, roles[h.rng.IntN(len(roles)):], roles)
}

// moveDesk moves somebody to the other desk, where enough stay at theirs.
func (h *history) moveDesk(ctx context.Context, p *person) error {
	const fewestMoney, fewestCase = 3, 1
	money := 0
	for _, other := range h.five {
		if other.money {
			money++
		}
	}
	if slices.Contains(h.Officers, p.subject) || p.money && money <= fewestMoney || !p.money && len(h.five)-money <= fewestCase {
		return nil
	}
	was := h.desk(p)
	p.money = !p.money
	return h.swap(ctx, p, was, h.desk(p))
}

func (h *history) desk(p *person) []string {
	if p.money {
		return moneyDesk
	}
	return caseDesk
}

// swap takes roles of somebody back, and grants them those of their desk that they do not
// hold then. They are out until these have rested.
func (h *history) swap(ctx context.Context, p *person, lose, want []string) error {
	officer, err := h.officerBeside(p.subject)
	if err != nil {
		return err
	}
	p.gone, h.out = true, p
	var m member
	if err := officer.get(ctx, p.staff, &m); err != nil {
		return err
	}
	held := map[string]bool{}
	for _, g := range latest(m.Grants) {
		held[g.Role] = true
		for slices.Contains(lose, g.Role) && g.State != "GRANT_STATE_REVOKED" {
			held[g.Role] = false
			if _, err := h.act(ctx, g.Name, "revoke", map[string]any{}, &g); err != nil {
				return err
			}
		}
	}
	for _, role := range want {
		if !held[role] {
			if err := h.grant(ctx, officer, p, role, false); err != nil {
				return err
			}
		}
	}
	p.gone = false
	const rest = 8 // days, the last one counts
	h.until(p, h.days(rest))
	return nil
}
