package checkpoint_test

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

const origin = "ledger.example.org/main"

// head is some checkpoint.
func head() checkpoint.Checkpoint {
	return checkpoint.Checkpoint{Origin: origin, Size: 20852163, Root: sha256.Sum256([]byte("root"))}
}

// key returns a signer and its verifier, made from a name.
func key(t testing.TB, name string) (*checkpoint.Signer, note.Verifier) {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	s, err := checkpoint.NewSigner(name, seed[:])
	if err != nil {
		t.Fatal(err)
	}
	v, err := checkpoint.ParseVerifier(s.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	return s, v
}

func TestASignedCheckpointOpensWithItsKey(t *testing.T) {
	t.Parallel()
	signer, verifier := key(t, origin)
	signed, err := checkpoint.Sign(head(), signer)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := checkpoint.Open(signed, verifier)
	if err != nil || got != head() {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err := checkpoint.Unverified(signed); err != nil || got != head() {
		t.Fatalf("%+v, %v", got, err)
	}
}

// The library's own keys and ours are the same.
func TestKeysAreThoseOfSignedNotes(t *testing.T) {
	t.Parallel()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), origin)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := checkpoint.ParseSigner(skey)
	if err != nil || signer.VerifierKey() != vkey || signer.PrivateKey() != skey || signer.Name() != origin {
		t.Fatalf("%v, %v", signer, err)
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := checkpoint.Sign(head(), signer)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open(signed, note.VerifierList(verifier)); err != nil || n.Text != head().Body() {
		t.Fatal(err)
	}
}

func TestAKeyIsRotatedByASecondSignature(t *testing.T) {
	t.Parallel()
	old, oldKey := key(t, origin)
	fresh, err := checkpoint.GenerateSigner(origin)
	if err != nil {
		t.Fatal(err)
	}
	freshKey, err := checkpoint.ParseVerifier(fresh.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := checkpoint.Sign(head(), old, fresh)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []note.Verifier{oldKey, freshKey} {
		if _, _, err := checkpoint.Open(signed, v); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatIsNotSignedByTheKeyIsRefused(t *testing.T) {
	t.Parallel()
	signer, verifier := key(t, origin)
	other, _ := key(t, "ledger.example.org/other")
	signed, _ := checkpoint.Sign(head(), signer)
	byOther, _ := checkpoint.Sign(head(), other)
	same, err := checkpoint.GenerateSigner(origin)
	if err != nil {
		t.Fatal(err)
	}
	byNamesake, _ := checkpoint.Sign(head(), same)
	for name, text := range map[string][]byte{
		"another log": byOther, "another key": byNamesake, "nothing": nil,
		"larger":    bytes.Replace(signed, []byte("20852163"), []byte("20852164"), 1),
		"no end":    signed[:len(signed)-1],
		"signature": bytes.Replace(signed, signed[len(signed)-20:len(signed)-16], []byte("AAAA"), 1),
	} {
		if got, _, err := checkpoint.Open(text, verifier); err == nil {
			t.Errorf("%s: opened as %+v", name, got)
		}
	}
	_, otherKey := key(t, "ledger.example.org/other")
	if _, _, err := checkpoint.Open(byOther, otherKey); err == nil {
		t.Error("a key signed for a log whose name it does not have")
	}
}

func TestOnlyTheCanonicalBodyIsRead(t *testing.T) {
	t.Parallel()
	right := head().Body()
	root := strings.Split(right, "\n")[2]
	if got, err := checkpoint.ParseBody(right); err != nil || got != head() {
		t.Fatalf("%+v, %v", got, err)
	}
	for _, body := range []string{
		"", "\n\n\n", right + "extension\n", strings.TrimSuffix(right, "\n"), right + "\n", "\n20852163\n" + root + "\n",
		origin + "\n020852163\n" + root + "\n", origin + "\n-1\n" + root + "\n", origin + "\n+1\n" + root + "\n",
		origin + "\n1 \n" + root + "\n", origin + "\n9223372036854775808\n" + root + "\n", "a b\n1\n" + root + "\n",
		"a+b\n1\n" + root + "\n", origin + "\n1\n" + root[:43] + "\n", origin + "\n1\n" + root[:42] + "9=\n",
		origin + "\n1\n" + strings.TrimSuffix(root, "=") + "\n",
	} {
		if got, err := checkpoint.ParseBody(body); err == nil {
			t.Errorf("%q was read as %+v", body, got)
		}
	}
}

func TestKeysThatAreNotKeysAreRefused(t *testing.T) {
	t.Parallel()
	signer, _ := key(t, origin)
	vkey, skey := signer.VerifierKey(), signer.PrivateKey()
	for _, text := range []string{
		"", "a", "a+b", "a+00000000+", vkey[:len(vkey)-4], strings.Replace(vkey, origin, "other", 1),
		strings.Replace(vkey, "+", " ", 1), skey, "PRIVATE+KEY+" + vkey,
	} {
		if _, err := checkpoint.ParseVerifier(text); err == nil {
			t.Errorf("%q is a verifier key", text)
		}
		if text == skey {
			continue
		}
		if _, err := checkpoint.ParseSigner(text); err == nil {
			t.Errorf("%q is a signer's key", text)
		}
	}
	if _, err := checkpoint.NewSigner("a name", make([]byte, 32)); err == nil {
		t.Error("a name with a space was taken")
	}
	if _, err := checkpoint.NewSigner(origin, make([]byte, 31)); err == nil {
		t.Error("a short seed was taken")
	}
}

// FuzzOpen: what is opened is what its log has signed, and written the one way.
func FuzzOpen(f *testing.F) {
	signer, verifier := key(f, origin)
	signed, err := checkpoint.Sign(head(), signer)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Add(append(bytes.Clone(signed), "— other AAAAAAAA\n"...))
	f.Add([]byte("ledger.example.org/main\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— x AAAAAAA=\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := checkpoint.Unverified(text); err == nil && !bytes.HasPrefix(text, []byte(c.Body()+"\n")) {
			t.Fatalf("read as %+v, which is written otherwise", c)
		}
		if c, _, err := checkpoint.Open(text, verifier); err == nil && c != head() {
			t.Fatalf("opened as %+v, which was never signed", c)
		}
	})
}
