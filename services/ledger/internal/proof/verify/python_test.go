package verify_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// script is a verifier that shares nothing with this one but the document.
const script = "../../../../../docs/verify_bundle.py"

// verdict is what the script says about one bundle.
type verdict struct {
	right bool
	words string
}

// python runs the script once over all bundles.
func python(t *testing.T, key string, dirs ...string) []verdict {
	t.Helper()
	return pythonWith(t, []string{"--key", key}, dirs...)
}

// pythonWith runs the script with some arguments.
func pythonWith(t *testing.T, arguments []string, dirs ...string) []verdict {
	t.Helper()
	args := slices.Concat([]string{script}, arguments, dirs)
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
		export(t, emergency(t)), export(t, closed(t)),
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
	named := []string{"checkpoint", "entry 2", "entry ", "tile/1/000"}
	for _, path := range []string{"checkpoint", "tile/entries/001.p/84", "tile/0/000", "tile/1/000.p/1"} {
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
		if v.right || !strings.Contains(v.words, named[i]) {
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

func TestAReaderInAnotherLanguageGoesOnFromAKeptCheckpoint(t *testing.T) {
	t.Parallel()
	story := bundletest.Story(t)
	kept := filepath.Join(export(t, story), "checkpoint")
	later := bundletest.Story(t).Gifts(300).Seal(t)
	short := bundletest.Story(t)
	short.Leaves = short.Leaves[:bundletest.Staff+15]
	rewritten := bundletest.Story(t).Gifts(300)
	at(rewritten, 1).Source = "donations/d_2"
	verdicts := pythonWith(t, []string{"--key", story.Signer.VerifierKey(), "--checkpoint", kept},
		export(t, story), export(t, later), export(t, short.Seal(t)), export(t, rewritten.Seal(t)))
	for i, want := range []string{"right: ", "right: ", "wrong: rolled back", "wrong: history was rewritten"} {
		if !strings.HasPrefix(verdicts[i].words, want) {
			t.Errorf("got %s, want %s", verdicts[i].words, want)
		}
	}
}

// changedKey returns a log that has changed its key, its checkpoint signed by some.
func changedKey(t *testing.T, next *checkpoint.Signer, signers ...*checkpoint.Signer) *bundletest.Log {
	t.Helper()
	l := bundletest.Story(t)
	d := l.Decide(leaf.DecisionSigningKeyRotated, "2026-11-23", "ledger/main/keys/1", "", "")
	d.Commitment = sha256.Sum256([]byte(next.VerifierKey()))
	l.Signer = signers[0]
	for _, s := range signers[1:] {
		l.Cosigners = append(l.Cosigners, s)
	}
	return l.Seal(t)
}

func TestAReaderInAnotherLanguageNoticesAnOldKey(t *testing.T) {
	t.Parallel()
	old := bundletest.New(t).Signer
	next, err := checkpoint.GenerateSigner(bundletest.Origin)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		log   *bundletest.Log
		keys  []*checkpoint.Signer
		right bool
	}{
		"signed by both, both given":     {changedKey(t, next, old, next), []*checkpoint.Signer{old, next}, true},
		"signed by both, new given":      {changedKey(t, next, old, next), []*checkpoint.Signer{next}, true},
		"signed by the new, both given":  {changedKey(t, next, next), []*checkpoint.Signer{old, next}, true},
		"signed by the old, both given":  {changedKey(t, next, old), []*checkpoint.Signer{old, next}, false},
		"signed by the old, old given":   {changedKey(t, next, old), []*checkpoint.Signer{old}, false},
		"signed by both, old given":      {changedKey(t, next, old, next), []*checkpoint.Signer{old}, false},
		"no change, both given":          {bundletest.Story(t), []*checkpoint.Signer{old, next}, true},
		"changed to another, both given": {changedKey(t, old, next, old), []*checkpoint.Signer{next}, false},
	} {
		var arguments []string
		var keys []note.Verifier
		for _, k := range c.keys {
			arguments = append(arguments, "--key", k.VerifierKey())
			v, err := checkpoint.ParseVerifier(k.VerifierKey())
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, v)
		}
		dir := export(t, c.log)
		if v := pythonWith(t, arguments, dir)[0]; v.right != c.right {
			t.Errorf("%s: %s", name, v.words)
		}
		if report, err := checkDir(t.Context(), t, dir, keys...); err != nil || report.OK() != c.right {
			t.Errorf("%s: %v, %v", name, report.Findings, err)
		}
	}
}

func TestAReaderInAnotherLanguageChecksTheManifest(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(300).Seal(t)
	var names, dirs []string
	for name, change := range map[string][2]string{
		"another format": {"bundle/1", "bundle/2"},
		"another size":   {`"size": 340`, `"size": 341`},
		"another origin": {`"origin": "`, `"origin": "x`},
		"another length": {`"bytes": 8192`, `"bytes": 8193`},
		"another hash":   {`"sha256": "`, `"sha256": "0`},
		"a file less":    {"\n  {\n   \"path\": \"checkpoint\"", "\n  {\n   \"path\": \"checkpoints\""},
		"no list":        {`"files": [`, `"files": 1, "x": [`},
		"a broken size":  {`"size": 340`, `"size": 340.0`},
		"a size twice":   {`"size": 340`, `"size": 1, "size": 340`},
		"a true length":  {`"bytes": 8192`, `"bytes": true`},
		"nested deep":    {"{", strings.Repeat("[", 100_000)},
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
