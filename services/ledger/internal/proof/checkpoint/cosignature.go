package checkpoint

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// cosignatureSize is a time in eight bytes and an Ed25519 signature.
const cosignatureSize = 8 + ed25519.SignatureSize

// Cosigner makes cosignatures in the name of a witness, which says: I have seen
// this checkpoint, and it continues every one that I saw before.
type Cosigner struct {
	key identity
	now func() time.Time
}

var _ note.Signer = (*Cosigner)(nil)

// NewCosigner makes a cosigner from a secret seed of 32 bytes.
func NewCosigner(name string, seed []byte, now func() time.Time) (*Cosigner, error) {
	key, err := fromSeed(name, algCosignature, seed)
	if err != nil {
		return nil, fmt.Errorf("new cosigner: %w", err)
	}
	return &Cosigner{key, now}, nil
}

// ParseCosigner reads the text of PrivateKey.
func ParseCosigner(skey string, now func() time.Time) (*Cosigner, error) {
	key, err := parsePrivate(skey, algCosignature)
	if err != nil {
		return nil, fmt.Errorf("parse cosigner: %w", err)
	}
	return &Cosigner{key, now}, nil
}

// Name returns the name of the witness.
func (c *Cosigner) Name() string { return c.key.name }

// KeyHash returns the id of the key in signature lines.
func (c *Cosigner) KeyHash() uint32 { return c.key.id() }

// PrivateKey writes the secret key as "PRIVATE+KEY+name+id+key".
func (c *Cosigner) PrivateKey() string { return c.key.privateText() }

// VerifierKey writes the public key as "name+id+key".
func (c *Cosigner) VerifierKey() string { return c.key.publicText() }

// Sign cosigns the body of a checkpoint with the time of now.
func (c *Cosigner) Sign(body []byte) ([]byte, error) {
	seconds := c.now().Unix()
	if seconds < 0 {
		return nil, errors.New("cosign: the clock stands before 1970")
	}
	stamp := binary.BigEndian.AppendUint64(nil, uint64(seconds))
	return append(stamp, ed25519.Sign(c.key.private, cosigned(uint64(seconds), body))...), nil
}

// ParseCosignatureVerifier reads the public key of a witness.
func ParseCosignatureVerifier(vkey string) (note.Verifier, error) {
	key, err := parsePublic(vkey, algCosignature)
	if err != nil {
		return nil, fmt.Errorf("parse witness key: %w", err)
	}
	return cosignatureVerifier{key}, nil
}

// cosignatureVerifier checks the cosignatures of a witness.
type cosignatureVerifier struct{ key identity }

// Name returns the name of the witness.
func (v cosignatureVerifier) Name() string { return v.key.name }

// KeyHash returns the id of the key in signature lines.
func (v cosignatureVerifier) KeyHash() uint32 { return v.key.id() }

// Verify reports whether sig is the witness's cosignature of body.
func (v cosignatureVerifier) Verify(body, sig []byte) bool {
	if len(sig) != cosignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(sig)
	return seconds <= math.MaxInt64 && ed25519.Verify(v.key.public, cosigned(seconds, body), sig[8:])
}

// cosigned is the message under a cosignature/v1.
func cosigned(seconds uint64, body []byte) []byte {
	msg := []byte("cosignature/v1\ntime " + strconv.FormatUint(seconds, 10) + "\n")
	return append(msg, body...)
}

// Merge adds the signature lines that a witness answered to a signed checkpoint.
// Only good cosignatures of the given witnesses are taken over; a witness that
// has signed before keeps its newer line.
func Merge(signed, lines []byte, witnesses ...note.Verifier) ([]byte, error) {
	body, old, found := cutSignatures(signed)
	if !found {
		return nil, errors.New("merge cosignatures: not a signed note")
	}
	n, err := note.Open(append(append(body[:len(body):len(body)], '\n'), lines...), note.VerifierList(witnesses...))
	if err != nil {
		return nil, fmt.Errorf("merge cosignatures: %w", describe(err))
	}
	if n.Text != string(body) {
		return nil, errors.New("merge cosignatures: the answer holds more than signature lines")
	}
	out := append(body[:len(body):len(body)], '\n')
	for line := range bytes.Lines(old) {
		if !replaced(line, n.Sigs) {
			out = append(out, line...)
		}
	}
	for _, s := range n.Sigs {
		out = fmt.Appendf(out, "— %s %s\n", s.Name, s.Base64)
	}
	return out, nil
}

// Cosigned appends to a signed checkpoint those signature lines that are good
// cosignatures of the given witnesses; other lines are left out.
func Cosigned(signed []byte, lines []string, witnesses ...note.Verifier) []byte {
	body, _, found := cutSignatures(signed)
	if !found {
		return signed
	}
	out := bytes.Clone(signed)
	for _, line := range lines {
		one := []byte(string(body) + "\n" + line + "\n")
		n, err := note.Open(one, note.VerifierList(distinct(witnesses)...))
		if err == nil && n.Text == string(body) && len(n.Sigs) == 1 && Canonical(one) && !strings.Contains(line, "\n") {
			out = append(out, line+"\n"...)
		}
	}
	return out
}

// Line returns the signature line of a key in a signed checkpoint, without its
// newline; false where the key has not signed.
func Line(signed []byte, key note.Verifier) (string, bool) {
	n, err := note.Open(signed, note.VerifierList(key))
	if err != nil || len(n.Sigs) != 1 {
		return "", false
	}
	return "— " + n.Sigs[0].Name + " " + n.Sigs[0].Base64, true
}

// cutSignatures splits a signed note before its signature lines.
func cutSignatures(signed []byte) (body, lines []byte, found bool) {
	i := bytes.LastIndex(signed, []byte("\n\n"))
	if i < 0 {
		return nil, nil, false
	}
	return signed[:i+1], signed[i+2:], true
}

// replaced reports whether a signature line is by the key of one of sigs.
func replaced(line []byte, sigs []note.Signature) bool {
	n, err := note.Open(append([]byte("x\n\n"), line...), note.VerifierList())
	var unverified *note.UnverifiedNoteError
	if n != nil || !errors.As(err, &unverified) || len(unverified.Note.UnverifiedSigs) != 1 {
		return false
	}
	s := unverified.Note.UnverifiedSigs[0]
	for _, other := range sigs {
		if s.Name == other.Name && s.Hash == other.Hash {
			return true
		}
	}
	return false
}
