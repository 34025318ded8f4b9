// Package confirmation holds the code with which a family confirms a payment.
// A family under pressure gives an altered code, which is accepted all the same;
// nothing that can be seen tells the two apart.
package confirmation

import (
	"crypto/rand"
	"math/big"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Digits is the length of a code.
const Digits = 8

// MaxTries is how many codes may be tried for a payment.
const MaxTries = 5

// Rule is how a family alters a code under pressure, agreed by voice.
type Rule string

// The rules; the empty Rule is none. Each changes every code.
const (
	LastDigitUp   Rule = "LAST_DIGIT_UP"
	FirstDigitUp  Rule = "FIRST_DIGIT_UP"
	LastDigitDown Rule = "LAST_DIGIT_DOWN"
)

// ruleSize is the size of every rule before it is sealed, in bytes.
const ruleSize = 32

// Bytes writes the rule in a fixed size, so that its ciphertext does not tell
// whether there is one.
func (r Rule) Bytes() []byte {
	b := make([]byte, ruleSize)
	copy(b, r)
	return b
}

// RuleOf reads what Bytes wrote.
func RuleOf(b []byte) Rule { return Rule(strings.TrimRight(string(b), "\x00")) }

// NewCode returns a random code.
func NewCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(100_000_000))
	if err != nil {
		panic(err) // the system has no randomness: nothing may go on
	}
	text := n.String()
	return strings.Repeat("0", Digits-len(text)) + text
}

// Alter applies a rule; without one it returns text that no code equals.
func Alter(rule Rule, code string) string {
	b := []byte(code)
	last := len(b) - 1
	switch rule {
	case LastDigitUp:
		b[last] = '0' + (b[last]-'0'+1)%10
	case LastDigitDown:
		b[last] = '0' + (b[last]-'0'+9)%10
	case FirstDigitUp:
		b[0] = '0' + (b[0]-'0'+1)%10
	default:
		return "none:" + rand.Text()
	}
	return string(b)
}

// CheckCode checks a code's form, so that a slip costs no try.
func CheckCode(field, code string) error {
	if len(code) != Digits || strings.ContainsFunc(code, func(r rune) bool { return r < '0' || r > '9' }) {
		return fault.Field(field, fault.FieldMalformed, "must be 8 digits")
	}
	return nil
}

// Verdict is what a code was: one byte of content in a fixed size.
type Verdict byte

// The verdicts; both are about a code that was accepted.
const (
	Right   Verdict = 1
	Altered Verdict = 2
)

// VerdictOf is the verdict about an accepted code.
func VerdictOf(right bool) Verdict {
	if right {
		return Right
	}
	return Altered
}

// verdictSize is the size of every verdict before it is sealed, in bytes.
const verdictSize = 32

// Bytes writes the verdict in its fixed size.
func (v Verdict) Bytes() []byte {
	b := make([]byte, verdictSize)
	b[0] = byte(v)
	return b
}

// CheckTries refuses when a code was accepted already or too many were tried.
func CheckTries(tries int, accepted bool) error {
	switch {
	case accepted:
		return fault.New(fault.Precondition, fault.ReasonCodeUsed, "The payment was confirmed with its code already.")
	case tries >= MaxTries:
		return fault.New(fault.Precondition, fault.ReasonTriesExhausted, "Too many wrong codes were tried for this payment.")
	}
	return nil
}
