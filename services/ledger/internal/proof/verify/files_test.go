package verify_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// relist makes a manifest anew that lists the files as they are, as somebody who
// changes a bundle would.
func relist(t *testing.T, dir string) {
	t.Helper()
	edit(t, dir, "manifest.json", func(text []byte) []byte {
		m, err := bundle.ParseManifest(text)
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range m.Files {
			content, err := os.ReadFile(filepath.Join(dir, f.Path))
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(content)
			m.Files[i] = bundle.File{Path: f.Path, Bytes: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
		}
		changed, err := json.MarshalIndent(m, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return append(changed, '\n')
	})
}

func TestAFileThatWasCutAndListedSoIsNamed(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(300).Seal(t)
	nothing := func([]byte) []byte { return nil }
	for name, c := range map[string]struct {
		path     string
		change   func([]byte) []byte
		sequence int64
		rule     verify.Rule
	}{
		"no leaves":         {"tile/entries/000", nothing, 0, verify.RuleForm},
		"no leaves at last": {"tile/entries/001.p/84", nothing, 256, verify.RuleForm},
		"half of a leaf":    {"tile/entries/001.p/84", func(b []byte) []byte { return b[:len(b)-9] }, 339, verify.RuleForm},
		"a leaf too many":   {"tile/entries/001.p/84", func(b []byte) []byte { return append(b, 0, 1, 7) }, 339, verify.RuleForm},
		"no hashes":         {"tile/0/000", nothing, verify.Whole, verify.RuleForm},
		"no hashes at last": {"tile/0/001.p/84", nothing, verify.Whole, verify.RuleForm},
		"a hash too few":    {"tile/0/001.p/84", func(b []byte) []byte { return b[:len(b)-32] }, verify.Whole, verify.RuleForm},
		"a hash too many":   {"tile/0/001.p/84", func(b []byte) []byte { return append(b, b[:32]...) }, verify.Whole, verify.RuleForm},
		"no node":           {"tile/1/000.p/1", nothing, verify.Whole, verify.RuleHash},
		"a node too many":   {"tile/1/000.p/1", func(b []byte) []byte { return append(b, b...) }, verify.Whole, verify.RuleHash},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := export(t, l)
			edit(t, dir, c.path, c.change)
			relist(t, dir)
			report, err := checkDir(t.Context(), t, dir, l.Key(t))
			if err != nil || report.OK() || report.Findings[0].Rule != c.rule || report.Findings[0].Sequence != c.sequence {
				t.Errorf("got %v, %v", report.Findings, err)
			}
			if v := python(t, l.Signer.VerifierKey(), dir); v[0].right {
				t.Error(v[0].words)
			}
		})
	}
}

func TestWhatStandsInAFilesPlaceIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(300).Seal(t)
	for name, put := range map[string]func(file string) error{
		"a pipe":            func(file string) error { return syscall.Mkfifo(file, 0o600) },
		"a link to itself":  func(file string) error { return os.Symlink(filepath.Base(file), file) },
		"an endless device": func(file string) error { return os.Symlink("/dev/zero", file) },
		"a folder":          func(file string) error { return os.Mkdir(file, 0o700) },
		"a file too long": func(file string) error {
			f, err := os.Create(file)
			if err != nil {
				return err
			}
			defer f.Close()
			return f.Truncate(1 << 40)
		},
	} {
		for _, path := range []string{"checkpoint", "tile/entries/000", "tile/0/001.p/84", "tile/1/000.p/1"} {
			dir := export(t, l)
			file := filepath.Join(dir, path)
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if err := put(file); err != nil {
				t.Fatal(err)
			}
			done := make(chan verify.Report, 1)
			go func() {
				report, err := checkDir(t.Context(), t, dir, l.Key(t))
				if err != nil {
					t.Errorf("%s for %s: %v", name, path, err)
				}
				done <- report
			}()
			select {
			case report := <-done:
				if report.OK() || !strings.Contains(report.Findings[len(report.Findings)-1].Words+report.Findings[0].Words, filepath.Base(path)) &&
					path != "checkpoint" {
					t.Errorf("%s for %s: %v", name, path, report.Findings)
				}
			case <-time.After(time.Minute):
				t.Fatalf("%s for %s: it waits", name, path)
			}
			if v := python(t, l.Signer.VerifierKey(), dir); v[0].right {
				t.Errorf("%s for %s: %s", name, path, v[0].words)
			}
		}
	}
}
