// Package devclock is the clock of one development installation, which can be moved
// ahead. Where it stands lies in a folder of the installation, and its processes read
// it there; each tells, on loopback, what it has to do next and when it has done it.
package devclock

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

// width is the length of the number in the file, so that it is written over by one
// write and read by one read.
const width = 20

// Folder is where the clock of an installation lies.
type Folder struct {
	dir   string
	ahead *os.File     // how far the clock is ahead of the wall's, in nanoseconds
	last  atomic.Int64 // how far it was when it was last read
}

// Open opens the clock of the folder and makes it where there is none. It must be
// closed.
func Open(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make clock: %w", err)
	}
	f := &Folder{dir: dir}
	if err := f.found(); err != nil {
		return nil, fmt.Errorf("make clock: %w", err)
	}
	var err error
	if f.ahead, err = os.OpenFile(f.path("ahead"), os.O_RDWR, 0); err != nil {
		return nil, fmt.Errorf("open clock: %w", err)
	}
	ahead, err := f.read()
	if err != nil {
		f.ahead.Close()
		return nil, err
	}
	f.last.Store(int64(ahead))
	return f, nil
}

// found makes the files of a new clock; processes that do it at once find one.
func (f *Folder) found() error {
	for name, content := range map[string]string{"ahead": number(0), "key": rand.Text()} {
		whole := f.path(name + "." + rand.Text())
		if err := os.WriteFile(whole, []byte(content), 0o600); err != nil {
			return err
		}
		err := os.Link(whole, f.path(name))
		if err = errors.Join(ignore(err, fs.ErrExist), os.Remove(whole)); err != nil {
			return err
		}
	}
	return nil
}

func ignore(err, fine error) error {
	if errors.Is(err, fine) {
		return nil
	}
	return err
}

// Close closes the clock's file.
func (f *Folder) Close() error { return f.ahead.Close() }

func (f *Folder) path(name string) string { return filepath.Join(f.dir, name) }

func number(d time.Duration) string { return fmt.Sprintf("%*d", width, d) }

// read returns how far the clock is ahead.
func (f *Folder) read() (time.Duration, error) {
	var b [width]byte
	if _, err := f.ahead.ReadAt(b[:], 0); err != nil {
		return 0, fmt.Errorf("read clock: %w", err)
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b[:])), 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("read clock: %s is damaged", f.path("ahead"))
	}
	return time.Duration(n), nil
}

// Now is the time on this clock.
func (f *Folder) Now() time.Time {
	ahead, err := f.read()
	if err != nil { // of a file that is open and was read: it stands still
		ahead = time.Duration(f.last.Load())
	}
	f.last.Store(int64(ahead))
	return time.Now().Add(ahead)
}

// Clock returns the clock for the services of this process.
func (f *Folder) Clock() clock.Clock { return clock.Clock{Read: f.Now, Attend: f.attend} }

// set moves the clock to a time that has not come.
func (f *Folder) set(to time.Time) error {
	ahead := time.Until(to)
	if now, err := f.read(); err != nil || ahead < now {
		return err
	}
	if _, err := f.ahead.WriteAt([]byte(number(ahead)), 0); err != nil {
		return fmt.Errorf("move clock: %w", err)
	}
	return nil
}

// ErrMoving is the error of somebody who would move a clock that another moves.
var ErrMoving = errors.New("the clock is being moved by another command: wait until that has ended")

// lock takes the clock for who moves it.
func (f *Folder) lock() (unlock func() error, err error) {
	l, err := os.OpenFile(f.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock of clock: %w", err)
	}
	if err := syscall.Flock(int(l.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		l.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrMoving
		}
		return nil, fmt.Errorf("lock clock: %w", err)
	}
	return l.Close, nil
}
