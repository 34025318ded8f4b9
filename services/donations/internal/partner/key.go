package partner

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// MaxKeys bounds the active keys of one partner.
const MaxKeys = 20

const (
	keyBytes    = 20 // random bytes: 160 bits
	prefixShown = 12 // characters by which people tell keys apart

	usualOverlap   = 24     // hours
	longestOverlap = 7 * 24 // hours
)

// KeyKind says what a key is for, in the contract's word. The zero KeyKind is
// invalid.
type KeyKind string

// A browser holds a Publishable key, so that it may only start a pledge.
const (
	Publishable KeyKind = "PUBLISHABLE"
	Secret      KeyKind = "SECRET" // for the partner's server
)

// Mode says whether a key moves real money: Stripe's test mode or its live one.
type Mode bool

// An installation takes keys of one mode only.
const (
	Test Mode = false
	Live Mode = true
)

// Key is what is stored of a partner's credential: its SHA-256. The credential has
// 160 random bits, so that nobody guesses it from a plain hash.
type Key struct {
	ID, Partner string
	Kind        KeyKind
	// Prefix is the credential's beginning, to tell keys apart.
	Prefix string
	SHA256 []byte
	// CreatedAt and RevokedAt bound the key's life. RevokedAt is nil where no end is set,
	// and lies ahead where the key was rotated.
	CreatedAt time.Time
	RevokedAt *time.Time
	// Version counts the key's changes, from 1.
	Version int64
}

// Ended reports whether the key is refused.
func (k Key) Ended(now time.Time) bool { return k.RevokedAt != nil && !k.RevokedAt.After(now) }

// Revoked is the key without a future.
func (k Key) Revoked(now time.Time) Key {
	if !k.Ended(now) {
		k.RevokedAt, k.Version = &now, k.Version+1
	}
	return k
}

// MayRotate reports, as a fault, why a key is not rotated.
func (k Key) MayRotate(now time.Time) error {
	switch {
	case k.Ended(now):
		return fault.State("key", "REVOKED", "ACTIVE")
	case k.RevokedAt != nil:
		return fault.New(fault.Precondition, fault.ReasonKeyRotated, "The key has been rotated already, and ends by itself.")
	}
	return nil
}

// Rotated is the key as it is once another has taken its place: it is accepted for some
// hours more, a day where that is not said.
func (k Key) Rotated(hours *int32, now time.Time) (Key, error) {
	overlap := int32(usualOverlap)
	if hours != nil {
		overlap = *hours
	}
	if overlap < 0 || overlap > longestOverlap {
		return k, fault.Field("overlapHours", fault.FieldOutOfRange, "must be 0 to 168")
	}
	if err := k.MayRotate(now); err != nil {
		return k, err
	}
	end := now.Add(time.Duration(overlap) * time.Hour)
	k.RevokedAt, k.Version = &end, k.Version+1
	return k, nil
}

// NewKey makes a key and the credential to show once.
func NewKey(partnerID string, kind KeyKind, mode Mode, now time.Time) (Key, string, error) {
	if kind != Publishable && kind != Secret {
		return Key{}, "", fault.Field("kind", fault.FieldUnknownValue, "must be KEY_KIND_PUBLISHABLE or KEY_KIND_SECRET")
	}
	var b [keyBytes]byte
	rand.Read(b[:]) // never fails: it aborts the program instead
	credential := beginning(kind, mode) +
		strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))
	return Key{
		ID: resource.NewID(resource.KindPartnerKey), Partner: partnerID, Kind: kind,
		Prefix: credential[:prefixShown], SHA256: Digest(credential), CreatedAt: now, Version: 1,
	}, credential, nil
}

// Digest is what is stored of a credential.
func Digest(credential string) []byte {
	sum := sha256.Sum256([]byte(credential))
	return sum[:]
}

// IsCredential reports whether a bearer is meant as a partner's key, as against
// a staff token.
func IsCredential(bearer string) bool {
	return strings.HasPrefix(bearer, "pk_") || strings.HasPrefix(bearer, "sk_")
}

// CheckMode refuses a key of the other mode; the fault's reason names the mistake.
func CheckMode(credential string, mode Mode) error {
	switch {
	case strings.HasPrefix(credential, beginning(Publishable, mode)), strings.HasPrefix(credential, beginning(Secret, mode)):
		return nil
	case mode == Live:
		return fault.New(fault.Unauthenticated, fault.ReasonTestKeyInLive, "This is a test key, and this installation takes live keys.")
	default:
		return fault.New(fault.Unauthenticated, fault.ReasonLiveKeyInTest, "This is not a test key, and this installation takes test keys only.")
	}
}

func beginning(kind KeyKind, mode Mode) string {
	b := "pk_"
	if kind == Secret {
		b = "sk_"
	}
	if mode == Live {
		return b + "live_"
	}
	return b + "test_"
}
