package bundle_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

// watched is a source that counts what is asked of it and can break off.
type watched struct {
	bundle.Source
	mu    sync.Mutex
	asked []string
	limit int // of tiles; 0 is none
}

var errBroken = errors.New("the line broke")

func (w *watched) Tile(ctx context.Context, path string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.limit > 0 && len(w.asked) >= w.limit {
		return nil, errBroken
	}
	w.asked = append(w.asked, path)
	return w.Source.Tile(ctx, path)
}

// content reads a whole folder.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		path, _ := filepath.Rel(dir, name)
		files[filepath.ToSlash(path)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t *testing.T, src bundle.Source, dir string) *bundle.Manifest {
	t.Helper()
	m, err := bundle.Write(t.Context(), src, dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestABundleHoldsTheWholeLogAndNothingElse(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(700).Seal(t)
	dir := t.TempDir()
	var done, total int64
	m, err := bundle.Write(t.Context(), l, dir, func(d, n int64) { done, total = max(done, d), n })
	if err != nil {
		t.Fatal(err)
	}
	read, err := bundle.ReadManifest(dir)
	if err != nil || cmp.Diff(m, read) != "" {
		t.Fatalf("%v\n%s", err, cmp.Diff(m, read))
	}
	files := content(t, dir)
	if len(files) != len(m.Files)+1 || done != total || int(total) != len(m.Files)-1 {
		t.Errorf("%d files, %d in the manifest, progress %d of %d", len(files), len(m.Files), done, total)
	}
	for _, f := range m.Files {
		if err := f.Check([]byte(files[f.Path])); err != nil {
			t.Error(err)
		}
		if err := f.Check([]byte(files[f.Path] + " ")); err == nil {
			t.Errorf("%s: a changed file passes", f.Path)
		}
	}
}

func TestABrokenOffExportIsCompletedWithoutAskingAgain(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(5000).Seal(t)
	whole, dir := t.TempDir(), t.TempDir()
	write(t, l, whole)
	first := &watched{Source: l, limit: 25}
	if _, err := bundle.Write(t.Context(), first, dir, nil); !errors.Is(err, errBroken) {
		t.Fatalf("the export did not break off: %v", err)
	}
	if _, err := bundle.ReadManifest(dir); err == nil {
		t.Error("a broken off export has a manifest")
	}
	// meanwhile a half-written file lies there and the log has grown
	if err := os.WriteFile(filepath.Join(dir, "tile", "0", "000.tmp"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	second := &watched{Source: l}
	write(t, second, dir)
	if diff := cmp.Diff(content(t, whole), content(t, dir)); diff != "" {
		t.Error("a completed export is not the same as a whole one")
	}
	if again := len(first.asked) + len(second.asked) - 43; again < 0 || again > 2 {
		t.Errorf("%d and %d tiles were asked for, of 43 in all", len(first.asked), len(second.asked))
	}
}

func TestADamagedCheckpointDoesNotHoldUpAnExport(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(600).Seal(t)
	whole := t.TempDir()
	write(t, l, whole)
	for name, left := range map[string]string{"empty": "", "half": "ledger.test/main\n64", "too long": strings.Repeat("x", 256*(2+65535)+1)} {
		dir := t.TempDir()
		if _, err := bundle.Write(t.Context(), &watched{Source: l, limit: 2}, dir, nil); !errors.Is(err, errBroken) {
			t.Fatalf("the export did not break off: %v", err)
		}
		if err := os.WriteFile(filepath.Join(dir, "checkpoint"), []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		write(t, l, dir)
		if diff := cmp.Diff(content(t, whole), content(t, dir)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestAFinishedExportIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(600).Seal(t)
	dir, fresh := t.TempDir(), t.TempDir()
	write(t, l, dir)
	l.Gifts(900).Seal(t)
	src := &watched{Source: l}
	write(t, src, dir)
	write(t, l, fresh)
	if diff := cmp.Diff(content(t, fresh), content(t, dir)); diff != "" {
		t.Error("an export that was brought up to date is not the same as a fresh one")
	}
	for _, path := range src.asked {
		if path == "tile/entries/000" || path == "tile/0/001" {
			t.Errorf("%s was there already", path)
		}
	}
}

func TestAWrongFileInTheFolderIsReplaced(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(600).Seal(t)
	dir := t.TempDir()
	m := write(t, l, dir)
	want := content(t, dir)
	for _, f := range m.Files[1:] {
		if err := os.WriteFile(filepath.Join(dir, f.Path), []byte("wrong"), 0o600); err != nil {
			t.Fatal(err)
		}
		write(t, l, dir)
		if cmp.Diff(want, content(t, dir)) != "" {
			t.Errorf("%s was not replaced", f.Path)
		}
	}
}

// Whatever tile a server falsifies, the export refuses it: nothing that does not
// lead to the root of the checkpoint is kept.
func TestAServerThatLiesIsFoundOut(t *testing.T) {
	t.Parallel()
	for ref := range merkle.Refs(int64(len(bundletest.Story(t).Leaves) + 600)) {
		l := bundletest.Story(t).Gifts(600).Seal(t)
		right, err := l.Tile(t.Context(), ref.Path())
		if err != nil {
			t.Fatal(err)
		}
		for name, wrong := range map[string][]byte{
			"changed": append([]byte{right[0], right[1], right[2] ^ 1}, right[3:]...),
			"shorter": right[:len(right)-1], "longer": append(right[:len(right):len(right)], 0), "empty": {},
		} {
			l.SetTile(ref.Path(), wrong)
			if _, err := bundle.Write(t.Context(), l, t.TempDir(), nil); err == nil {
				t.Errorf("%s, %s: was exported", ref.Path(), name)
			}
		}
	}
}

func TestAServerIsReadAsC2SPSays(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(300).Seal(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer auditor" && strings.HasPrefix(r.URL.Path, "/log/tile/entries/") {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		body, err := l.Checkpoint(r.Context())
		if r.URL.Path != "/log/checkpoint" {
			body, err = l.Tile(r.Context(), strings.TrimPrefix(r.URL.Path, "/log/"))
		}
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Write(body)
	}))
	defer server.Close()
	src := bundle.HTTP{Prefix: server.URL + "/log/", Client: server.Client()}
	if _, err := bundle.Write(t.Context(), src, t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("without a token: %v", err)
	}
	src.Token = "auditor"
	dir, direct := t.TempDir(), t.TempDir()
	write(t, src, dir)
	write(t, l, direct)
	if diff := cmp.Diff(content(t, direct), content(t, dir)); diff != "" {
		t.Error(diff)
	}
}

func TestAFolderGivesTilesOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, bundletest.Story(t), dir)
	for _, path := range []string{"manifest.json", "../x", "tile/../manifest.json", ""} {
		if _, err := bundle.Dir(dir).Tile(t.Context(), path); err == nil {
			t.Errorf("%q was read", path)
		}
	}
}
