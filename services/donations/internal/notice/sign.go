package notice

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// secretBytes is how many random bytes a secret has.
const secretBytes = 32

// secretPrefix is how a secret is told from others, by the standard.
const secretPrefix = "whsec_"

// Secrets are those of an endpoint: the one that signs, and the one before it.
type Secrets struct {
	Current  string `json:"current"`
	Previous string `json:"previous,omitempty"`
}

// NewSecrets makes a secret that takes the place of the one before.
func NewSecrets(before Secrets) Secrets {
	var b [secretBytes]byte
	rand.Read(b[:]) // never fails: it aborts the program instead
	return Secrets{Current: secretPrefix + base64.StdEncoding.EncodeToString(b[:]), Previous: before.Current}
}

// Signature is the header webhook-signature of a message: one signature by each secret
// that counts at the time, separated by spaces.
func (s Secrets) Signature(id string, at time.Time, oldUntil *time.Time, body []byte) (string, error) {
	secrets := []string{s.Current}
	if s.Previous != "" && oldUntil != nil && at.Before(*oldUntil) {
		secrets = append(secrets, s.Previous)
	}
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil {
			return "", fmt.Errorf("read signing secret: %w", err)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " "), nil
}
