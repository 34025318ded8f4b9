package checkpoint_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// theirs is a witness of the library that the makers of the C2SP documents maintain.
func theirs(t *testing.T, name string) *torchwood.CosignatureSigner {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	s, err := torchwood.NewCosignatureSigner(name, ed25519.NewKeyFromSeed(seed[:]))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAnotherImplementationReadsOurCheckpointsAndCosignaturesAndWeReadItsOwn holds ours
// against torchwood, in both directions.
func TestAnotherImplementationReadsOurCheckpointsAndCosignaturesAndWeReadItsOwn(t *testing.T) {
	t.Parallel()
	const name = "witness.example.com/w1"
	ours, ourKey := witness(t, name)
	their := theirs(t, name) // the same seed
	if got, want := ours.VerifierKey(), their.Verifier().String(); got != want || ourKey.KeyHash() != their.KeyHash() {
		t.Errorf("the key is %s here and %s there", got, want)
	}

	read, err := torchwood.ParseCheckpoint(head().Body())
	if err != nil || read.Origin != head().Origin || read.N != head().Size || read.Hash != head().Root || read.String() != head().Body() {
		t.Errorf("they read the checkpoint as %+v, %v", read, err)
	}

	signer, logKey := key(t, origin)
	signed, err := checkpoint.Sign(head(), signer)
	if err != nil {
		t.Fatal(err)
	}
	byUs, err := checkpoint.Merge(signed, answer(t, ours, head().Body()), ourKey)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(byUs, note.VerifierList(their.Verifier(), logKey))
	if err != nil || len(n.Sigs) != 2 {
		t.Fatalf("they do not take our cosignature: %v", err)
	}
	for _, s := range n.Sigs {
		if at, err := torchwood.CosignatureTimestamp(s); s.Name == name && (err != nil || at != 1679315147) {
			t.Errorf("they read its time as %d, %v", at, err)
		}
	}

	cosigned, err := note.Sign(&note.Note{Text: head().Body()}, their)
	if err != nil {
		t.Fatal(err)
	}
	lines := cosigned[len(head().Body())+1:]
	if _, err := checkpoint.Merge(signed, lines, ourKey); err != nil {
		t.Errorf("we do not take their cosignature: %v", err)
	}
	lines[len(lines)-9] ^= 1
	if _, err := checkpoint.Merge(signed, lines, ourKey); err == nil {
		t.Error("we take a cosignature that was changed")
	}
}
