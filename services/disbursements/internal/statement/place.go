package statement

import (
	"fmt"
	"slices"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// Kept is a statement that stands in the series of its account.
type Kept struct {
	ID, BankID string
	Opening    int64
	Tail
	// Gap says that something is missing before it.
	Gap bool
}

// Place is where a statement stands in its account's series, and what of it is new.
type Place struct {
	// Known says that others say all that it says; nothing of it is taken in.
	Known bool
	// At is how many statements stand before it.
	At int
	// Statement is the part that is taken in.
	Statement Statement
	// Gap says that something is missing before it, Difference by how much, in minor
	// units: what the account gained meanwhile.
	Gap        bool
	Difference int64
	// GapAfter and DifferenceAfter say the same of the statement that comes next.
	GapAfter        bool
	DifferenceAfter int64
}

// Find says where a statement belongs, by its balances first, then by its day and
// number: banks let statements overlap, and people bring them in any order. fresh are its
// lines that no statement of the series has; where there are fewer than it has, only they
// are taken in, if the balances prove that nothing else is new. The fault
// STATEMENT_CONFLICT is of a statement that contradicts the others.
func Find(series []Kept, s Statement, fresh []Line) (Place, error) {
	for _, k := range series {
		if k.BankID == s.BankID && (year(k.ClosedOn) == year(s.ClosedOn) || k.ClosedOn == "" || s.ClosedOn == "") {
			return Place{}, conflict(s.At, "must not have the id of another statement of the same year")
		}
	}
	if len(fresh) < len(s.Lines) {
		return overlapping(series, s, fresh)
	}
	if len(s.Lines) == 0 && spanned(series, s) {
		return Place{Known: true}, nil
	}
	at, weight := best(series, s)
	if weight == 0 {
		return Place{}, conflict(s.At, "must not be of days for which other statements follow each other")
	}
	return settle(series, at, s), nil
}

// spanned reports whether statements that follow each other reach from where s begins to
// where it ends, on its day.
func spanned(series []Kept, s Statement) bool {
	for i, first := range series {
		if first.Opening != s.Opening {
			continue
		}
		for j := i; j < len(series) && (j == i || !series[j].Gap); j++ {
			if series[j].Closing == s.Closing && series[j].ClosedOn == s.ClosedOn {
				return true
			}
		}
	}
	return false
}

// overlapping finds the place of a statement that has lines of others: it is where its
// other lines make up what is missing. Where it goes on from where the last one ended, its
// lines are alike by chance, since banks number entries anew in each statement, or debit
// twice.
func overlapping(series []Kept, s Statement, fresh []Line) (Place, error) {
	if place, found := rest(series, s, fresh); found {
		return place, nil
	}
	known := Place{Known: true}
	if len(fresh) == 0 && spanned(series, s) {
		return known, nil
	}
	if end := len(series); s.mayBeNew() && series[end-1].Closing == s.Opening && fit(series, end, s) > 0 {
		return settle(series, end, s), nil
	}
	if len(fresh) == 0 {
		return known, nil
	}
	return Place{}, conflict(s.At, "must not overlap with statements that it does not agree with")
}

// mayBeNew reports whether balances can prove that lines which are known are others: not
// where the bank names them once and for all, nor transfers that together move nothing.
func (s Statement) mayBeNew() bool {
	return !slices.ContainsFunc(s.Lines, func(l Line) bool { return l.Sure || l.EndToEndID != "" && s.Opening == s.Closing })
}

// rest finds where the lines that are new make up what is missing.
func rest(series []Kept, s Statement, fresh []Line) (Place, bool) {
	gained, err := net(fresh)
	if err != nil || len(fresh) == 0 {
		return Place{}, false
	}
	whole := s
	s.Lines = fresh
	for at := len(series); at > 0; at-- {
		from, last := series[at-1].Closing, at == len(series)
		if !last && !series[at].Gap {
			continue
		}
		if from+gained == s.Closing || !last && from+gained == series[at].Opening {
			s.Opening, s.Closing = from, from+gained
			return settle(series, at, s.uncounted(series[at-1].Tail)), true
		}
	}
	if series[0].Opening-gained == whole.Opening {
		s.Opening, s.Closing = whole.Opening, series[0].Opening
		return settle(series, 0, s), true
	}
	return Place{}, false
}

// uncounted leaves the bank's number out where it is not the one after the last.
func (s Statement) uncounted(last Tail) Statement {
	if !s.next(last) {
		s.Sequence = 0
	}
	return s
}

// best finds where a statement fits best: behind all, or where something is missing. A
// weight of 0 is nowhere.
func best(series []Kept, s Statement) (at, weight int) {
	for i := len(series); i >= 0; i-- {
		if i > 0 && i < len(series) && !series[i].Gap {
			continue
		}
		if fits := fit(series, i, s); fits > weight {
			at, weight = i, fits
		}
	}
	return at, weight
}

// What speaks for a place: a balance on one side more than days, days more than the
// numbers on both.
const (
	byNumber  = 1
	byDay     = 3
	byBalance = 6
)

// fit weighs a place; 0 is none at all: days that are known are never out of order.
func fit(series []Kept, at int, s Statement) (weight int) {
	if at > 0 {
		before := series[at-1]
		if later(before.ClosedOn, s.ClosedOn) {
			return 0
		}
		if before.Closing == s.Opening {
			weight += byBalance
		}
		if counted(before.Tail, s.end()) {
			weight += byNumber
		}
	} else {
		weight += byNumber
	}
	if at < len(series) {
		after := series[at]
		if later(s.ClosedOn, after.ClosedOn) {
			return 0
		}
		if s.Closing == after.Opening {
			weight += byBalance
		}
		if counted(s.end(), after.Tail) {
			weight += byNumber
		}
	} else {
		weight += byNumber
	}
	if s.ClosedOn != "" || at == len(series) {
		weight += byDay
	}
	return weight
}

// counted reports whether the bank may have counted one statement before another.
func counted(before, after Tail) bool {
	return before.Sequence == 0 || after.Sequence == 0 || before.Sequence < after.Sequence || year(before.ClosedOn) < year(after.ClosedOn)
}

// later reports whether a day is known to be after another one.
func later(day, other string) bool { return day != "" && other != "" && day > other }

// settle says what is missing around a statement at a place.
func settle(series []Kept, at int, s Statement) Place {
	p := Place{At: at, Statement: s}
	if at > 0 {
		p.Gap, p.Difference = !s.Follows(series[at-1].Tail), s.Opening-series[at-1].Closing
	}
	if at < len(series) {
		next := series[at]
		follows := Statement{Opening: next.Opening, Sequence: next.Sequence, ClosedOn: next.ClosedOn}.Follows(s.end())
		p.GapAfter, p.DifferenceAfter = !follows, next.Opening-s.Closing
	}
	return p
}

// net is what lines add to an account.
func net(lines []Line) (sum int64, err error) {
	for _, l := range lines {
		minor := l.Minor
		if !l.Credit {
			minor = -minor
		}
		if sum, err = money.Add(sum, minor); err != nil {
			return 0, err
		}
	}
	return sum, nil
}

func conflict(line int, description string) error {
	f := fault.New(fault.AlreadyExists, fault.ReasonStatementConflict,
		"The statement contradicts others that were taken in; nothing was taken from it.")
	f.Violations = []fault.Violation{{Field: fmt.Sprintf("line %d", line), Reason: fault.FieldMalformed, Description: description}}
	return f
}
