package devstack

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/pgcluster"
)

// clusterKeeper runs the embedded PostgreSQL and starts it again when it dies.
type clusterKeeper struct {
	log     *slog.Logger
	options pgcluster.Options
	cancel  context.CancelFunc
	done    chan struct{}

	mu      sync.Mutex
	cluster *pgcluster.Cluster // guarded by mu; replaced after a crash
}

func keepCluster(ctx context.Context, log *slog.Logger, o pgcluster.Options) (*clusterKeeper, error) {
	c, err := pgcluster.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	k := &clusterKeeper{log: log, options: o, cancel: cancel, done: make(chan struct{}), cluster: c}
	go k.keep(ctx)
	return k, nil
}

func (k *clusterKeeper) keep(ctx context.Context) {
	defer close(k.done)
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.current().Done():
		}
		if ctx.Err() != nil {
			return
		}
		k.log.Warn("PostgreSQL ended, starting it again")
		c, err := pgcluster.Start(ctx, k.options)
		if err != nil {
			k.log.Error("restart PostgreSQL", "error", err)
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
			continue
		}
		k.mu.Lock()
		k.cluster = c
		k.mu.Unlock()
	}
}

func (k *clusterKeeper) current() *pgcluster.Cluster {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.cluster
}

func (k *clusterKeeper) stop() {
	k.cancel()
	<-k.done
	if err := k.current().Stop(); err != nil {
		k.log.Warn("stop PostgreSQL", "error", err)
	}
}

// EnsureDatabase creates the role and its database where they are missing.
func (k *clusterKeeper) EnsureDatabase(ctx context.Context, role, database string) error {
	return k.current().EnsureDatabase(ctx, role, database)
}

// URL is how role reaches its database.
func (k *clusterKeeper) URL(role, database string) string { return k.current().URL(role, database) }
