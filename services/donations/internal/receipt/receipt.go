// Package receipt holds the donor's secret link: a token of 256 random bits of
// which only the SHA-256 is known here. It also says up to which day a fund's
// totals are published.
package receipt

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// tokenBytes is the size of a token.
const tokenBytes = 32

// NewToken makes a token for the donor, and its hash for us.
func NewToken() (token string, hash []byte) {
	var b [tokenBytes]byte
	rand.Read(b[:]) // never fails: it aborts the program instead
	sum := sha256.Sum256(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:]), sum[:]
}

// Hash returns what is stored of a token. Text that is no token has a hash too,
// which opens nothing, so that it is treated as an unknown token is.
func Hash(token string) []byte {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) != tokenBytes || len(token) != base64.RawURLEncoding.EncodedLen(tokenBytes) {
		b = append([]byte("no token: "), token...)
	}
	sum := sha256.Sum256(b)
	return sum[:]
}

// publicationLag is how long after a quarter's end its totals are published.
const publicationLag = 14 * 24 * time.Hour

// PublishedThrough returns the last day that published totals cover at a moment:
// the end of the last quarter that ended 14 days ago or earlier; in development
// the day itself.
func PublishedThrough(now time.Time, development bool) time.Time {
	now = now.UTC()
	if development {
		return day(now)
	}
	t := now.Add(-publicationLag)
	first := time.Date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	return first.AddDate(0, 0, -1)
}

func day(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
