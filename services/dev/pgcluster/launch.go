package pgcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// startWithin bounds the wait for a server that recovers from a crash.
const startWithin = 2 * time.Minute

// launch starts the server and waits until it answers. The remains of a killed
// server (its last backends) may keep a new one out for a moment: tried again.
func launch(ctx context.Context, o Options, bin, socket string, who account) (*Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	for attempt := 1; ; attempt++ {
		recent := &recentOutput{next: o.Log}
		c, err := run(o, bin, socket, who, recent)
		if err != nil {
			return nil, err
		}
		if err = c.answers(ctx); err == nil {
			return c, nil
		}
		if ctx.Err() != nil || attempt == 20 {
			return nil, errors.Join(fmt.Errorf("start PostgreSQL: %w: %s", err, tail(recent.bytes())), c.Stop())
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// run starts the server from a thread that waits for it: the kernel's signal at
// the parent's death is tied to the thread that started the child.
func run(o Options, bin, socket string, who account, log io.Writer) (*Cluster, error) {
	server := exec.Command(filepath.Join(bin, "postgres"), arguments(o, socket)...)
	server.Dir = dataFolder(o.Dir)
	server.Env = environment()
	server.Stdout, server.Stderr = log, log
	server.WaitDelay = time.Second
	server.SysProcAttr = attributes(who)
	c := &Cluster{dir: o.Dir, socket: socket, server: server, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(c.done)
		err := server.Start()
		started <- err
		if err == nil {
			_ = server.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start PostgreSQL: %w", err)
	}
	watchParent(server)
	return c, nil
}

// arguments are the server's settings. Its log shows neither parameters nor the
// rows and statements of failed commands: they may hold what must not be in logs.
func arguments(o Options, socket string) []string {
	settings := []string{
		"listen_addresses=", "unix_socket_directories=" + socket, "unix_socket_permissions=0700",
		"max_connections=200", "timezone=UTC", "log_timezone=UTC",
		"log_parameter_max_length=0", "log_parameter_max_length_on_error=0",
		"log_error_verbosity=terse", "log_min_error_statement=panic",
	}
	if o.Durable {
		settings = append(settings, recovery()...)
	} else {
		settings = append(settings, "fsync=off", "full_page_writes=off", "autovacuum_naptime=1h")
	}
	args := []string{"-D", dataFolder(o.Dir)}
	for _, s := range append(settings, o.Settings...) {
		args = append(args, "-c", s)
	}
	return args
}

// answers waits until the server takes connections.
func (c *Cluster) answers(ctx context.Context) error {
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		conn, err := pgconn.Connect(attempt, c.AdminURL("postgres"))
		cancel()
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-c.done:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return errors.New("it did not answer in time")
		case <-time.After(20 * time.Millisecond):
		}
	}
}
