package bundle

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	// tries is how often a file is asked for where the network or the server fails.
	tries = 5
	// firstWait is how long the first pause is where the server does not say; each
	// further one is twice as long.
	firstWait = 500 * time.Millisecond
	// longestWait bounds one pause, whatever the server says.
	longestWait = 30 * time.Second
	// patience bounds the pauses that one file is waited for, together. A server that
	// lets in so many requests a second makes nobody wait that long.
	patience = 3 * time.Minute
)

// again calls once until it succeeds, fails for good, or has failed too often. A
// server that asks to come back later is waited for.
func (h HTTP) again(ctx context.Context, once func() error) error {
	var waited time.Duration
	for failed, pause := 0, firstWait; ; pause = min(2*pause, longestWait) {
		err := once()
		if err == nil || ctx.Err() != nil {
			return err
		}
		wait, counts, later := retry(err, pause)
		if counts {
			failed++
		}
		if !later || failed == tries || waited+wait > patience {
			return err
		}
		waited += wait
		if err := h.pause(ctx, wait); err != nil {
			return fmt.Errorf("wait for the server: %w", err)
		}
	}
}

// retry says whether to try again after an error, after which pause, and whether it
// counts as a failure: that we ask too much does not.
func retry(err error, pause time.Duration) (wait time.Duration, failure, later bool) {
	status := new(statusError)
	if !errors.As(err, &status) {
		return pause, true, !errors.Is(err, ErrLong)
	}
	if status.after > 0 {
		pause = min(status.after, longestWait)
	}
	limited := status.code == http.StatusTooManyRequests
	return pause, !limited, limited || status.code == http.StatusServiceUnavailable
}

// pause waits, or until ctx is done.
func (h HTTP) pause(ctx context.Context, d time.Duration) error {
	if h.Wait != nil {
		return h.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// retryAfter reads the header of that name, which our server fills with seconds;
// zero where it says nothing that can be read.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.ParseInt(h.Get("Retry-After"), 10, 32)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
