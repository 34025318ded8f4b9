package duty

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

const (
	// sweepEvery is how often the sweeper looks for what is overdue.
	sweepEvery = time.Minute
	// concurrency is how many duties one replica does at a time.
	concurrency = 10
	// keepFinished is how long finished jobs stay in the job table.
	keepFinished = 30 * time.Minute
	// stopTime is how long running duties may take to finish.
	stopTime = 10 * time.Second
)

// Runner does duties: it works the jobs, and sweeps. Each replica runs one.
type Runner struct {
	db     *postgres.DB
	log    *slog.Logger
	now    func() time.Time
	done   *atomic.Int64 // jobs that have succeeded
	duties []Duty
	tasks  []Task
	queue  *Queue
	client *river.Client[pgx.Tx]
	// page is how many rows a sweep enqueues at a time, pages how often.
	page, pages int

	settling sync.Mutex
	moment   time.Time    // at which Settle was last told to
	offered  map[job]bool // what got a job at that moment

	cancel  context.CancelFunc // ends the sweeper; set between Start and Stop, which are not called at once
	sweeper sync.WaitGroup     // the sweeper's goroutine
}

// NewRunner makes a Runner for the tasks and duties of one service. The pool must be
// a direct connection: River listens.
func NewRunner(db *postgres.DB, log *slog.Logger, c clock.Clock, tasks []Task, duties ...Duty) (*Runner, error) {
	byKind := make(map[string]Duty, len(duties))
	for _, d := range duties {
		if _, twice := byKind[d.Kind]; twice || d.Kind == "" || d.Do == nil || d.Owed == nil {
			return nil, fmt.Errorf("duty %q is incomplete or given twice", d.Kind)
		}
		byKind[d.Kind] = d
	}
	done := new(atomic.Int64)
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{duties: byKind, log: log, now: c.Now, done: done})
	client, err := river.NewClient(riverpgxv5.New(db.Pool), &river.Config{
		ID:                          "w_" + rand.Text(), // River's own would hold the machine's name
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: concurrency}},
		Workers:                     workers,
		FetchCooldown:               20 * time.Millisecond,
		FetchPollInterval:           100 * time.Millisecond,
		JobTimeout:                  timeout,
		RescueStuckJobsAfter:        rescueAfter,
		ReindexerIndexNames:         []string{}, // only a table's owner may, which this role is not
		CompletedJobRetentionPeriod: keepFinished,
		CancelledJobRetentionPeriod: keepFinished,
		DiscardedJobRetentionPeriod: keepFinished,
		Logger:                      slog.New(quiet{log.Handler()}),
		Test:                        schedule(c),
	})
	if err != nil {
		return nil, fmt.Errorf("make job client: %w", err)
	}
	return &Runner{
		db: db, log: log, now: c.Now, done: done, duties: duties, tasks: tasks, queue: &Queue{client}, client: client,
		page: sweepPage, pages: sweepPages,
	}, nil
}

// Run starts a runner for the tasks and duties of one service and returns it and the
// function that stops it, giving running duties ten seconds to finish.
func Run(ctx context.Context, db *postgres.DB, log *slog.Logger, c clock.Clock, tasks []Task, duties ...Duty) (r *Runner, stop func() error, err error) {
	if r, err = NewRunner(db, log, c, tasks, duties...); err != nil {
		return nil, nil, err
	}
	if err := r.Start(ctx); err != nil {
		return nil, nil, fmt.Errorf("start duties: %w", err)
	}
	return r, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		return r.Stop(ctx)
	}, nil
}

// Start returns when jobs are being worked; they and the sweeper run until Stop.
func (r *Runner) Start(ctx context.Context) error {
	ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := r.client.Start(ctx); err != nil {
		r.cancel()
		return fmt.Errorf("start job client: %w", err)
	}
	r.sweeper.Go(func() { r.sweepUntil(ctx) })
	return nil
}

// Stop lets running duties finish, for as long as ctx allows, and returns when
// none runs. What is cut off is tried again later. A second call does nothing.
func (r *Runner) Stop(ctx context.Context) error {
	if r.cancel == nil {
		return nil
	}
	err := r.client.Stop(ctx)
	if err != nil {
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = r.client.StopAndCancel(hard)
	}
	r.cancel()
	r.cancel = nil
	r.sweeper.Wait()
	if err != nil {
		return fmt.Errorf("stop job client: %w", err)
	}
	return nil
}

// sweepUntil sweeps and does the tasks once a minute, at once for the first time.
func (r *Runner) sweepUntil(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := r.sweepDue(ctx, r.now().Add(-sweepPause)); err != nil && ctx.Err() == nil {
			r.log.ErrorContext(ctx, "sweep of overdue duties failed", "error", err)
		}
		for _, task := range r.tasks {
			if err := task.Do(ctx); err != nil && ctx.Err() == nil {
				r.log.ErrorContext(ctx, "task failed", "task", task.Name, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
