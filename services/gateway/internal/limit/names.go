package limit

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"time"
)

// keyTerm is how long one HMAC key serves.
const keyTerm = time.Hour

// caller is how a caller is known for an hour.
type caller [16]byte

// names makes callers out of credentials and addresses. It needs its holder's lock.
type names struct {
	key  [sha256.Size]byte
	made time.Time
}

// of returns who somebody is now; renewed says that nobody is who they were before.
func (n *names) of(who string, now time.Time) (id caller, renewed bool) {
	if n.made.IsZero() || now.Sub(n.made) >= keyTerm {
		rand.Read(n.key[:]) // never fails: it aborts the program instead
		n.made, renewed = now, true
	}
	mac := hmac.New(sha256.New, n.key[:])
	mac.Write([]byte(who))
	return caller(mac.Sum(nil)[:16]), renewed
}
