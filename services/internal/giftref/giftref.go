// Package giftref makes the reference that donors write on a bank transfer: a creditor
// reference of ISO 11649, which banks check and which says nothing but to us.
package giftref

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
)

// size is how many characters follow the check digits: fifty bits, so that no two funds
// have one.
const size = 10

// pattern finds what may be a reference in what somebody wrote, with blanks as people and
// banks put them.
var pattern = regexp.MustCompile(`(?:^|[^0-9A-Z])(R ?F ?[0-9] ?[0-9](?: ?[0-9A-Z]){10})(?:[^0-9A-Z]|$)`)

// Of is the reference of the fund with an id.
func Of(fund string) string {
	sum := sha256.Sum256([]byte("gift by transfer: " + fund))
	body := base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])[:size]
	return fmt.Sprintf("RF%02d%s", 98-remainder(body+"RF00"), body)
}

// Find is the first reference in a text whose check digits are right; empty for none.
func Find(text string) string {
	for _, m := range pattern.FindAllStringSubmatch(strings.ToUpper(text), -1) {
		if ref := strings.ReplaceAll(m[1], " ", ""); remainder(ref[4:]+ref[:4]) == 1 {
			return ref
		}
	}
	return ""
}

// remainder is that by 97 of the number which digits and letters (A is 10) spell.
func remainder(text string) int {
	rest := 0
	for _, c := range text {
		if c >= 'A' {
			rest = (rest*100 + int(c-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(c-'0')) % 97
		}
	}
	return rest
}
