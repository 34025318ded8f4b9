package bundle_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

func TestOnlyTheManifestOfAnExportIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, bundletest.Story(t).Gifts(300).Seal(t), dir)
	right, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.ParseManifest(right); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another format":  {"bundle/1", "bundle/2"},
		"another size":    {`"size": 340`, `"size": 341`},
		"much larger":     {`"size": 340`, `"size": 9223372036854775807`},
		"negative":        {`"size": 340`, `"size": -1`},
		"another case":    {`"files"`, `"Files"`},
		"other space":     {"\n", "\r\n"},
		"other order":     {"tile/entries/000", "tile/entries/001"},
		"outside":         {"tile/entries/000", "../secret"},
		"no checkpoint":   {`"checkpoint"`, `"checkpoints"`},
		"another key":     {`"size"`, `"extra":1,"size"`},
		"not JSON at all": {"{", "["},
	} {
		wrong := bytes.Replace(right, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(wrong, right) {
			t.Fatalf("%s: nothing was changed", name)
		}
		if m, err := bundle.ParseManifest(wrong); err == nil {
			t.Errorf("%s: read as %+v", name, m)
		}
	}
	if _, err := bundle.ReadManifest(t.TempDir()); err == nil {
		t.Error("a manifest was read that is not there")
	}
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "manifest.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.ReadManifest(folder); !errors.Is(err, bundle.ErrManifest) {
		t.Errorf("a folder in the manifest's place: %v", err)
	}
}

// FuzzManifest: what is read lists the files of its size, and is written the one
// way.
func FuzzManifest(f *testing.F) {
	dir := f.TempDir()
	l := bundletest.Story(f)
	if _, err := bundle.Write(f.Context(), l, dir, nil); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"format":"solidarity-ledger-bundle/1","origin":"x","size":1,"files":[]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := bundle.ParseManifest(text)
		if err != nil {
			return
		}
		n := 1
		for range merkle.Refs(m.Size) {
			n++
		}
		if len(m.Files) != n {
			t.Fatalf("%d files for a log of %d leaves", len(m.Files), m.Size)
		}
	})
}

// FuzzEntries: whatever is taken apart was put together from just that.
func FuzzEntries(f *testing.F) {
	for _, l := range bundletest.Story(f).Leaves[:3] {
		body, err := l.AppendBinary(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(merkle.AppendEntry(nil, body))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		leaves, err := merkle.Entries(content)
		if err != nil {
			return
		}
		var again []byte
		for _, l := range leaves {
			again = merkle.AppendEntry(again, l)
			leaf.Decode(l) // must not panic
		}
		if !bytes.Equal(again, content) {
			t.Fatal("taken apart otherwise than put together")
		}
	})
}
