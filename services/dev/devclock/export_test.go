package devclock

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// ErrStranger is the answer of another installation's process.
var ErrStranger = errStranger

// Misdirect lets the clock in one folder look for a process where that of another is.
func Misdirect(dir, other, name string) error {
	address, err := os.ReadFile(filepath.Join(other, name+".address"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name+".address"), address, 0o600)
}

// AskOnce asks a process without waiting for it.
func (f *Folder) AskOnce(ctx context.Context, name string) error {
	var at time.Time
	return f.askOnce(ctx, name, "next", f.Now(), &at)
}
