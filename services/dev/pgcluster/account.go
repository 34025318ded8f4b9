package pgcluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user that PostgreSQL runs as: the caller, or, since it refuses
// to run as root, "postgres", else "nobody".
type account struct {
	uid, gid int
	// switched is true when that is another user than the caller.
	switched bool
}

func chooseAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: os.Geteuid(), gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err := errors.Join(err1, err2); err == nil && uid != 0 {
			return account{uid: uid, gid: gid, switched: true}, nil
		}
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is no user \"postgres\" or \"nobody\" to run it as: start this program as another user")
}

// own makes the folder if it is missing and gives it, 0700, to the account.
func (a account) own(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder %s: %w", dir, err)
	}
	if a.switched {
		if err := os.Chown(dir, a.uid, a.gid); err != nil {
			return fmt.Errorf("give the folder %s to PostgreSQL's user: %w", dir, err)
		}
	}
	return os.Chmod(dir, 0o700)
}

// reaches checks that the account may walk through every folder above dir; root's
// home, for one, is closed to everybody else.
func (a account) reaches(dir string) error {
	if !a.switched {
		return nil
	}
	for parent := filepath.Dir(dir); ; parent = filepath.Dir(parent) {
		info, err := os.Stat(parent)
		if err != nil {
			return fmt.Errorf("look at the folder %s: %w", parent, err)
		}
		if info.Mode().Perm()&0o001 == 0 && ownerOf(info) != a.uid {
			return fmt.Errorf("PostgreSQL's user cannot reach the database folder because %s is closed to others: choose another data folder, for example below /var/lib", parent)
		}
		if parent == filepath.Dir(parent) {
			return nil
		}
	}
}

// ownTree gives everything below dir to the account.
func (a account) ownTree(dir string) error {
	if !a.switched {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, a.uid, a.gid)
	})
}

func ownerOf(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}

// credential is nil where the caller's own user is the right one.
func (a account) credential() *syscall.Credential {
	if !a.switched {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
}
