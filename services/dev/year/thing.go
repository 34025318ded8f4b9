package year

import (
	"context"
	"slices"
	"strings"
	"time"
)

// thing is something that people work on, until it is done.
type thing struct {
	name string
	// open are the ways in which it can be taken on now; none where nobody who is there
	// has one.
	open func(ctx context.Context) (ways []way, done bool, err error)
	// grace is how much longer than patience it may wait; waits says that it may wait for
	// somebody to come back.
	grace time.Duration
	waits func() bool
	stuck time.Duration
}

// way is a step that somebody could take.
type way struct {
	what string
	take func(ctx context.Context) error
}

// add adds a thing to be worked on.
func (h *history) add(t *thing) {
	h.past.Things++
	h.things = append(h.things, t)
}

// resource is a thing that is taken on by verbs which the resource allows somebody.
// Backward ones are taken now and then, and count as no way on.
func (h *history) resource(name string, forward, backward []string, ended func(state string) bool, take func(ctx context.Context, p *person, verb string) error) *thing {
	t := &thing{name: name}
	t.open = func(ctx context.Context) (ways []way, done bool, err error) {
		for _, p := range h.shuffled() {
			if !h.concerns(name, p) {
				continue
			}
			s, err := p.look(ctx, name)
			if err != nil {
				return nil, false, err
			}
			if s == nil {
				continue
			}
			if ended(s.State) {
				return nil, true, nil
			}
			verbs := forward
			if len(backward) > 0 && h.rng.IntN(6) == 0 {
				verbs = append(slices.Clone(backward), forward...)
			}
			for _, verb := range verbs {
				if slices.Contains(s.AllowedActions, verb) {
					return []way{{p.subject + " " + verb + " " + name, func(ctx context.Context) error { return take(ctx, p, verb) }}}, false, nil
				}
			}
		}
		return nil, false, nil
	}
	return t
}

// concerns spares asking those whom a resource never concerns.
func (h *history) concerns(name string, p *person) bool {
	officer := slices.Contains(h.Officers, p.subject)
	if strings.HasPrefix(name, "families/") {
		return !p.money || officer
	}
	return p.money || officer || !strings.HasPrefix(name, "ledger/") && !strings.HasPrefix(name, "allocationRounds/")
}

// shuffled are those who are there, in any order.
func (h *history) shuffled() []*person {
	people := h.awake()
	h.rng.Shuffle(len(people), func(i, j int) { people[i], people[j] = people[j], people[i] })
	return people
}
