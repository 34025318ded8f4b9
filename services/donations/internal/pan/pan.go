// Package pan finds card numbers in text, so that they can be refused before they are
// stored. A number is one that a network issues: by its first digits, its length and
// its check digit. Other numbers, as those of orders, and times pass.
package pan

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// longest is the length of the longest card number, in digits.
const longest = 19

// Refuse returns a fault that names field if text holds a card number.
func Refuse(field, text string) error {
	if Within(text) {
		return fault.Field(field, fault.FieldCardNumber, "must not hold a card number")
	}
	return nil
}

// Within reports whether text holds a card number. Spaces, also as an address writes
// them, dots, hyphens and underscores between groups of digits do not hide it.
func Within(text string) bool {
	var groups [][]byte // adjacent groups of digits, kept apart by separators only
	fresh := true
	for _, r := range strings.ReplaceAll(text, "%20", " ") {
		switch {
		case r >= '0' && r <= '9':
			if fresh {
				groups, fresh = append(groups, nil), false
			}
			groups[len(groups)-1] = append(groups[len(groups)-1], byte(r-'0'))
		case strings.ContainsRune(" +.-_\u00a0", r):
			fresh = true
		default:
			if holdsNumber(groups) {
				return true
			}
			groups, fresh = nil, true
		}
	}
	return holdsNumber(groups)
}

// holdsNumber joins neighbouring groups in every way that gives a number's length.
func holdsNumber(groups [][]byte) bool {
	for from := range groups {
		var run []byte
		for _, g := range groups[from:] {
			run = append(run, g...)
			if len(run) > longest {
				break
			}
			if issued(run) && luhn(run) {
				return true
			}
		}
	}
	return false
}

// luhn checks the check digit of ISO/IEC 7812.
func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i])
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
