package verify_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/verify"
)

// script is a verifier that shares nothing with this one but the document.
const script = "../../../../docs/verify_bundle.py"

// verdict is what the script says about one bundle.
type verdict struct {
	right bool
	words string
}

// python runs the script once over all bundles.
func python(t *testing.T, key string, dirs ...string) []verdict {
	t.Helper()
	args := append([]string{script, "--key", key}, dirs...)
	out, err := exec.CommandContext(t.Context(), "python3", args...).CombinedOutput()
	var exit *exec.ExitError
	if errors.Is(err, exec.ErrNotFound) {
		t.Fatal("python3 is not installed: run make tools")
	}
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		t.Fatalf("the script failed: %v\n%s", err, out)
	}
	var verdicts []verdict
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "right: ") && !strings.HasPrefix(line, "wrong: ") {
			t.Fatalf("the script failed:\n%s", out)
		}
		verdicts = append(verdicts, verdict{strings.HasPrefix(line, "right: "), line})
	}
	if len(verdicts) != len(dirs) {
		t.Fatalf("%d verdicts on %d bundles:\n%s", len(verdicts), len(dirs), out)
	}
	return verdicts
}

func TestAReaderInAnotherLanguageAcceptsRightBundles(t *testing.T) {
	t.Parallel()
	story := bundletest.Story(t)
	dirs := []string{
		export(t, story), export(t, bundletest.Story(t).Gifts(600).Seal(t)), export(t, bundletest.New(t).Seal(t)),
		export(t, emergency(t, bundletest.Approver, bundletest.Treasurer)), export(t, closed(t)),
	}
	for i, v := range python(t, story.Signer.VerifierKey(), dirs...) {
		if !v.right {
			t.Errorf("bundle %d: %s", i, v.words)
		}
	}
}

// Both verifiers find the same tamperings, those apart for which one needs a
// kept checkpoint or a policy, or that do not even pass an export.
func TestAReaderInAnotherLanguageFindsTheTamperings(t *testing.T) {
	t.Parallel()
	key := bundletest.New(t).Signer.VerifierKey()
	var names, dirs []string
	for _, c := range append(tamperings, decisionTamperings...) {
		if c.rule == verify.RuleKept || c.rule == verify.RuleWitnesses || c.rule == verify.RuleRoot || c.rule == verify.RuleHash {
			continue
		}
		l := bundletest.Story(t)
		c.tamper(t, l)
		names, dirs = append(names, c.name), append(dirs, export(t, l))
	}
	for name, tamper := range closeTamperings {
		l := closed(t)
		tamper.change(l)
		names, dirs = append(names, name), append(dirs, export(t, l.Seal(t)))
	}
	for i, v := range python(t, key, dirs...) {
		if v.right {
			t.Errorf("%s: %s", names[i], v.words)
		}
	}
}

func TestAReaderInAnotherLanguageFindsChangedFiles(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(300).Seal(t)
	var dirs []string
	for _, path := range []string{"checkpoint", "tile/entries/001.p/61", "tile/0/000", "tile/1/000.p/1"} {
		dir := export(t, l)
		file := filepath.Join(dir, path)
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		content[len(content)/2] ^= 1
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	for i, v := range python(t, l.Signer.VerifierKey(), dirs...) {
		if v.right {
			t.Errorf("changed file %d: %s", i, v.words)
		}
	}
	other, err := checkpoint.GenerateSigner(bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	if v := python(t, other.VerifierKey(), export(t, l)); v[0].right {
		t.Errorf("with another key: %s", v[0].words)
	}
}

func TestAReaderInAnotherLanguageChecksTheManifest(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(300).Seal(t)
	var names, dirs []string
	for name, change := range map[string][2]string{
		"another format": {"bundle/1", "bundle/2"},
		"another size":   {`"size": 317`, `"size": 318`},
		"another origin": {`"origin": "`, `"origin": "x`},
		"another length": {`"bytes": 8192`, `"bytes": 8193`},
		"another hash":   {`"sha256": "`, `"sha256": "0`},
		"a file less":    {"\n  {\n   \"path\": \"checkpoint\"", "\n  {\n   \"path\": \"checkpoints\""},
		"no list":        {`"files": [`, `"files": 1, "x": [`},
	} {
		dir := export(t, l)
		edit(t, dir, "manifest.json", func(text []byte) []byte {
			changed := strings.Replace(string(text), change[0], change[1], 1)
			if changed == string(text) {
				t.Fatalf("%s: nothing was changed", name)
			}
			return []byte(changed)
		})
		names, dirs = append(names, name), append(dirs, dir)
	}
	for name, change := range map[string]func(*bundle.Manifest){
		"the files in another order": func(m *bundle.Manifest) { m.Files[1], m.Files[2] = m.Files[2], m.Files[1] },
		"a file too many":            func(m *bundle.Manifest) { m.Files = append(m.Files, m.Files[1]) },
	} {
		dir := export(t, l)
		edit(t, dir, "manifest.json", func(text []byte) []byte {
			m, err := bundle.ParseManifest(text)
			if err != nil {
				t.Fatal(err)
			}
			change(m)
			changed, err := json.MarshalIndent(m, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			return append(changed, '\n')
		})
		names, dirs = append(names, name), append(dirs, dir)
	}
	for i, v := range python(t, l.Signer.VerifierKey(), dirs...) {
		if v.right {
			t.Errorf("%s: %s", names[i], v.words)
		}
	}
}
