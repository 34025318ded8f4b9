package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/merkle"
)

const (
	// manifestName is the path of the manifest.
	manifestName = "manifest.json"
	// Format names the layout of a bundle and the version of its leaves.
	Format = "solidarity-ledger-bundle/1"
	// maxManifest bounds a manifest in bytes; two million tiles fit.
	maxManifest = 1 << 28
)

// Manifest lists the files of a bundle.
type Manifest struct {
	// Format is always the constant of that name.
	Format string `json:"format"`
	// Origin and Size are those of the checkpoint.
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	// Files holds the checkpoint, then every tile in the order of merkle.Refs.
	Files []File `json:"files"`
}

// File is one file of a bundle.
type File struct {
	// Path is relative to the bundle, with slashes.
	Path string `json:"path"`
	// Bytes is its length.
	Bytes int64 `json:"bytes"`
	// SHA256 is over its bytes, in hexadecimal.
	SHA256 string `json:"sha256"`
}

// ErrManifest is about a manifest that is there, but not as it must be.
var ErrManifest = errors.New("the manifest is not as an export writes it")

var errChanged = errors.New("is not the file that the manifest lists")

// ReadManifest reads the manifest of the bundle in dir. It accepts only the very
// bytes that an export writes.
func ReadManifest(dir string) (*Manifest, error) {
	info, err := os.Stat(Dir(dir).file(manifestName))
	if err != nil {
		return nil, fmt.Errorf("no export is there: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxManifest {
		return nil, fmt.Errorf("read manifest: %w", ErrManifest)
	}
	text, err := os.ReadFile(Dir(dir).file(manifestName))
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return ParseManifest(text)
}

// ParseManifest reads the text of a manifest.
func ParseManifest(text []byte) (*Manifest, error) {
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil || m.Size < 0 || m.Format != Format {
		return nil, fmt.Errorf("parse manifest: %w", ErrManifest)
	}
	again, err := m.marshal()
	if err != nil || !bytes.Equal(again, text) {
		return nil, fmt.Errorf("parse manifest: %w", ErrManifest)
	}
	if len(m.Files) == 0 || m.Files[0].Path != checkpointName {
		return nil, fmt.Errorf("parse manifest: %w", ErrManifest)
	}
	n := 1
	for ref := range merkle.Refs(m.Size) {
		if n >= len(m.Files) || m.Files[n].Path != ref.Path() {
			return nil, fmt.Errorf("parse manifest: files are missing or too many for its size: %w", ErrManifest)
		}
		n++
	}
	if n != len(m.Files) {
		return nil, fmt.Errorf("parse manifest: files are missing or too many for its size: %w", ErrManifest)
	}
	return m, nil
}

func (m *Manifest) marshal() ([]byte, error) {
	text, err := json.MarshalIndent(m, "", " ")
	return append(text, '\n'), err
}

// Index returns the files by path.
func (m *Manifest) Index() map[string]File {
	index := make(map[string]File, len(m.Files))
	for _, f := range m.Files {
		index[f.Path] = f
	}
	return index
}

// Check compares the content of a file with what the manifest says of it.
func (f File) Check(content []byte) error {
	if describe(f.Path, content) != f {
		return fmt.Errorf("%s: %w", f.Path, errChanged)
	}
	return nil
}

func describe(path string, content []byte) File {
	sum := sha256.Sum256(content)
	return File{path, int64(len(content)), hex.EncodeToString(sum[:])}
}
