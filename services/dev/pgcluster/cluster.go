// Package pgcluster runs a private PostgreSQL in a folder: no TCP port, only a
// Unix socket that nobody but its own user may open. It is what `solidarity-dev run`
// and the tests use; in production PostgreSQL is somebody else's process.
package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/pgroles"
)

// superuser is the cluster's administrator. The socket's folder keeps others out.
const superuser = "solidarity"

// Options say what to start.
type Options struct {
	// Dir is the cluster's folder; it is made on first use and found again later.
	Dir string
	// Durable keeps fsync on. Off is for tests: a crash of the machine loses data.
	Durable bool
	// Log takes the server's log; nil throws it away.
	Log io.Writer
	// Template is a folder in which a freshly initialised cluster is kept and
	// copied from, which is quicker than making one; empty for none.
	Template string
	// Settings are further server settings, "name=value".
	Settings []string
}

// Cluster is a running PostgreSQL.
type Cluster struct {
	dir    string
	socket string
	server *exec.Cmd
	lock   *folderLock
	done   chan struct{} // closed when the server has ended
	stop   sync.Once
}

// Start makes the cluster where there is none and starts it; it returns when the
// server answers. The server ends with this process, however that ends.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("find the database folder: %w", err)
	}
	o.Dir = dir
	who, err := chooseAccount()
	if err != nil {
		return nil, err
	}
	if err := who.own(dir); err != nil {
		return nil, err
	}
	if err := who.reaches(dir); err != nil {
		return nil, err
	}
	lock, err := lockFolder(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	c, err := start(ctx, o, who)
	if err != nil {
		lock.release()
		return nil, err
	}
	c.lock = lock
	return c, nil
}

// CanReach says whether PostgreSQL's user can reach a folder that a cluster shall
// be made in; as root it is another user, who may not enter closed homes.
func CanReach(dir string) error {
	who, err := chooseAccount()
	if err != nil {
		return err
	}
	return who.reaches(dir)
}

func start(ctx context.Context, o Options, who account) (*Cluster, error) {
	bin, err := prepare(ctx, o, who)
	if err != nil {
		return nil, err
	}
	socket, err := socketFolder(o.Dir, who)
	if err != nil {
		return nil, err
	}
	if err := endPredecessor(ctx, bin, dataFolder(o.Dir), who); err != nil {
		return nil, err
	}
	return launch(ctx, o, bin, socket, who)
}

// URL returns the address of database for role. Roles need no password: whoever
// may open the socket may use the cluster.
func (c *Cluster) URL(role, database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database,
		RawQuery: url.Values{"host": {c.socket}, "sslmode": {"disable"}}.Encode()}
	return u.String()
}

// AdminURL returns the address of database for the superuser.
func (c *Cluster) AdminURL(database string) string { return c.URL(superuser, database) }

// OwnerURL returns the address of database for the owner of what role uses.
func (c *Cluster) OwnerURL(role, database string) string {
	return c.URL(pgroles.Owner(role), database)
}

// EnsureDatabase makes role and its database where they are missing, and the role
// that owns the database; nobody else may connect.
func (c *Cluster) EnsureDatabase(ctx context.Context, role, database string) error {
	return pgroles.Ensure(ctx, c.AdminURL("postgres"), pgroles.Database{Name: database, Role: role})
}

// Done is closed when the server has ended, whoever ended it. The same folder can
// then be started again, after Stop.
func (c *Cluster) Done() <-chan struct{} { return c.done }

// Dir returns the cluster's folder.
func (c *Cluster) Dir() string { return c.dir }

// PID returns the server's process id.
func (c *Cluster) PID() int { return c.server.Process.Pid }

// Stop ends the server's sessions, waits until it has shut down, and gives the
// folder free. It may be called more than once and after the server has died.
func (c *Cluster) Stop() error {
	var err error
	c.stop.Do(func() {
		defer c.lock.release()
		defer os.Remove(c.socket) // succeeds only when it is empty
		select {
		case <-c.done:
			return
		default:
		}
		// SIGINT is PostgreSQL's fast shutdown: sessions are ended, data is written.
		if err = c.server.Process.Signal(syscall.SIGINT); errors.Is(err, os.ErrProcessDone) {
			err = nil
		}
		select {
		case <-c.done:
		case <-time.After(30 * time.Second):
			err = errors.Join(errors.New("PostgreSQL did not stop within 30 s"), c.server.Process.Kill())
			<-c.done
		}
	})
	return err
}

func dataFolder(dir string) string { return filepath.Join(dir, "data") }

// tail returns the end of a program's output as one line, for an error message.
func tail(output []byte) string {
	lines := strings.Split(strings.TrimSpace(string(output)), "\n")
	if n := len(lines); n > 3 {
		lines = lines[n-3:]
	}
	return strings.Join(lines, "; ")
}
