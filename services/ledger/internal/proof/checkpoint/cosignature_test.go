package checkpoint_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// witness returns a cosigner and its verifier, made from a name.
func witness(t testing.TB, name string) (*checkpoint.Cosigner, note.Verifier) {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	now := func() time.Time { return time.Unix(1679315147, 0) }
	c, err := checkpoint.NewCosigner(name, seed[:], now)
	if err != nil {
		t.Fatal(err)
	}
	v, err := checkpoint.ParseCosignatureVerifier(c.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return c, v
}

// answer returns the signature lines of a witness for a checkpoint.
func answer(t testing.TB, c *checkpoint.Cosigner, body string) []byte {
	t.Helper()
	signed, err := note.Sign(&note.Note{Text: body}, c)
	if err != nil {
		t.Fatal(err)
	}
	return signed[len(body)+1:]
}

// The moment is the one in the example of the C2SP document.
func TestTheMessageOfACosignatureIsThatOfC2SP(t *testing.T) {
	t.Parallel()
	c, v := witness(t, "witness.example.com/w1")
	sig, err := c.Sign([]byte(head().Body()))
	if err != nil || len(sig) != 72 || !v.Verify([]byte(head().Body()), sig) {
		t.Fatalf("%d bytes, %v", len(sig), err)
	}
	if want := []byte{0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb}; !bytes.Equal(sig[:8], want) {
		t.Errorf("the time is %x", sig[:8])
	}
	sig[7]++
	if v.Verify([]byte(head().Body()), sig) || v.Verify([]byte(head().Body()), sig[8:]) {
		t.Error("a cosignature holds for another time, or without one")
	}
	back, err := checkpoint.ParseCosigner(c.PrivateKey(), time.Now)
	if err != nil || back.VerifierKey() != c.VerifierKey() || back.KeyHash() != v.KeyHash() || back.Name() != v.Name() {
		t.Errorf("%v, %v", back, err)
	}
	if _, err := checkpoint.ParseVerifier(c.VerifierKey()); err == nil {
		t.Error("a witness's key is taken for a log's")
	}
}

func TestCosignaturesAreMergedIntoACheckpoint(t *testing.T) {
	t.Parallel()
	signer, logKey := key(t, origin)
	one, oneKey := witness(t, "w.example/1")
	two, twoKey := witness(t, "w.example/2")
	stranger, _ := witness(t, "w.example/3")
	signed, _ := checkpoint.Sign(head(), signer)
	lines := append(answer(t, one, head().Body()), answer(t, stranger, head().Body())...)
	merged, err := checkpoint.Merge(signed, lines, oneKey, twoKey)
	if err != nil {
		t.Fatal(err)
	}
	merged, err = checkpoint.Merge(merged, answer(t, two, head().Body()), oneKey, twoKey)
	if err != nil {
		t.Fatal(err)
	}
	_, n, err := checkpoint.Open(merged, logKey, oneKey, twoKey)
	if err != nil || len(n.Sigs) != 3 || len(n.UnverifiedSigs) != 0 {
		t.Fatalf("%+v, %v", n, err)
	}
	again, err := checkpoint.Merge(merged, answer(t, one, head().Body()), oneKey)
	if err != nil || strings.Count(string(again), "w.example/1 ") != 1 {
		t.Errorf("a newer cosignature did not replace the older:\n%s%v", again, err)
	}
}

func TestAnAnswerThatIsNotOfTheWitnessIsNotMerged(t *testing.T) {
	t.Parallel()
	signer, _ := key(t, origin)
	one, oneKey := witness(t, "w.example/1")
	two, _ := witness(t, "w.example/2")
	signed, _ := checkpoint.Sign(head(), signer)
	other := head()
	other.Size++
	for name, lines := range map[string][]byte{
		"of another witness":    answer(t, two, head().Body()),
		"of another checkpoint": answer(t, one, other.Body()),
		"empty":                 nil,
		"with another body":     append([]byte("x\n\n"), answer(t, one, head().Body())...),
		"a whole note":          []byte(other.Body() + "\n" + string(answer(t, one, other.Body()))),
	} {
		if got, err := checkpoint.Merge(signed, lines, oneKey); err == nil {
			t.Errorf("%s: merged to\n%s", name, got)
		}
	}
	if _, err := checkpoint.Merge([]byte("no note"), answer(t, one, head().Body()), oneKey); err == nil {
		t.Error("merged into what is no note")
	}
}

// policy makes a policy over three witnesses with the given last lines.
func policy(t *testing.T, lines string) (checkpoint.Policy, []*checkpoint.Cosigner, error) {
	t.Helper()
	signer, _ := key(t, origin)
	text := "# who is believed\nlog " + signer.VerifierKey() + "\n\n"
	var all []*checkpoint.Cosigner
	for i := range 3 {
		c, _ := witness(t, fmt.Sprintf("w.example/%d", i))
		all = append(all, c)
		text += fmt.Sprintf("  witness W%d %s https://w%d.example\n", i, c.VerifierKey(), i)
	}
	p, err := checkpoint.ParsePolicy([]byte(text + lines))
	return p, all, err
}

func TestAPolicyAsksForItsQuorum(t *testing.T) {
	t.Parallel()
	signer, _ := key(t, origin)
	for lines, want := range map[string][8]bool{ // by the bits of who has cosigned
		"quorum none\n":                                   {true, true, true, true, true, true, true, true},
		"quorum W0\n":                                     {false, true, false, true, false, true, false, true},
		"group G all W0 W1 W2\nquorum G\n":                {7: true},
		"group G any W0 W1 W2\nquorum G\n":                {false, true, true, true, true, true, true, true},
		"group G 2 W0 W1 W2\nquorum G\n":                  {3: true, 5: true, 6: true, 7: true},
		"group A any W0 W1\ngroup B all A W2\nquorum B\n": {5: true, 6: true, 7: true},
	} {
		p, all, err := policy(t, lines)
		if err != nil {
			t.Fatal(err)
		}
		for bits, ok := range want {
			signers := []note.Signer{signer}
			for i, c := range all {
				if bits>>i&1 == 1 {
					signers = append(signers, c)
				}
			}
			signed, err := checkpoint.Sign(head(), signers...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Check(signed); (err == nil) != ok {
				t.Errorf("%q, cosigned by %03b: %v", lines, bits, err)
			}
		}
		if w := p.Witnesses(); len(w) != 3 || w[1].Name != "W1" || w[1].URL != "https://w1.example" {
			t.Errorf("%+v", w)
		}
	}
}

func TestAPolicyThatIsNotOneIsRefused(t *testing.T) {
	t.Parallel()
	c, _ := witness(t, "w.example/0")
	for _, lines := range []string{
		"", "quorum W9\n", "quorum W0\nquorum W0\n", "group G 0 W0\nquorum G\n", "group G 2 W0\nquorum G\n",
		"group G any W9\nquorum G\n", "group G any W0\ngroup H any W0\nquorum H\n", "group W0 any W1\nquorum W0\n",
		"group none any W1\nquorum none\n", "group G any W0 W0\nquorum G\n", "witness W0 " + c.VerifierKey() + "\nquorum W0\n",
		"witness W5 " + c.VerifierKey() + "\nquorum W5\n", "witness W5 key\nquorum none\n", "log key\nquorum none\n", "something\nquorum none\n",
	} {
		if _, _, err := policy(t, lines); err == nil {
			t.Errorf("%q is a policy", lines)
		}
	}
}

func TestAPolicyDoesNotTakeAWitnessForTheLog(t *testing.T) {
	t.Parallel()
	p, all, err := policy(t, "quorum W0\n")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := checkpoint.Sign(head(), all[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Check(signed); err == nil {
		t.Error("a checkpoint that its log has not signed was accepted")
	}
}
