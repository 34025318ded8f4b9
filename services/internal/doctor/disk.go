package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// What a disk must have free: a file system that is nearly full loses what is
// written last.
const (
	leastFree    = 256 << 20 // bytes below which nothing can be relied on
	scarceFree   = 2 << 30   // bytes below which somebody should look
	mebibyte     = 1 << 20
	diskRemedy   = "make room, or move what grows to another disk"
	folderRemedy = "make the folder and give it to the user that the service runs as"
)

// Disk examines the file systems of the folders that files of a service lie in.
func Disk(files ...string) []Finding {
	r := About("disk")
	seen := map[string]bool{}
	for _, file := range files {
		dir := filepath.Dir(file)
		if file == "" || seen[dir] {
			continue
		}
		seen[dir] = true
		free, err := freeBytes(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			r.Fault(fmt.Sprintf("the folder %s is not there", dir), folderRemedy)
		case err != nil:
			r.Fault(fmt.Sprintf("the folder %s cannot be looked at", dir), folderRemedy)
		case free < leastFree:
			r.Fault(fmt.Sprintf("the disk of %s has %d MiB left", dir, free/mebibyte), diskRemedy)
		case free < scarceFree:
			r.Warn(fmt.Sprintf("the disk of %s has %d MiB left", dir, free/mebibyte), diskRemedy)
		}
	}
	return r.Findings()
}

// Writable examines whether a service can write a file into its folder.
func Writable(file string) []Finding {
	r := About("disk")
	if file == "" {
		return nil
	}
	draft, err := os.CreateTemp(filepath.Dir(file), ".doctor-*")
	if err != nil {
		r.Fault(fmt.Sprintf("nothing can be written into %s", filepath.Dir(file)), folderRemedy)
		return r.Findings()
	}
	_, err = draft.WriteString("a file of a few bytes, to see that there is room\n")
	err = errors.Join(err, draft.Sync(), draft.Close(), os.Remove(draft.Name()))
	if err != nil {
		r.Fault(fmt.Sprintf("nothing can be written into %s", filepath.Dir(file)), diskRemedy)
	}
	return r.Findings()
}

// freeBytes is what an ordinary user can still write to the file system of a folder.
func freeBytes(dir string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("look at the disk: %w", err)
	}
	return s.Bavail * uint64(s.Bsize), nil //nolint:gosec,unconvert // a block's size is positive; its type differs by system
}
