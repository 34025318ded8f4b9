package devstack

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
)

// Layout is where a development installation keeps things in its data folder.
type Layout struct{ root string }

// NewLayout returns the layout of a data folder, with an absolute path.
func NewLayout(data string) (Layout, error) {
	root, err := filepath.Abs(data)
	if err != nil {
		return Layout{}, fmt.Errorf("find data folder: %w", err)
	}
	return Layout{root: root}, nil
}

// Root is the data folder itself.
func (l Layout) Root() string { return l.root }

// Postgres is the folder of the embedded cluster: inside the data folder, or,
// where that lies in a home that PostgreSQL's user may not enter (root's), in
// /var/lib/solidarity under a name made from the data folder's.
func (l Layout) Postgres() string {
	inside := filepath.Join(l.root, "postgres")
	if pgcluster.CanReach(inside) == nil {
		return inside
	}
	hash := sha256.Sum256([]byte(l.root))
	return filepath.Join("/var/lib/solidarity", hex.EncodeToString(hash[:8]))
}

// Authority is the folder of the certificate authority.
func (l Layout) Authority() string { return filepath.Join(l.root, "tls", "authority") }

// TLS is the certificate folder of one service.
func (l Layout) TLS(service string) string { return filepath.Join(l.root, "tls", service) }

// Secret is the master keyset of one service.
func (l Layout) Secret(service string) string {
	return filepath.Join(l.root, "secrets", service+".json")
}

// Checkpoint is the file in which the ledger keeps its last checkpoint.
func (l Layout) Checkpoint() string { return filepath.Join(l.root, "checkpoint") }

// Clock is the folder of the installation's clock.
func (l Layout) Clock() string { return filepath.Join(l.root, "clock") }

// State is a folder for what one process keeps in files.
func (l Layout) State(process string) string { return filepath.Join(l.root, process) }

// Run holds a file with the process id of each running process.
func (l Layout) Run() string { return filepath.Join(l.root, "run") }

// Logs is the file that all processes log to.
func (l Layout) Logs() string { return filepath.Join(l.root, "solidarity.log") }

// seedSize is the least length of a seed of passwords, in bytes; rand.Text has more.
const seedSize = 20

// passwordSeed returns what the passwords of database roles are derived from, made
// at first use.
func (l Layout) passwordSeed() ([]byte, error) {
	path := filepath.Join(l.root, "secrets", "database-seed")
	seed, err := os.ReadFile(path)
	if err == nil && len(seed) < seedSize {
		return nil, fmt.Errorf("the seed of database passwords in %s is damaged", path)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return seed, err
	}
	seed = []byte(rand.Text())
	if err := os.WriteFile(path, seed, 0o600); err != nil {
		return nil, fmt.Errorf("keep seed of database passwords: %w", err)
	}
	return seed, nil
}

// prepare makes the folders that must exist before anything starts.
func (l Layout) prepare() error {
	for _, dir := range []string{l.root, l.Run(), filepath.Join(l.root, "secrets")} {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			return fmt.Errorf("make data folder: %w", err)
		}
	}
	return nil
}

// lock takes the data folder for this process; the file must be kept open.
func (l Layout) lock() (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(l.root, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock of data folder: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		f.Close()
		return nil, fmt.Errorf("the data folder %s is in use by another `solidarity-dev run`: stop that one, or give another --data", l.root)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	return f, nil
}
