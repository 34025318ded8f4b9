// Package account holds the grammar of account paths, which is part of the
// ledger's format: what an account is called decides what it may do. The ledger
// that posts, the verifier and the journals read paths with this package alone.
package account

import (
	"errors"
	"strings"
)

const (
	// MaxSegment bounds one part of a path, in bytes.
	MaxSegment = 40
	// MaxLen bounds a whole path in bytes; the grammar allows none longer.
	MaxLen = len("round:") + MaxSegment + 1 + MaxSegment
)

// Class is the first part of a path.
type Class string

// The classes. Assets are what we hold, funds, rounds, awards and transit what
// we owe to a purpose; the others balance what is not yet or not well known.
const (
	ClassAsset    Class = "asset"
	ClassFund     Class = "fund"
	ClassRound    Class = "round"
	ClassAward    Class = "award"
	ClassTransit  Class = "transit"
	ClassDeficit  Class = "deficit"
	ClassSuspense Class = "suspense"
	ClassFX       Class = "fx"
	ClassEquity   Class = "equity"
)

// Path is an account path taken apart.
type Path struct {
	// Class is the first part.
	Class Class
	// Parts holds the others in order.
	Parts []string
	// Limited says that credits less debits may never be below zero.
	Limited bool
}

var (
	errClass   = errors.New("must begin with asset:, fund:, round:, award:, transit:, deficit:, suspense:, fx: or equity:")
	errSegment = errors.New("has a part that is not 1 to 40 of a-z, 0-9, _ and -, beginning with a letter or digit")
)

// Parse takes a path apart; the text of its error is a fixed sentence without
// the path.
func Parse(path string) (Path, error) {
	class, rest, _ := strings.Cut(path, ":")
	p := Path{Class: Class(class), Parts: strings.Split(rest, ":")}
	shape, ok := shapes[p.Class]
	if !ok {
		return Path{}, errClass
	}
	limited, ok := shape(p.Parts)
	if !ok || rest == "" {
		return Path{}, errShapes[p.Class]
	}
	if p.Class != ClassFX {
		for _, part := range p.Parts {
			if !Segment(part) {
				return Path{}, errSegment
			}
		}
	}
	p.Limited = limited
	return p, nil
}

// errShapes say for each class how its accounts are called.
var errShapes = map[Class]error{
	ClassAsset:    errors.New("must be asset:stripe, asset:bank:{bank} or asset:cash:{holder}"),
	ClassFund:     errors.New("must be fund:{fund}:clearing or fund:{fund}:available"),
	ClassRound:    errors.New("must be round:{round}:{fund}"),
	ClassAward:    errors.New("must be award:{award}"),
	ClassTransit:  errors.New("must be transit:{rail}, transit:refunds or transit:stripe-payout"),
	ClassDeficit:  errors.New("must be deficit:{fund}"),
	ClassSuspense: errors.New("must be suspense:{where} or suspense:{where}:{name}"),
	ClassFX:       errors.New("must be fx:{currency}:{other currency}, as in fx:EUR:PLN, or fx:gain_loss"),
	ClassEquity:   errors.New("must be equity:opening"),
}

// Limited reports whether path is an account whose credits less debits may
// never be below zero.
func Limited(path string) bool {
	p, err := Parse(path)
	return err == nil && p.Limited
}

// Known reports whether c is a class of the grammar.
func (c Class) Known() bool {
	_, ok := shapes[c]
	return ok
}

// shapes says for each class whether parts fit it, and whether such an account
// is limited. Parts are checked as segments elsewhere.
var shapes = map[Class]func(parts []string) (limited, ok bool){
	ClassAsset: func(p []string) (bool, bool) {
		return false, len(p) == 1 && p[0] == "stripe" || len(p) == 2 && (p[0] == "bank" || p[0] == "cash")
	},
	ClassFund: func(p []string) (bool, bool) {
		return true, len(p) == 2 && (p[1] == "available" || p[1] == "clearing")
	},
	ClassRound:    func(p []string) (bool, bool) { return true, len(p) == 2 },
	ClassAward:    func(p []string) (bool, bool) { return true, len(p) == 1 },
	ClassTransit:  func(p []string) (bool, bool) { return p[0] != stripePayout, len(p) == 1 },
	ClassDeficit:  func(p []string) (bool, bool) { return false, len(p) == 1 },
	ClassSuspense: func(p []string) (bool, bool) { return false, len(p) == 1 || len(p) == 2 },
	ClassFX: func(p []string) (bool, bool) {
		if len(p) == 1 {
			return false, p[0] == "gain_loss"
		}
		return false, len(p) == 2 && Currency(p[0]) && Currency(p[1]) && p[0] != p[1]
	},
	ClassEquity: func(p []string) (bool, bool) { return false, len(p) == 1 && p[0] == "opening" },
}

// Segment reports whether s may stand between the colons of a path.
func Segment(s string) bool {
	if s == "" || len(s) > MaxSegment || s[0] == '_' || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}

// Currency reports whether s has the form of an ISO 4217 code: three capitals.
// Which codes may be posted is decided when a transaction is posted.
func Currency(s string) bool {
	return len(s) == 3 && capital(s[0]) && capital(s[1]) && capital(s[2])
}

func capital(c byte) bool { return c >= 'A' && c <= 'Z' }
