package checkpoint

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// The kinds of key that a C2SP signed note knows, as far as they are used here.
const (
	algEd25519     = 1
	algCosignature = 4
)

var errKey = errors.New("not a key of the form name+id+key of the right kind")

// Signer signs checkpoints for a log with Ed25519.
type Signer struct {
	key identity
}

var _ note.Signer = (*Signer)(nil)

// identity is a named Ed25519 key of one of the kinds.
type identity struct {
	name    string
	alg     byte
	public  ed25519.PublicKey
	private ed25519.PrivateKey // nil where only the public half is known
}

// NewSigner makes the signer of a log from a secret seed of 32 bytes.
func NewSigner(origin string, seed []byte) (*Signer, error) {
	key, err := fromSeed(origin, algEd25519, seed)
	if err != nil {
		return nil, fmt.Errorf("new signer: %w", err)
	}
	return &Signer{key}, nil
}

// GenerateSigner makes a signer with a fresh key.
func GenerateSigner(origin string) (*Signer, error) {
	var seed [ed25519.SeedSize]byte
	rand.Read(seed[:]) // never fails: it aborts the program instead
	return NewSigner(origin, seed[:])
}

// ParseSigner reads the text of PrivateKey.
func ParseSigner(skey string) (*Signer, error) {
	key, err := parsePrivate(skey, algEd25519)
	if err != nil {
		return nil, fmt.Errorf("parse signer: %w", err)
	}
	return &Signer{key}, nil
}

// Name returns the origin of the log.
func (s *Signer) Name() string { return s.key.name }

// KeyHash returns the id of the key in signature lines.
func (s *Signer) KeyHash() uint32 { return s.key.id() }

// Sign signs the body of a checkpoint.
func (s *Signer) Sign(body []byte) ([]byte, error) { return ed25519.Sign(s.key.private, body), nil }

// PrivateKey writes the secret key as "PRIVATE+KEY+name+id+key".
func (s *Signer) PrivateKey() string { return s.key.privateText() }

// VerifierKey writes the public key as "name+id+key".
func (s *Signer) VerifierKey() string { return s.key.publicText() }

// ParseVerifier reads the public key of a log.
func ParseVerifier(vkey string) (note.Verifier, error) {
	key, err := parsePublic(vkey, algEd25519)
	if err != nil {
		return nil, fmt.Errorf("parse verifier: %w", err)
	}
	return verifier{key}, nil
}

// verifier checks the signatures of a log.
type verifier struct{ key identity }

// Name returns the origin of the log.
func (v verifier) Name() string { return v.key.name }

// KeyHash returns the id of the key in signature lines.
func (v verifier) KeyHash() uint32 { return v.key.id() }

// Verify reports whether sig is the log's signature of msg.
func (v verifier) Verify(msg, sig []byte) bool {
	return len(sig) == ed25519.SignatureSize && ed25519.Verify(v.key.public, msg, sig)
}

func fromSeed(name string, alg byte, seed []byte) (identity, error) {
	if err := checkName(name); err != nil {
		return identity{}, err
	}
	if len(seed) != ed25519.SeedSize {
		return identity{}, errors.New("a seed has 32 bytes")
	}
	private := ed25519.NewKeyFromSeed(seed)
	return identity{name, alg, private.Public().(ed25519.PublicKey), private}, nil
}

// id is the beginning of the SHA-256 over name, kind and public key.
func (k identity) id() uint32 {
	h := sha256.New()
	h.Write([]byte(k.name + "\n"))
	h.Write([]byte{k.alg})
	h.Write(k.public)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

func (k identity) publicText() string { return k.text(k.public) }
func (k identity) privateText() string {
	return "PRIVATE+KEY+" + k.text(k.private.Seed())
}

func (k identity) text(key []byte) string {
	return fmt.Sprintf("%s+%08x+%s", k.name, k.id(),
		base64.StdEncoding.EncodeToString(append([]byte{k.alg}, key...)))
}

func parsePrivate(text string, alg byte) (identity, error) {
	text = strings.TrimSpace(text)
	rest, ok := strings.CutPrefix(text, "PRIVATE+KEY+")
	if !ok {
		return identity{}, errKey
	}
	name, seed, err := splitKey(rest, alg)
	if err != nil {
		return identity{}, err
	}
	key, err := fromSeed(name, alg, seed)
	if err != nil || key.privateText() != text {
		return identity{}, errKey
	}
	return key, nil
}

func parsePublic(text string, alg byte) (identity, error) {
	text = strings.TrimSpace(text)
	name, public, err := splitKey(text, alg)
	if err != nil {
		return identity{}, err
	}
	key := identity{name: name, alg: alg, public: public}
	if key.publicText() != text {
		return identity{}, errKey
	}
	return key, nil
}

// splitKey takes "name+id+key" apart; both halves of a pair have 32 bytes. Whether
// the id is right, and all of it written in the one way, a caller sees by writing it.
func splitKey(text string, alg byte) (name string, key []byte, err error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 || checkName(parts[0]) != nil {
		return "", nil, errKey
	}
	b, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(b) != 33 || b[0] != alg {
		return "", nil, errKey
	}
	return parts[0], b[1:], nil
}
