// Package allocation matches the money of some funds to families' requests:
// tiers strictly one after another, weighted max-min fairness within a tier over
// everything that a request may draw on. It is pure and exact: the same snapshot
// gives the same result to the byte, without a floating point number anywhere.
package allocation

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Limits of a snapshot. They keep every intermediate product below 128 bits.
const (
	MaxWeight = 1_000_000         // of one request
	MaxSum    = math.MaxInt64 / 8 // of all money and of all caps, in minor units
	MaxFunds  = 200
)

// Snapshot is everything that decides a round. Amounts are minor units of one
// currency.
type Snapshot struct {
	// Currency is the ISO 4217 code of all amounts.
	Currency string
	// Step is what every award is a whole multiple of, 1 or more.
	Step int64
	// Funds are what the round may spend, each name once.
	Funds []Fund
	// Requests are what it may be spent on, each ID once.
	Requests []Request
}

// Fund is the money of one fund in a round.
type Fund struct {
	// Name is the fund's resource name, "funds/…".
	Name string
	// Money is what the round may spend of it, zero or more.
	Money int64
}

// Request is one part of one cycle of an aid request.
type Request struct {
	// ID orders requests where nothing else does.
	ID string
	// Tier is served before all higher numbers.
	Tier int
	// Running requests are served before new ones of their tier.
	Running bool
	// Weight is the request's weight within its tier, 1 to MaxWeight.
	Weight int64
	// Cap is the most that it may receive, zero or more.
	Cap int64
	// Minimum is the least that helps, zero or more; less is not given at all.
	Minimum int64
	// WaitingSince is the month since when it waits, "2026-11".
	WaitingSince string
	// Funds are the names of the round's funds that accept it.
	Funds []string
}

// Canonical returns the snapshot in its one order: funds by name, requests by
// ID, each request's funds by name. The input is not changed.
func (s Snapshot) Canonical() Snapshot {
	s.Funds = slices.Clone(s.Funds)
	slices.SortFunc(s.Funds, func(a, b Fund) int { return cmp.Compare(a.Name, b.Name) })
	s.Requests = slices.Clone(s.Requests)
	for i := range s.Requests {
		names := slices.Clone(s.Requests[i].Funds)
		slices.Sort(names)
		s.Requests[i].Funds = slices.Compact(names)
	}
	slices.SortFunc(s.Requests, func(a, b Request) int { return cmp.Compare(a.ID, b.ID) })
	return s
}

// Check says what is wrong with the snapshot, nil where nothing is.
func (s Snapshot) Check() error {
	if s.Step < 1 {
		return fmt.Errorf("step must be positive")
	}
	if len(s.Funds) > MaxFunds {
		return fmt.Errorf("more than %d funds", MaxFunds)
	}
	var money int64
	known := map[string]bool{}
	for _, f := range s.Funds {
		if f.Money < 0 || f.Money > MaxSum-money || known[f.Name] {
			return fmt.Errorf("fund negative, too large or twice")
		}
		money += f.Money
		known[f.Name] = true
	}
	return s.checkRequests(known)
}

func (s Snapshot) checkRequests(known map[string]bool) error {
	var caps int64
	seen := make(map[string]bool, len(s.Requests))
	for _, r := range s.Requests {
		switch {
		case seen[r.ID]:
			return fmt.Errorf("request twice")
		case r.Weight < 1 || r.Weight > MaxWeight:
			return fmt.Errorf("weight out of range")
		case r.Minimum < 0 || r.Cap < 0 || r.Cap > MaxSum-caps || r.Minimum > MaxSum:
			return fmt.Errorf("cap or minimum negative or too large")
		case slices.ContainsFunc(r.Funds, func(f string) bool { return !known[f] }):
			return fmt.Errorf("request names an unknown fund")
		}
		caps += r.Cap
		seen[r.ID] = true
	}
	return nil
}
