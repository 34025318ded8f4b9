package year

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
)

// tick is how often the people of a history look what there is to do.
const tick = 12 * time.Hour

// History is a random course of things: what comes, who is not there, and what they do
// about it. Of one seed the same is drawn at each tick, however many there are.
type History struct {
	Seed  uint64
	Ticks int
	// Only are the kinds of things that happen to people; all where empty.
	Only []string
	// Away is who goes away for three weeks from the third tick on, after each caseworker
	// has registered families; empty for nobody.
	Away string
}

// Past is what came of a history.
type Past struct {
	// Things counts what people worked on, Steps what they did about it.
	Things, Steps int
	// Happened counts what happened to people, by kind.
	Happened map[string]int
	// LongestWait is the longest that something waited for a person who can act.
	LongestWait time.Duration
}

// history is a fund in which anything may happen, but never to two of the five at once.
type history struct {
	*fund
	History
	past   Past
	rng    *rand.Rand
	things []*thing
	rounds []*paying
	five   []*person
	// out is who of the five is not there; nil where all are. back brings them back.
	out  *person
	back func(context.Context) (done bool, err error)
}

// Wander lives through a history. It is an error that something waits for longer than it
// may, and that what somebody is told to be allowed is refused.
func Wander(ctx context.Context, o Options, course History) (Past, error) {
	h := &history{
		fund:    &fund{Options: o, people: map[string]*person{}, bank: bankfake.New(senderIBAN, "EUR", brought), month: 1},
		History: course, past: Past{Happened: map[string]int{}},
	}
	h.Months, h.NewFamilies = 1, 100
	for _, step := range []func(context.Context) error{h.found, h.open, h.importPrisoners} {
		if err := step(ctx); err != nil {
			return h.past, fmt.Errorf("beginning: %w", err)
		}
	}
	for _, subject := range append(slices.Clone(o.Officers), "kasia", "adam", "ursula") {
		h.five = append(h.five, h.people[subject])
	}
	h.people["olena"].gone = true // the operator has nothing to do with money or people
	for i := range course.Ticks {
		h.rng = rand.New(rand.NewPCG(course.Seed, uint64(i)))
		if err := h.plan(ctx, i); err != nil {
			return h.past, fmt.Errorf("tick %d: %w", i+1, err)
		}
		if err := h.live(ctx); err != nil {
			return h.past, fmt.Errorf("tick %d (%s): %w", i+1, h.today(), err)
		}
	}
	return h.past, h.end(ctx)
}

// plan has somebody go away who is to do so.
func (h *history) plan(ctx context.Context, tick int) error {
	const away = 2
	switch {
	case h.Away == "":
		return nil
	case tick < away:
		for range h.caseworkers() {
			if err := h.familyComes(ctx); err != nil {
				return err
			}
		}
		return nil
	case tick == away:
		p := h.people[h.Away]
		if err := p.post(ctx, p.staff+":setAway", map[string]any{"until": h.days(weeksAway).Format(time.DateOnly)}, nil); err != nil {
			return err
		}
		h.until(p, h.days(weeksAway+1))
	}
	return nil
}

// live is one tick: something comes, something happens to somebody, and each thing is
// taken on where it can be.
func (h *history) live(ctx context.Context) error {
	if err := h.happen(ctx); err != nil {
		return err
	}
	if err := h.come(ctx); err != nil {
		return err
	}
	return h.work(ctx, 0.75)
}

// work looks at each thing, and has somebody take it on as often as they are diligent.
func (h *history) work(ctx context.Context, diligence float64) error {
	for _, t := range slices.Clone(h.things) {
		ways, done, err := t.open(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		if done {
			h.things = slices.DeleteFunc(h.things, func(other *thing) bool { return other == t })
			continue
		}
		if err := h.waiting(ctx, t, len(ways) > 0); err != nil {
			return err
		}
		if len(ways) == 0 || h.rng.Float64() > diligence {
			continue
		}
		w := ways[h.rng.IntN(len(ways))]
		if err := w.take(ctx); err != nil {
			return fmt.Errorf("%s was allowed: %w", w.what, err)
		}
		h.past.Steps++
	}
	return h.pass(ctx, tick)
}

// waiting counts for how long nobody could take a thing on.
func (h *history) waiting(ctx context.Context, t *thing, open bool) error {
	if open || t.waits != nil && t.waits() {
		t.stuck = 0
		return nil
	}
	t.stuck += tick
	h.past.LongestWait = max(h.past.LongestWait, t.stuck-t.grace)
	if t.stuck > patience+t.grace {
		return fmt.Errorf("nobody who is there can take %s on for %s, out is %s: %s", t.name, t.stuck, h.whoIsOut(), h.why(ctx, t.name))
	}
	return nil
}

func (h *history) whoIsOut() string {
	if h.out == nil {
		return "nobody"
	}
	return h.out.subject
}

// end has everybody come back and all be diligent: what is not done then never will be.
func (h *history) end(ctx context.Context) error {
	h.rng = rand.New(rand.NewPCG(h.Seed, uint64(h.Ticks)))
	for range 120 {
		if h.out != nil {
			if err := h.comeBack(ctx); err != nil {
				return err
			}
		}
		if h.out == nil && len(h.things) == 0 {
			return nil
		}
		if err := h.work(ctx, 1); err != nil {
			return fmt.Errorf("at the end (%s): %w", h.today(), err)
		}
	}
	var left []string
	for _, t := range h.things {
		left = append(left, t.name)
	}
	return fmt.Errorf("never done, although all are there: %s", strings.Join(left, ", "))
}
