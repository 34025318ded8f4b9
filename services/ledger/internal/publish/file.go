package publish

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
)

// file is the path of a file that remembers the last published checkpoint outside
// the database; empty where there is none.
type file string

// read returns the checkpoint, which one of the given keys must have signed; false
// where there is no file yet.
func (f file) read(origin string, ours []note.Verifier) (checkpoint.Checkpoint, bool, error) {
	if f == "" {
		return checkpoint.Checkpoint{}, false, nil
	}
	text, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return checkpoint.Checkpoint{}, false, nil
	}
	if err != nil {
		return checkpoint.Checkpoint{}, false, fmt.Errorf("read checkpoint file: %w", err)
	}
	c, err := checkpoint.Unverified(text)
	if err != nil {
		return checkpoint.Checkpoint{}, false, fmt.Errorf("checkpoint file %s: %w", string(f), err)
	}
	if c.Origin != origin {
		return checkpoint.Checkpoint{}, false, fmt.Errorf("checkpoint file %s: is of another log, %s", string(f), c.Origin)
	}
	if _, _, err := checkpoint.Open(text, ours...); err != nil {
		return checkpoint.Checkpoint{}, false, fmt.Errorf("checkpoint file %s: %w", string(f), err)
	}
	return c, true, nil
}

// write replaces the file, on disk when it returns without an error; a reader finds
// the old one or the new one.
func (f file) write(text []byte) error {
	if f == "" {
		return nil
	}
	temp, err := os.CreateTemp(filepath.Dir(string(f)), filepath.Base(string(f))+".*.tmp")
	if err != nil {
		return fmt.Errorf("write checkpoint file: %w", err)
	}
	_, err = temp.Write(text)
	if err := errors.Join(err, temp.Chmod(0o644), temp.Sync(), temp.Close()); err != nil {
		return errors.Join(fmt.Errorf("write checkpoint file: %w", err), os.Remove(temp.Name()))
	}
	if err := os.Rename(temp.Name(), string(f)); err != nil {
		return errors.Join(fmt.Errorf("write checkpoint file: %w", err), os.Remove(temp.Name()))
	}
	dir, err := os.Open(filepath.Dir(string(f)))
	if err != nil {
		return fmt.Errorf("write checkpoint file: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}
