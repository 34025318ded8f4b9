package postgrestest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
)

// prefix names the folders of test servers below the folder for temporary files.
const prefix = "solidarity-test-"

// start runs a new server without fsync in a temporary folder. The folder stays
// when the process ends, since nothing runs then; the next test process clears it.
func start() (*server, error) {
	clearRemains()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp(folder(), prefix)
	if err != nil {
		return nil, err
	}
	cluster, err := pgcluster.Start(ctx, pgcluster.Options{
		Dir: dir, Template: templateFolder(),
	})
	if err != nil {
		return nil, err
	}
	return &server{cluster: cluster, templates: map[string]func() error{}}, nil
}

// folder is where the tests' servers live: in memory where there is plenty, since most
// of their time goes into making and deleting the files of databases.
func folder() string {
	const memory, plenty = "/dev/shm", 8 << 30
	var free syscall.Statfs_t
	if err := syscall.Statfs(memory, &free); err != nil || free.Bavail*uint64(free.Bsize) < plenty {
		return os.TempDir()
	}
	return memory
}

// templateFolder is where an initialised, empty cluster is kept between test runs,
// one per user of the machine.
func templateFolder() string {
	return filepath.Join(folder(), fmt.Sprintf("solidarity-template-%d", os.Getuid()))
}

// clearRemains deletes the folders of test processes that are gone: nobody holds
// their lock, and they are so old that it cannot still be on its way.
func clearRemains() {
	dirs, _ := filepath.Glob(filepath.Join(folder(), prefix+"*"))
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR, 0)
		if err != nil {
			continue // not started yet, or somebody else's
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(dir) // best effort: the next process tries again
		}
		lock.Close()
	}
}
