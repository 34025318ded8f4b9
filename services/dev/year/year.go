// Package year lives a fund of five people and an operator month by month, over REST
// and on a clock that is moved: families come and are verified, money is matched and
// paid, the bank answers, the books close, and in between people are away, leave, are
// frozen, forget. Nobody signs in but these people and whom they have granted a role,
// and nothing is done past the product. It ends at the first thing for which nobody is
// found within 72 hours.
package year

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/bankfake"
	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// Options say where the installation is and how long it is lived in.
type Options struct {
	// REST and Stripe are the addresses of the gateway and of the fake Stripe.
	REST, Stripe string
	// SignIn returns a new token of a person from the issuer; it grants nothing.
	SignIn func(ctx context.Context, person string) (string, error)
	// Officers are the subjects of the two who founded the installation.
	Officers []string
	// Move moves the clock of the installation; Now reads it.
	Move func(ctx context.Context, to time.Time) error
	Now  func() time.Time
	// List is the list of prisoners to import.
	List io.Reader
	// Months is how many, NewFamilies how many come in each.
	Months, NewFamilies int
	// Tell receives what happens, a line each.
	Tell func(line string)
}

// Summary is what came of it.
type Summary struct {
	Months   int `json:"months"`
	Families int `json:"families"`
	Payments int `json:"payments"`
	Closed   int `json:"closed"`
	// LongestWait is the longest that something waited for a person who can act.
	LongestWait time.Duration `json:"longestWait"`
	// Waits are what waited longer than a day, and how long.
	Waits []string `json:"waits,omitempty"`
}

// fund is the installation as its people see it.
type fund struct {
	Options
	summary   Summary
	people    map[string]*person
	order     []string // of people, by name, so that each run is alike
	families  []*family
	prisoners []string // of the list, not yet a family's
	bank      *bankfake.Bank
	partner   *restclient.Client
	month     int // from 1
	paid      int // in this month
	// accounts are what families say of where they are paid, by destination.
	accounts map[string]map[string]any

	// What is to happen in this month besides.
	turn      func(*fund, context.Context, *person, *plan) error
	unfetched bool
	forgotten string // whose roles nobody renews
	// lookAt is what somebody does who looks at a family for a plan; nil for nothing.
	lookAt func(ctx context.Context, p *person, family string) error
}

// Play lives through the months and returns at the first thing that is not as it
// should be.
func Play(ctx context.Context, o Options) (Summary, error) {
	y := &fund{Options: o, people: map[string]*person{}, bank: bankfake.New(senderIBAN, "EUR", brought)}
	for _, step := range []func(context.Context) error{y.found, y.open, y.importPrisoners} {
		if err := step(ctx); err != nil {
			return y.summary, fmt.Errorf("beginning: %w", err)
		}
	}
	for y.month = 1; y.month <= o.Months; y.month++ {
		if err := y.live(ctx); err != nil {
			return y.summary, fmt.Errorf("month %d (%s): %w", y.month, y.Now().UTC().Format(time.DateOnly), err)
		}
		y.summary.Months++
	}
	return y.summary, nil
}

// live is one month.
func (y *fund) live(ctx context.Context) error {
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"events", y.begins}, {"families", y.newFamilies}, {"gifts", y.gifts}, {"round", y.allocate},
		{"payments", y.pay}, {"bank", y.settle}, {"close", y.closeMonth},
	} {
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	y.say("Month %d: %d families, %d payments so far; closed up to %s.", y.month, len(y.families), y.summary.Payments, y.today())
	return nil
}

func (y *fund) say(format string, args ...any) { y.Tell(fmt.Sprintf(format, args...)) }

func (y *fund) today() string { return y.Now().UTC().Format(time.DateOnly) }

// pass lets time pass.
func (y *fund) pass(ctx context.Context, d time.Duration) error {
	return y.Move(ctx, y.Now().Add(d))
}

const day = 24 * time.Hour
