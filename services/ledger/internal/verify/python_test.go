package verify_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/verify"
)

// script is a verifier that shares nothing with this one but the document.
const script = "../../../../docs/verify_bundle.py"

// python runs the script and reports whether it found the bundle right.
func python(t *testing.T, dir, key string) (right bool, words string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "python3", script, dir, "--key", key).CombinedOutput()
	words = string(out)
	var exit *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrNotFound):
		t.Fatal("python3 is not installed: run make tools")
	case err == nil && strings.HasPrefix(words, "right: "):
		return true, words
	case errors.As(err, &exit) && exit.ExitCode() == 1 && strings.HasPrefix(words, "wrong: "):
		return false, words
	}
	t.Fatalf("the script failed: %v\n%s", err, words)
	return false, ""
}

func TestAReaderInAnotherLanguageAcceptsARightBundle(t *testing.T) {
	t.Parallel()
	for _, gifts := range []int{0, 600} {
		l := bundletest.Story(t).Gifts(gifts).Seal(t)
		if right, words := python(t, export(t, l), l.Signer.VerifierKey()); !right {
			t.Errorf("with %d gifts: %s", gifts, words)
		}
	}
	l := emergency(t, bundletest.Approver, bundletest.Treasurer)
	if right, words := python(t, export(t, l), l.Signer.VerifierKey()); !right {
		t.Errorf("an emergency: %s", words)
	}
}

// Both verifiers find the same tamperings, those apart for which one needs a
// kept checkpoint or a policy.
func TestAReaderInAnotherLanguageFindsTheTamperings(t *testing.T) {
	t.Parallel()
	for _, c := range append(tamperings, decisionTamperings...) {
		if c.rule == verify.RuleKept || c.rule == verify.RuleWitnesses || c.rule == verify.RuleRoot || c.rule == verify.RuleHash {
			continue // the last two do not even pass an export
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := bundletest.Story(t)
			key := l.Signer.VerifierKey()
			c.tamper(t, l)
			if right, words := python(t, export(t, l), key); right {
				t.Errorf("found nothing: %s", words)
			}
		})
	}
}

func TestAReaderInAnotherLanguageFindsChangedFiles(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(300).Seal(t)
	dir := export(t, l)
	for _, path := range []string{"checkpoint", "tile/entries/001.p/61", "tile/0/000", "tile/1/000.p/1"} {
		file := filepath.Join(dir, path)
		right, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wrong := append([]byte{}, right...)
		wrong[len(wrong)/2] ^= 1
		for _, content := range [][]byte{wrong, right} {
			if err := os.WriteFile(file, content, 0o600); err != nil {
				t.Fatal(err)
			}
			if ok, words := python(t, dir, l.Signer.VerifierKey()); ok != (&content[0] == &right[0]) {
				t.Errorf("%s: %s", path, words)
			}
		}
	}
	other, err := checkpoint.GenerateSigner(bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	if ok, words := python(t, dir, other.VerifierKey()); ok {
		t.Errorf("with another key: %s", words)
	}
}
