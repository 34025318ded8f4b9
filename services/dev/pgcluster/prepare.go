package pgcluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// maxSocketFolder keeps folder and file name together under the 108 bytes (104 on
// macOS) that the address of a Unix socket may have.
const maxSocketFolder = 80

// prepare makes the data folder where there is none and returns the binaries that
// fit it.
func prepare(ctx context.Context, o Options, who account) (bin string, err error) {
	data := dataFolder(o.Dir)
	if version, err := os.ReadFile(filepath.Join(data, "PG_VERSION")); err == nil {
		return binariesFor(strings.TrimSpace(string(version)))
	}
	if bin, err = Binaries(); err != nil {
		return "", err
	}
	if o.Template != "" {
		return bin, fromTemplate(ctx, o, bin, who)
	}
	return bin, initialise(ctx, bin, data, o.Durable, who)
}

// initialise makes the data folder beside its place and moves it there when it is
// complete, so that an interrupted initdb leaves nothing that looks like one.
func initialise(ctx context.Context, bin, data string, durable bool, who account) error {
	unfinished := data + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("clear an unfinished database folder: %w", err)
	}
	if err := who.own(unfinished); err != nil {
		return err
	}
	args := []string{"-D", unfinished, "-U", superuser, "--auth-local=trust", "--auth-host=reject",
		"--encoding=UTF8", "--locale=C", "--data-checksums", "--no-instructions"}
	if !durable {
		args = append(args, "--no-sync")
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), args...)
	initdb.Dir = unfinished
	initdb.Env = environment()
	// Ctrl-C in a terminal reaches only us, who end it as that would.
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: who.credential(), Setpgid: true}
	initdb.Cancel = func() error { return syscall.Kill(-initdb.Process.Pid, syscall.SIGINT) }
	initdb.WaitDelay = 5 * time.Second
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initialise the database folder %s: %w: %s", data, err, tail(out))
	}
	return os.Rename(unfinished, data)
}

// fromTemplate copies the kept cluster, making it first where it is missing or of
// another version. Processes that start together take turns at making it.
func fromTemplate(ctx context.Context, o Options, bin string, who account) error {
	template := filepath.Join(o.Template, "pg-"+majorVersion(bin))
	if err := who.own(template); err != nil {
		return err
	}
	lock, err := waitForFolder(ctx, filepath.Join(template, "lock"))
	if err != nil {
		return err
	}
	defer lock.release()
	kept := dataFolder(template)
	if _, err := os.Stat(filepath.Join(kept, "PG_VERSION")); errors.Is(err, os.ErrNotExist) {
		if err := initialise(ctx, bin, kept, false, who); err != nil {
			return err
		}
	}
	data := dataFolder(o.Dir)
	if err := os.CopyFS(data, os.DirFS(kept)); err != nil {
		return fmt.Errorf("copy the database template: %w", err)
	}
	if err := who.ownTree(data); err != nil {
		return fmt.Errorf("give the database folder to PostgreSQL's user: %w", err)
	}
	return closeTree(data)
}

// socketFolder returns a folder for the socket that only the account may enter:
// inside dir, or, where that would be too long an address, under a short name in
// the folder for temporary files.
func socketFolder(dir string, who account) (string, error) {
	socket := filepath.Join(dir, "socket")
	if len(socket) > maxSocketFolder {
		hash := sha256.Sum256([]byte(dir))
		socket = filepath.Join(os.TempDir(), "solidarity-"+hex.EncodeToString(hash[:6]))
	}
	if err := os.Mkdir(socket, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("make the socket's folder: %w", err)
	}
	info, err := os.Lstat(socket)
	if err != nil {
		return "", fmt.Errorf("look at the socket's folder: %w", err)
	}
	if owner := ownerOf(info); !info.IsDir() || owner != who.uid && owner != os.Geteuid() {
		return "", fmt.Errorf("%s belongs to somebody else: remove it or choose another data folder", socket)
	}
	return socket, who.own(socket)
}

// environment is what the server's programs may see of ours: nothing that names a
// database or a secret.
func environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
}
