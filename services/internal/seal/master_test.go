package seal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// With a new key nothing opens that was sealed under the old one.
func TestAMasterKeyIsNeverReplacedAndNotMadeUnasked(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys", "master.json")
	if _, err := seal.LoadMaster(path, false); err == nil {
		t.Error("a missing key was loaded")
	}
	if _, err := os.Stat(filepath.Dir(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was made: %v", err)
	}
	if err := seal.CreateMaster(path); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := seal.CreateMaster(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("made again: %v, want that it is there", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file has changed: %v", err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("drafts are left: %v, %v", files, err)
	}
}

func TestSecretsAreStableAndApartByPurposeAndKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "master.json")
	first, err := seal.LoadMaster(path, true)
	if err != nil {
		t.Fatal(err)
	}
	again, err := seal.LoadMaster(path, false)
	if err != nil {
		t.Fatal(err)
	}
	another, err := seal.LoadMaster(filepath.Join(t.TempDir(), "master.json"), true)
	if err != nil {
		t.Fatal(err)
	}
	secret := first.Derive("families/page")
	if !bytes.Equal(secret, again.Derive("families/page")) || len(secret) != 32 {
		t.Errorf("the same purpose has %x and %x", secret, again.Derive("families/page"))
	}
	if bytes.Equal(secret, first.Derive("families/pages")) || bytes.Equal(secret, another.Derive("families/page")) {
		t.Error("two purposes or two keys share a secret")
	}
}
