// Package secretfile says whether a file that holds a secret can be read by others than
// the process that it is for.
package secretfile

import (
	"io/fs"
	"syscall"
)

// Shared reports whether others can read or change the file that info is about. A file of
// root's that a process of another user reads as its group, and only reads, is not
// shared: so Kubernetes hands a secret to a pod, whose group nobody else has.
func Shared(info fs.FileInfo, uid int) bool {
	owner := -1
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		owner = int(stat.Uid)
	}
	return shared(info.Mode().Perm(), owner, uid)
}

func shared(mode fs.FileMode, owner, uid int) bool {
	if owner == 0 && uid > 0 {
		return mode&0o037 != 0
	}
	return mode&0o077 != 0
}
