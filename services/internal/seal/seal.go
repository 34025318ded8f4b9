// Package seal encrypts what is said about a person under a key of that person's
// own: destroying the key erases the person in every backup. It binds each
// ciphertext to its row, so that it does not open anywhere else.
//
// A sealed value is one byte 0x01, then a 12-byte random nonce, the AES-256-GCM
// ciphertext and its 16-byte tag. The associated data is
// "table|column|row|version".
package seal

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// format is the first byte of every sealed value.
const format = 1

// blindBytes is the length of a blind index. Cut to 24 bits, it narrows a search
// to a few rows but proves nothing about any of them.
const blindBytes = 3

// Keyring seals and opens for any number of subjects. It is safe for concurrent
// use; a key destroyed by another replica is unusable here within a second.
type Keyring struct {
	master Master
	keys   *keyStore
}

// New makes a Keyring over the key store, which MigrateKeyStore has prepared.
func New(master Master, store *postgres.DB) *Keyring {
	return &Keyring{master: master, keys: newKeyStore(master, store)}
}

// Create makes subject's key where there is none yet. A subject that was erased
// gets no new one: fault Precondition, ERASED.
func (k *Keyring) Create(ctx context.Context, subject Subject) error {
	return k.keys.create(ctx, names([]Subject{subject}))
}

// CreateMany is Create for many subjects in one transaction; their keys are at
// hand afterwards. An erased one is ERASED; the others' keys are made all the same.
func (k *Keyring) CreateMany(ctx context.Context, subjects []Subject) error {
	return k.keys.create(ctx, names(subjects))
}

// Preload fetches the keys of many subjects in one go, before a page of rows is
// opened. Erased and unknown subjects are left for Open to complain of.
func (k *Keyring) Preload(ctx context.Context, subjects []Subject) error {
	if err := k.keys.load(ctx, names(subjects)); err != nil && !fault.Is(err, fault.ReasonErased) {
		return err
	}
	return nil
}

// Destroy erases subject: nothing sealed for it opens any more, here or from any
// backup of another database. It may be repeated.
func (k *Keyring) Destroy(ctx context.Context, subject Subject) error {
	return k.keys.destroy(ctx, subject.name)
}

// Seal encrypts plaintext for its place.
func (k *Keyring) Seal(ctx context.Context, place Place, plaintext []byte) ([]byte, error) {
	data, err := place.associatedData()
	if err != nil {
		return nil, err
	}
	cipher, err := k.cipher(ctx, place.subject)
	if err != nil {
		return nil, err
	}
	sealed, err := cipher.Encrypt(plaintext, data)
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", place.column, err)
	}
	return append([]byte{format}, sealed...), nil
}

// Open decrypts what Seal made for the same place. An erased subject
// is fault Precondition, ERASED; a value that was changed, or moved from another
// row, is fault Internal, SEAL_BROKEN.
func (k *Keyring) Open(ctx context.Context, place Place, ciphertext []byte) ([]byte, error) {
	data, err := place.associatedData()
	if err != nil {
		return nil, err
	}
	cipher, err := k.cipher(ctx, place.subject)
	if err != nil {
		return nil, err
	}
	if len(ciphertext) == 0 || ciphertext[0] != format {
		return nil, broken(errors.New("unknown format"))
	}
	plaintext, err := cipher.Decrypt(ciphertext[1:], data)
	if err != nil {
		return nil, broken(fmt.Errorf("open %s: %w", place.column, err))
	}
	return plaintext, nil
}

// Digest returns the HMAC-SHA-256 of data under a key derived from subject's own:
// without it nobody can try out guesses. purpose keeps uses apart.
func (k *Keyring) Digest(ctx context.Context, subject Subject, purpose string, data []byte) ([]byte, error) {
	key, err := k.keys.key(ctx, subject.name)
	if err != nil {
		return nil, err
	}
	mac, err := derive(key, "digest|"+purpose)
	if err != nil {
		return nil, err
	}
	return sign(mac, data), nil
}

// Blind returns the blind index of a normalised token: 3 bytes that are equal for
// equal tokens and purposes. Delete them with the subject.
func (k *Keyring) Blind(purpose, token string) []byte {
	return sign(k.master.Derive("blind|"+purpose), []byte(token))[:blindBytes]
}

// names are how the key store calls subjects.
func names(subjects []Subject) []string {
	list := make([]string, len(subjects))
	for i, s := range subjects {
		list[i] = s.name
	}
	return list
}

// Keyed returns the HMAC-SHA-256 of data under a secret of the service: for what has
// no subject of its own, or must not show whose it is. purpose keeps uses apart.
func (k *Keyring) Keyed(purpose string, data []byte) []byte {
	return sign(k.master.Derive("keyed|"+purpose), data)
}

func (k *Keyring) cipher(ctx context.Context, subject Subject) (*subtle.AESGCM, error) {
	key, err := k.keys.key(ctx, subject.name)
	if err != nil {
		return nil, err
	}
	own, err := derive(key, "seal")
	if err != nil {
		return nil, err
	}
	return subtle.NewAESGCM(own)
}

// derive makes a 32-byte key for one purpose from a subject's data key.
func derive(key []byte, purpose string) ([]byte, error) {
	derived, err := hkdf.Key(sha256.New, key, nil, "solidarity/subject/"+purpose, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive a subject's key: %w", err)
	}
	return derived, nil
}

func sign(key, data []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(data)
	return mac.Sum(nil)
}

func broken(cause error) error {
	return fault.New(fault.Internal, fault.ReasonSealBroken, "A sealed value does not belong where it was found.").With(cause)
}

func erased() error {
	return fault.New(fault.Precondition, fault.ReasonErased, "The personal data has been erased.")
}
