package verify_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/verify"
)

// edit changes a file of a bundle, whose manifest stays as it was.
func edit(t *testing.T, dir, path string, change func([]byte) []byte) {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(path))
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, change(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// first verifies a folder and returns its first finding.
func first(t *testing.T, l *bundletest.Log, dir string) verify.Finding {
	t.Helper()
	report, err := checkDir(t.Context(), t, dir, l.Key(t))
	if err != nil || report.OK() {
		t.Fatalf("%+v, %v", report, err)
	}
	return report.Findings[0]
}

func TestTheFirstFindingNamesTheEntryThatWasEdited(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(600).Seal(t)
	for path, sequence := range map[string]int64{"tile/entries/000": 255, "tile/entries/001": 511, "tile/entries/002.p/128": 639} {
		dir := export(t, l)
		edit(t, dir, path, func(content []byte) []byte {
			at := bytes.LastIndex(content, fmt.Appendf(nil, "donations/d_%d", sequence))
			content[at+len("donations/d_")] ^= 1
			return content
		})
		if f := first(t, l, dir); f.Sequence != sequence || f.Rule != verify.RuleHash || f.Reference != fmt.Sprintf("gift/%d", sequence) {
			t.Errorf("entry %d: found first %v", sequence, f)
		}
	}
	dir := export(t, l)
	edit(t, dir, "tile/0/001", func(hashes []byte) []byte { hashes[255*32] ^= 1; return hashes })
	if f := first(t, l, dir); f.Sequence != 511 || f.Rule != verify.RuleHash {
		t.Errorf("hash of entry 511: found first %v", f)
	}
}

func TestAHashTileThatIsGoneBlamesNoEntry(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(600).Seal(t)
	for path, want := range map[string]int64{"tile/0/001": verify.Whole, "tile/1/000.p/2": verify.Whole, "tile/entries/001": 256} {
		dir := export(t, l)
		if err := os.Remove(filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
		f := first(t, l, dir)
		if f.Sequence != want || f.Rule != verify.RuleMissing || !strings.Contains(f.Words, path) {
			t.Errorf("%s: found first %v", path, f)
		}
	}
}

// Much is wrong at the end, and what is wrong at the beginning, or with the whole
// log, is found after that; it must be in the report all the same.
func TestTheLowestEntriesAreInTheReportHoweverMuchIsFound(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t)
	kept, _ := l.Checkpoint(t.Context())
	told(l, 9).Decision.Reference = at(l, 1).Reference
	for i := range int64(60) {
		l.Post(leaf.Donation, "2026-11-23", fmt.Sprint("x/", i), "donations/d_2",
			bundletest.D("asset:stripe", 10), bundletest.C("fund:general:clearing", 10)).BookingDate++
	}
	report := check(t, l.Gifts(500).Seal(t), func(o *verify.Options) { o.Kept = kept })
	if f := report.Findings[0]; f.Sequence != placed(9) || f.Rule != verify.RuleReference {
		t.Errorf("found first %v", f)
	}
	if f := report.Findings[len(report.Findings)-1]; f.Sequence != verify.Whole || f.Rule != verify.RuleKept {
		t.Errorf("found last %v", f)
	}
	if n := len(report.Findings); n != 21 || report.More != 41 {
		t.Errorf("%d findings and %d more", n, report.More)
	}
	for i, f := range report.Findings[1:20] {
		if f.Sequence != placed(int64(17+i)) {
			t.Errorf("finding %d is %v", i+1, f)
		}
	}
}

func TestWhatIsNoFileOrTooLongIsAFinding(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(600).Seal(t)
	for path, want := range map[string]verify.Finding{
		"tile/entries/001": {Sequence: 256, Rule: verify.RuleForm}, "tile/0/001": {Sequence: verify.Whole, Rule: verify.RuleForm},
		"tile/1/000.p/2": {Sequence: verify.Whole, Rule: verify.RuleForm}, "checkpoint": {Sequence: verify.Whole, Rule: verify.RuleCheckpoint},
	} {
		for name, replace := range map[string]func(string) error{
			"a folder": func(file string) error { return os.Mkdir(file, 0o700) },
			"too long": func(file string) error { return os.WriteFile(file, make([]byte, 256*(2+65535)+1), 0o600) },
		} {
			dir := export(t, l)
			file := filepath.Join(dir, path)
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if err := replace(file); err != nil {
				t.Fatal(err)
			}
			f := first(t, l, dir)
			if f.Words, f.Reference = "", ""; f != want {
				t.Errorf("%s, %s: found first %v", path, name, f)
			}
		}
	}
	dir := export(t, l)
	if err := os.RemoveAll(filepath.Join(dir, "tile", "0")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tile", "0"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if f := first(t, l, dir); f.Rule != verify.RuleMissing {
		t.Errorf("a file in a folder's place: found first %v", f)
	}
}
