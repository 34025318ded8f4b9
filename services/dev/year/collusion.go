package year

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
)

// Plot is what some of the five do together against the fund, legally and with their own
// sign-ins, while the others do their duty: they confirm what they cannot know to be false,
// sign what the product lets them sign, and look at what they are asked to look at.
type Plot string

// The plots that there are.
const (
	// Invented is one of the case desk who invents families, with a friend who answers the
	// phone for all of them.
	Invented Plot = "invented"
	// Applicant is one of the case desk whose friend applies to the other one, so that the
	// lot draws them: they say that they have checked something.
	Applicant Plot = "applicant"
	// Desk are two of the money desk, one of them an officer, who need no third person.
	Desk Plot = "desk"
)

// Loot is what a plot brought, in minor units of EUR.
type Loot struct {
	// Minor is the most that left to families of theirs within any 30 days.
	Minor int64
	// Caught says that somebody found out.
	Caught bool
}

const (
	// plotDays is how long a plot goes on, the days for which something waits apart.
	plotDays = 30
	// window is that within which it is measured.
	window = 30 * day
)

// haul is what left to families of theirs at a time.
type haul struct {
	at    time.Time
	minor int64
}

// conspiracy is a fund in which a plot goes on.
type conspiracy struct {
	*fund
	Plot
	crooks   []*person
	accounts map[string]bool // IBANs of the crooks
	ours     map[string]bool // names of families that are invented
	// open are families that the case desk has to do with, all are all of them.
	open, all []*family
	caught    bool
	serial    int
	hauls     []haul
	counted   int64
}

// Collude plays a plot.
func Collude(ctx context.Context, o Options, plot Plot) (Loot, error) {
	c := &conspiracy{
		fund: &fund{Options: o, people: map[string]*person{}, bank: bankfake.New(senderIBAN, "EUR", brought), month: 1},
		Plot: plot, accounts: map[string]bool{}, ours: map[string]bool{},
	}
	c.Months, c.NewFamilies = 1, 100
	for _, step := range []func(context.Context) error{c.found, c.fund.open, c.importPrisoners} {
		if err := step(ctx); err != nil {
			return Loot{}, fmt.Errorf("beginning: %w", err)
		}
	}
	c.people["olena"].gone = true
	play := map[Plot]func(context.Context, int) error{Invented: c.invent, Applicant: c.apply, Desk: c.empty}[plot]
	for i := range plotDays {
		if err := play(ctx, i); err != nil && !errors.Is(err, errCaught) {
			return c.loot(), fmt.Errorf("day %d: %w", i, err)
		}
		c.count()
		if c.caught {
			break
		}
		if err := c.pass(ctx, day); err != nil {
			return c.loot(), err
		}
	}
	c.tell(ctx)
	return c.loot(), nil
}

// tell says what each family of the crooks got, and on whose word.
func (c *conspiracy) tell(ctx context.Context) {
	for _, f := range c.all {
		var s struct{ State, Owner, Proposer, Confirmer, IndependentCheck string }
		if err := c.honest()[0].get(ctx, f.Name, &s); err == nil && c.ours[f.Name] {
			c.say("%s got %d: %s, proposed by %s, confirmed by %s, %s", f.Name, c.bank.Paid(f.account), s.State, c.subjectOf(s.Proposer), c.subjectOf(s.Confirmer), s.IndependentCheck)
		}
	}
}

func (c *conspiracy) subjectOf(staff string) string {
	for _, p := range c.people {
		if p.staff == staff {
			return p.subject
		}
	}
	return "nobody"
}

// errCaught ends what goes on when somebody finds out.
var errCaught = errors.New("found out")

// count notes what left since it was counted last.
func (c *conspiracy) count() {
	total := int64(0)
	for account := range c.accounts {
		total += c.bank.Paid(account)
	}
	c.hauls = append(c.hauls, haul{c.Now(), total - c.counted})
	c.counted = total
}

func (c *conspiracy) loot() Loot {
	l := Loot{Caught: c.caught}
	for i, first := range c.hauls {
		sum := int64(0)
		for _, h := range c.hauls[i:] {
			if h.at.Sub(first.at) < window {
				sum += h.minor
			}
		}
		l.Minor = max(l.Minor, sum)
	}
	return l
}

// honest are those who are there and no crooks.
func (c *conspiracy) honest() []*person {
	return slices.DeleteFunc(c.awake(), func(p *person) bool { return slices.Contains(c.crooks, p) })
}

// newFamily enters a family of somebody's, with an account and a request. An invented one
// has an account of the crooks.
func (c *conspiracy) newFamily(ctx context.Context, owner *person, minor int64, invented bool) (*family, error) {
	n := c.serial
	c.serial++
	f, destination, err := c.enter(ctx, owner, n)
	if err != nil {
		return nil, err
	}
	if invented {
		c.accounts[bankfake.IBAN(n)], c.ours[f.Name] = true, true
	}
	f.destination, f.account = destination, bankfake.IBAN(n)
	c.open, c.all = append(c.open, f), append(c.all, f)
	return f, c.request(ctx, f, minor)
}

// request has a family ask for three months' aid.
func (c *conspiracy) request(ctx context.Context, f *family, minor int64) error {
	var request struct{ Name string }
	if err := f.owner.post(ctx, f.Name+"/aidRequests", map[string]any{
		"category": "AID_CATEGORY_FOOD", "amount": euros(minor), "cycles": 3,
	}, &request); err != nil {
		return err
	}
	f.request = request.Name
	return nil
}
