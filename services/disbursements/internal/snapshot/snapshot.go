// Package snapshot makes the input of a round from needs and money: what a request
// may still receive, and which funds accept it.
package snapshot

import (
	"fmt"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/allocation"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/round"
	"github.com/solidarity-fund/solidarity/services/internal/eligibility"
)

// Need is one part of one cycle of an approved request.
type Need struct {
	AidRequest   string
	Family       string
	Cycle        int32
	Part         int32
	Tier         int32
	Running      bool
	Weight       int64
	Currency     string
	Cap          int64
	Minimum      int64
	WaitingSince string
	// Attributes are what the funds' rules look at. They are asked and not kept.
	Attributes eligibility.Attributes
}

// Snapshot is the frozen input of a round.
type Snapshot struct {
	allocation.Snapshot
	// needs are those of the round's currency, by their id in the snapshot.
	needs map[string]Need
	// Narrow are the funds that give nothing in the round, because fewer than ten
	// families are eligible by their rules.
	Narrow []string
}

// Take freezes the input of a round. It leaves needs in other currencies out. What
// earlier parts of a cycle hold already comes off the cycle's cap. A fund accepts the
// requests that its rule accepts, all of them where rules has none for it.
func Take(r round.Round, needs []Need, held []round.Held, rules map[string]eligibility.Rule) Snapshot {
	s := Snapshot{Snapshot: allocation.Snapshot{Currency: r.Currency, Step: r.Step}, needs: map[string]Need{}}
	eligible := accepting(r, rules)
	s.Narrow = eligible.narrow(needs)
	for _, b := range r.Budgets {
		s.Funds = append(s.Funds, allocation.Fund{Name: b.Fund, Money: b.Minor})
	}
	holds := make(map[string]int64, len(held))
	for _, h := range held {
		holds[cycleID(h.AidRequest, h.Cycle)] = h.Minor
	}
	for _, n := range needs {
		if n.Currency != r.Currency {
			continue
		}
		s.needs[n.id()] = n
		s.Requests = append(s.Requests, allocation.Request{
			ID: n.id(), Tier: int(n.Tier), Running: n.Running, Weight: n.Weight,
			Cap: max(n.Cap-holds[cycleID(n.AidRequest, n.Cycle)], 0), Minimum: n.Minimum,
			WaitingSince: n.WaitingSince, Funds: eligible.funds(n.Attributes),
		})
	}
	s.Snapshot = s.Canonical()
	return s
}

// cycleID names a cycle of a request.
func cycleID(request string, cycle int32) string { return fmt.Sprintf("%s/cycles/%d", request, cycle) }

// id orders and names a need in the snapshot.
func (n Need) id() string { return fmt.Sprintf("%s/parts/%d", cycleID(n.AidRequest, n.Cycle), n.Part) }

// Need returns the need behind a request of the snapshot.
func (s Snapshot) Need(id string) Need { return s.needs[id] }
