package duty

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const (
	// timeout bounds one attempt.
	timeout = 20 * time.Second
	// rescueAfter is when a job counts as lost with the process that ran it.
	rescueAfter = 30 * time.Second
	// alarmAfter is the attempt from which on a failure is an alarm.
	alarmAfter = 10
	// longestPause bounds the wait between attempts.
	longestPause = time.Minute
)

// Duty is one kind of thing that rows can owe.
type Duty struct {
	// Kind names it in the job table, for example "donation.post".
	Kind string
	// Owed returns the ids of up to limit rows that have owed it since before that
	// time and come after that id, in the order of their ids; the empty id is before
	// all others.
	Owed func(ctx context.Context, before time.Time, after string, limit int) ([]string, error)
	// Ahead returns the first moment after that time at which a row will owe it, for a
	// duty whose Owed asks its own clock; the zero time where none will. Nil where Owed
	// asks before alone, which may then lie ahead.
	Ahead func(ctx context.Context, after time.Time) (time.Time, error)
	// Do does it for one row, or finds that nothing is owed (any more). It tolerates
	// being run again and twice at once. Of a fault only the reason is kept in the
	// job table, of other errors nothing.
	Do func(ctx context.Context, id string) error
}

// Worker knows what rows owe and does it.
type Worker interface {
	// Owed is Duty.Owed.
	Owed(ctx context.Context, before time.Time, after string, limit int) ([]string, error)
	// Do is Duty.Do.
	Do(ctx context.Context, id string) error
}

// By is the duty of a kind that a worker does.
func By(kind string, w Worker) Duty { return Duty{Kind: kind, Owed: w.Owed, Do: w.Do} }

// Task is what each replica does once a minute beside the sweeps, for rows that owe
// nothing: deleting what is old.
type Task struct {
	// Name says in the log what failed.
	Name string
	// Do does it. It tolerates that other replicas do it at the same time.
	Do func(ctx context.Context) error
}

// ErrUnfinished is what Duty.Do returns where it has done a part in its time and stands
// at a place from which it goes on: it is run again at once, and nothing has failed.
var ErrUnfinished = errors.New("unfinished")

// failure is what River stores of an error: its reason and nothing else.
type failure string

// Error returns the reason.
func (f failure) Error() string { return string(f) }

// worker runs the duties' jobs.
type worker struct {
	river.WorkerDefaults[job]
	duties map[string]Duty
	log    *slog.Logger
	now    func() time.Time
	done   *atomic.Int64
}

// Work does one duty once. What went wrong is logged in full here and reaches the
// job table as a reason only.
func (w *worker) Work(ctx context.Context, j *river.Job[job]) (err error) {
	duty, ok := w.duties[j.Args.Duty]
	if !ok {
		return failure("UNKNOWN_DUTY")
	}
	err = do(ctx, duty, j.Args.ID)
	switch {
	case err == nil:
		w.done.Add(1)
		return nil
	case errors.Is(err, ErrUnfinished):
		return river.JobSnooze(0)
	}
	reason := reasonOf(err)
	attrs := []any{"duty", duty.Kind, "id", j.Args.ID, "attempt", j.Attempt, "reason", reason, "error", err}
	if j.Attempt >= alarmAfter {
		w.log.ErrorContext(ctx, "duty keeps failing", append(attrs, "alarm", true)...)
	} else {
		w.log.WarnContext(ctx, "duty failed, will be tried again", attrs...)
	}
	return failure(reason)
}

// Timeout bounds one attempt.
func (w *worker) Timeout(*river.Job[job]) time.Duration { return timeout }

// NextRetry waits 1 s after the first failure, twice as long after each further,
// a minute at most, give or take a tenth.
func (w *worker) NextRetry(j *river.Job[job]) time.Time {
	return w.now().Add(pause(j.Attempt, rand.Float64()))
}

// pause is the wait after the given attempt; chance is from [0, 1).
func pause(attempt int, chance float64) time.Duration {
	wait := longestPause
	if attempt < 7 {
		wait = time.Second << max(attempt-1, 0)
	}
	return time.Duration(float64(min(wait, longestPause)) * (0.9 + chance/5))
}

// panicked is an error made from a panic.
type panicked struct {
	value any
	stack []byte
}

// Error names the panic's type only: its text may hold anything.
func (p panicked) Error() string { return fmt.Sprintf("panic of type %T: %s", p.value, p.stack) }

// do turns a panic into an error.
func do(ctx context.Context, d Duty, id string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicked{v, debug.Stack()}
		}
	}()
	return d.Do(ctx, id)
}

func reasonOf(err error) string {
	var p panicked
	switch f := fault.As(err); {
	case errors.As(err, &p):
		return "PANIC"
	case f != nil && f.Reason != "":
		return string(f.Reason)
	case errors.Is(err, context.DeadlineExceeded):
		return "TIMEOUT"
	case errors.Is(err, context.Canceled):
		return "CANCELLED"
	default:
		return "INTERNAL"
	}
}
