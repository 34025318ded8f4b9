package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// errInUse is what a second process on the same folder is told.
var errInUse = errors.New("is in use by another process")

// folderLock is held while a process uses a folder; the kernel frees it however
// the process ends.
type folderLock struct{ file *os.File }

func lockFolder(path string) (*folderLock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the database folder: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("the database folder %s %w", filepath.Dir(path), errInUse)
	}
	return &folderLock{file}, nil
}

// waitForFolder takes the lock as soon as it is free.
func waitForFolder(ctx context.Context, path string) (*folderLock, error) {
	for {
		lock, err := lockFolder(path)
		if !errors.Is(err, errInUse) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the database folder: %w", ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// release frees the lock by name: closing alone would leave it to a process that is
// just being started, and has the file still open until it becomes another program.
func (l *folderLock) release() {
	if l != nil {
		_ = syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN) // closing frees it then
		l.file.Close()
	}
}

// closeTree takes every right of others from what is below dir: PostgreSQL
// refuses a data folder that others may read.
func closeTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return os.Chmod(path, 0o700)
		default:
			return os.Chmod(path, 0o600)
		}
	})
}
