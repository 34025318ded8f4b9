// Package checkpoint signs and reads the heads of the ledger's tree, as C2SP
// tlog-checkpoint notes with witnesses' cosignatures. Whoever keeps a checkpoint
// can later prove any change to what stood before it.
package checkpoint

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// Checkpoint says what a log contained at some size.
type Checkpoint struct {
	// Origin names the log, for example "ledger.example.org/main".
	Origin string
	// Size is the number of leaves.
	Size int64
	// Root is the root hash over them.
	Root merkle.Hash
}

var (
	errBody   = errors.New("not the body of a checkpoint: origin, size and root on three lines")
	errOrigin = errors.New("an origin is of printable ASCII, not empty, and has neither spaces nor a plus sign")
)

// Body writes the text that is signed.
func (c Checkpoint) Body() string {
	return c.Origin + "\n" + strconv.FormatInt(c.Size, 10) + "\n" +
		base64.StdEncoding.EncodeToString(c.Root[:]) + "\n"
}

// ParseBody reads what Body writes, and nothing else: extension lines are
// refused, since no auditor could check them.
func ParseBody(body string) (Checkpoint, error) {
	lines := strings.Split(body, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, errBody
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return Checkpoint{}, errBody
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Checkpoint{}, errBody
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: root}
	if c.Size < 0 || checkName(c.Origin) != nil || c.Body() != body {
		return Checkpoint{}, errBody
	}
	return c, nil
}

// Sign writes the checkpoint as a note with one signature of each signer.
func Sign(c Checkpoint, signers ...note.Signer) ([]byte, error) {
	if err := checkName(c.Origin); err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: c.Body()}, signers...)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return signed, nil
}

// Open reads a signed checkpoint. At least one of the verifiers must have signed
// it, and none of their signatures may be wrong; others are ignored. The first
// line must be the name of a verifier that signed, so that a witness's
// cosignature alone never makes a checkpoint.
func Open(signed []byte, verifiers ...note.Verifier) (Checkpoint, *note.Note, error) {
	n, err := note.Open(signed, note.VerifierList(distinct(verifiers)...))
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("open checkpoint: %w", describe(err))
	}
	c, err := ParseBody(n.Text)
	if err != nil {
		return Checkpoint{}, nil, fmt.Errorf("open checkpoint: %w", err)
	}
	for _, s := range n.Sigs {
		if s.Name == c.Origin {
			return c, n, nil
		}
	}
	return Checkpoint{}, nil, errors.New("open checkpoint: not signed by a known key of its origin")
}

// distinct leaves out keys that stand there twice, as where one is given and named
// by a policy too: a note cannot be opened with those.
func distinct(verifiers []note.Verifier) []note.Verifier {
	type key struct {
		name string
		hash uint32
	}
	seen := map[key]bool{}
	return slices.DeleteFunc(slices.Clone(verifiers), func(v note.Verifier) bool {
		k := key{v.Name(), v.KeyHash()}
		again := seen[k]
		seen[k] = true
		return again
	})
}

// Unverified reads a checkpoint without looking at its signatures, for those
// who compare it with one that they trust.
func Unverified(signed []byte) (Checkpoint, error) {
	_, err := note.Open(signed, note.VerifierList())
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return Checkpoint{}, errors.New("read checkpoint: not a signed note")
	}
	c, err := ParseBody(unverified.Note.Text)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("read checkpoint: %w", err)
	}
	return c, nil
}

// describe says in words what note.Open found.
func describe(err error) error {
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified):
		return errors.New("not signed by any known key")
	case errors.As(err, &invalid):
		return fmt.Errorf("the signature of %s is wrong", invalid.Name)
	}
	return errors.New("not a signed note")
}

// checkName checks an origin or the name of a key. What is not printable ASCII could
// make a terminal show another one.
func checkName(name string) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || r == '+' }) {
		return errOrigin
	}
	return nil
}
