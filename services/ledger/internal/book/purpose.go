package book

import (
	"fmt"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
)

// movers says which kinds may move the money of rounds and awards, so that
// nothing gets around the decisions that those kinds need. Other classes are free.
var movers = map[account.Class]map[leaf.Side][]leaf.Kind{
	account.ClassAward: {
		leaf.Credit: {leaf.RoundAward, leaf.EmergencyGrant, leaf.AttemptFailed, leaf.AttemptReturned},
		leaf.Debit:  {leaf.AttemptSubmitted, leaf.AwardCancelled, leaf.FX},
	},
	account.ClassRound: {
		leaf.Credit: {leaf.RoundHold},
		leaf.Debit:  {leaf.RoundAward, leaf.RoundRelease},
	},
}

// setAside holds the kinds that move money between funds, rounds and awards and
// nowhere else, so that no payment hides behind one of them: money leaves an award
// by kinds that need decisions.
var setAside = []leaf.Kind{leaf.RoundHold, leaf.RoundAward, leaf.RoundRelease, leaf.EmergencyGrant, leaf.AwardCancelled}

// checkPurpose refuses an account that the draft's kind may not touch. Reversals
// mirror what was checked when it was booked.
func (d *Draft) checkPurpose(at place) error {
	for j, e := range d.Entries {
		if !mayMove(d.Kind, e.Account, e.Side) {
			return wrongKind(at.lineAt("entries", j).field("account"))
		}
	}
	for j, s := range d.Sources {
		for k, path := range s.Accounts {
			if !mayMove(d.Kind, path, leaf.Debit) {
				return wrongKind(at.lineAt("sources", j).field(fmt.Sprintf("accounts[%d]", k)))
			}
		}
	}
	return nil
}

func mayMove(kind leaf.Kind, path string, side leaf.Side) bool {
	top, _, _ := strings.Cut(path, ":")
	class := account.Class(top)
	if slices.Contains(setAside, kind) && class != account.ClassFund && class != account.ClassRound && class != account.ClassAward {
		return false
	}
	sides, restricted := movers[class]
	return !restricted || slices.Contains(sides[side], kind)
}

func wrongKind(field string) error {
	f := fault.Field(field, "must be one that a transaction of this kind may move")
	f.Reason = "WRONG_KIND"
	return f
}
