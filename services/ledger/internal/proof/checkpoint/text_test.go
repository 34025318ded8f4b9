package checkpoint_test

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

func TestAnyCheckpointIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := checkpoint.Checkpoint{
			Origin: rapid.StringMatching(`[!-*,-~]{1,40}`).Draw(t, "origin"), // no plus sign
			Size:   rapid.Int64Min(0).Draw(t, "size"),
		}
		copy(want.Root[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "root"))
		if got, err := checkpoint.ParseBody(want.Body()); err != nil || got != want {
			t.Fatalf("%q is read as %+v, %v", want.Body(), got, err)
		}
	})
}

// Keys are compared as text, in lists of them and in policies: each has one text.
func TestAKeyHasOneText(t *testing.T) {
	t.Parallel()
	signer, _ := key(t, origin)
	cosigner, _ := witness(t, "witness.example")
	for kind, k := range map[string]struct {
		text  string
		parse func(string) error
	}{
		"public":  {signer.VerifierKey(), func(s string) error { _, err := checkpoint.ParseVerifier(s); return err }},
		"private": {signer.PrivateKey(), func(s string) error { _, err := checkpoint.ParseSigner(s); return err }},
		"witness": {cosigner.VerifierKey(), func(s string) error { _, err := checkpoint.ParseCosignatureVerifier(s); return err }},
	} {
		parts := strings.Split(strings.TrimPrefix(k.text, "PRIVATE+KEY+"), "+")
		id := parts[1]
		for name, text := range map[string]string{
			"capitals":          strings.Replace(k.text, id, strings.ToUpper(id), 1),
			"a line break":      k.text[:len(k.text)-8] + "\n" + k.text[len(k.text)-8:],
			"a carriage return": k.text[:len(k.text)-8] + "\r" + k.text[len(k.text)-8:],
			"padding":           k.text + "====",
			"another kind":      strings.Replace(k.text, parts[2][:1], "B", 1),
		} {
			if text == k.text {
				continue // an id of digits has no capitals
			}
			if k.parse(text) == nil {
				t.Errorf("%s with %s is a key: %q", kind, name, text)
			}
		}
		if err := k.parse(" " + k.text + "\n"); err != nil {
			t.Errorf("%s as it stands in a file: %v", kind, err)
		}
	}
}

// A signature line can be written in several ways that decode alike; only one is
// canonical, so that the bytes of a published note are fixed.
func TestASignatureHasOneText(t *testing.T) {
	t.Parallel()
	signer, verifier := key(t, origin)
	signed, err := checkpoint.Sign(head(), signer)
	if err != nil {
		t.Fatal(err)
	}
	if !checkpoint.Canonical(signed) {
		t.Fatalf("%s is not canonical", signed)
	}
	// Given the last digit with bits that mean nothing,
	text := strings.TrimSuffix(string(signed), "\n")
	digits := "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	end := strings.TrimRight(text, "=")
	last := strings.IndexByte(digits, end[len(end)-1])
	loose := end[:len(end)-1] + string(digits[last|1]) + text[len(end):] + "\n"
	if loose == string(signed) {
		t.Fatal("the last digit has no bits to spare")
	}
	// then it opens like the first, and is told from it.
	if got, _, err := checkpoint.Open([]byte(loose), verifier); err != nil || got != head() {
		t.Fatalf("opened as %+v, %v", got, err)
	}
	for name, note := range map[string]string{
		"loose bits": loose, "no signatures": head().Body(), "two spaces": strings.Replace(string(signed), "— ", "—  ", 1),
		"another dash": strings.Replace(string(signed), "— ", "- ", 1), "nothing": "", "a comment": string(signed) + "thanks\n",
	} {
		if checkpoint.Canonical([]byte(note)) {
			t.Errorf("%s is canonical", name)
		}
	}
}

// A key that is given and named by a policy too must not keep a note from opening.
func TestAKeyGivenTwiceOpensOnce(t *testing.T) {
	t.Parallel()
	signer, verifier := key(t, origin)
	signed, err := checkpoint.Sign(head(), signer)
	if err != nil {
		t.Fatal(err)
	}
	if got, n, err := checkpoint.Open(signed, verifier, verifier); err != nil || got != head() || len(n.Sigs) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	if checkpoint.Text(verifier) != signer.VerifierKey() {
		t.Errorf("the key is written %q", checkpoint.Text(verifier))
	}
	_, w := witness(t, "witness.example")
	for _, other := range []note.Verifier{w, nil} {
		if text := checkpoint.Text(other); text != "" {
			t.Errorf("%v is a log's key %q", other, text)
		}
	}
}

// What does not verify is not appended, whoever keeps the lines.
func TestOnlyGoodCosignaturesAreAppended(t *testing.T) {
	t.Parallel()
	signer, _ := key(t, origin)
	signed, err := checkpoint.Sign(head(), signer)
	if err != nil {
		t.Fatal(err)
	}
	one, oneKey := witness(t, "one.example")
	two, _ := witness(t, "two.example")
	line := func(c *checkpoint.Cosigner, body string) string {
		return strings.TrimSuffix(string(answer(t, c, body)), "\n")
	}
	good := line(one, head().Body())
	other := head()
	other.Size++
	bad := []string{line(two, head().Body()), line(one, other.Body()), "", good + "\n" + good, good + "\n— stranger AAAAAAAA", good[:len(good)-4], "— one.example " + base64.StdEncoding.EncodeToString(make([]byte, 76))}
	got := checkpoint.Cosigned(signed, append(bad, good), oneKey)
	if want := append(bytes.Clone(signed), good+"\n"...); !bytes.Equal(got, want) {
		t.Errorf("got\n%s", got)
	}
	if got := checkpoint.Cosigned([]byte("no note"), []string{good}, oneKey); string(got) != "no note" {
		t.Errorf("got %s", got)
	}
}
