package staff

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Bounds of an identity's parts, in bytes.
const (
	maxIssuer  = 512
	maxSubject = 255
)

// Identities turns identities of the OpenID provider into digests, so that the
// database holds none.
type Identities struct{ key []byte }

// NewIdentities takes the secret key of the digests. With another key nobody
// is known any more.
func NewIdentities(key []byte) Identities { return Identities{key: key} }

// Digest returns the HMAC of issuer and subject. Its faults name the fields
// "issuer" and "subject".
func (i Identities) Digest(issuer, subject string) ([]byte, error) {
	if issuer == "" || len(issuer) > maxIssuer {
		return nil, fault.Field("issuer", fault.FieldWrongLength, "must have 1 to 512 bytes")
	}
	if subject == "" || len(subject) > maxSubject {
		return nil, fault.Field("subject", fault.FieldWrongLength, "must have 1 to 255 bytes")
	}
	mac := hmac.New(sha256.New, i.key)
	for _, part := range []string{issuer, subject} {
		// Lengths keep ("ab","c") apart from ("a","bc").
		mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		mac.Write([]byte(part))
	}
	return mac.Sum(nil), nil
}
