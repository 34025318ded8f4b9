package checkpoint_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// logKey makes the key of a log out of a word.
func logKey(t *testing.T, origin, word string) (*checkpoint.Signer, note.Verifier) {
	t.Helper()
	seed := sha256.Sum256([]byte(word))
	s, err := checkpoint.NewSigner(origin, seed[:])
	if err != nil {
		t.Fatal(err)
	}
	v, err := checkpoint.ParseVerifier(s.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func TestAnEndorsementIsForOneKeyOfOneGenerationOfOneLog(t *testing.T) {
	t.Parallel()
	old, oldKey := logKey(t, "log.test/a", "old")
	fresh, freshKey := logKey(t, "log.test/a", "fresh")
	_, sameKey := logKey(t, "log.test/b", "old") // the same secret under another name
	if checkpoint.Text(freshKey) != fresh.VerifierKey() {
		t.Errorf("%s is written %s", fresh.VerifierKey(), checkpoint.Text(freshKey))
	}
	endorsed, err := checkpoint.Endorse(old, 2, fresh.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	if err := checkpoint.CheckEndorsement(endorsed, oldKey, 2, fresh.VerifierKey()); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"another generation": checkpoint.CheckEndorsement(endorsed, oldKey, 3, fresh.VerifierKey()),
		"another new key":    checkpoint.CheckEndorsement(endorsed, oldKey, 2, old.VerifierKey()),
		"by itself":          checkpoint.CheckEndorsement(endorsed, freshKey, 2, fresh.VerifierKey()),
		"of another log":     checkpoint.CheckEndorsement(endorsed, sameKey, 2, fresh.VerifierKey()),
		"none":               checkpoint.CheckEndorsement("", oldKey, 2, fresh.VerifierKey()),
		"two":                checkpoint.CheckEndorsement(endorsed+"\n— log.test/a "+endorsed, oldKey, 2, fresh.VerifierKey()),
		"cut off":            checkpoint.CheckEndorsement(endorsed[:len(endorsed)-4], oldKey, 2, fresh.VerifierKey()),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// Neither text can be taken for the other.
func TestAnEndorsementIsNoCheckpoint(t *testing.T) {
	t.Parallel()
	old, oldKey := logKey(t, "log.test/a", "old")
	endorsed, err := checkpoint.Endorse(old, 2, "x")
	if err != nil {
		t.Fatal(err)
	}
	text := "solidarity/signing-key/v1\nlog.test/a\n2\nx\n"
	if _, _, err := checkpoint.Open([]byte(text+"\n— log.test/a "+endorsed+"\n"), oldKey); err == nil {
		t.Error("an endorsement is read as a checkpoint")
	}
	signed, err := checkpoint.Sign(checkpoint.Checkpoint{Origin: "log.test/a", Size: 2}, old)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSpace(string(signed))
	if checkpoint.CheckEndorsement(line[strings.LastIndexByte(line, ' ')+1:], oldKey, 2, "x") == nil {
		t.Error("a checkpoint's signature is taken for an endorsement")
	}
}
