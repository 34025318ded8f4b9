// Package resource makes and reads resource names such as
// "families/f_…/aidRequests/a_…". Ids are random and say nothing about what
// they name or when it was made.
package resource

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
)

// alphabet is Crockford's base 32 in lower case: no letters that look alike.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// maxID bounds the length of one id in a name, in bytes.
const maxID = 64

// NewID returns a fresh id: the prefix of what it names, an underscore and what
// Random returns.
func NewID(kind Kind) string { return string(kind) + "_" + Random() }

// Random returns 128 random bits in 26 letters and digits.
func Random() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: it aborts the program instead
	return base32.NewEncoding(alphabet).WithPadding(base32.NoPadding).EncodeToString(b[:])
}

func validID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	return strings.IndexFunc(id, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		return !letter && !(r >= '0' && r <= '9') && r != '_' && r != '-'
	}) < 0
}
