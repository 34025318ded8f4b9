package devclock

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/clock"
)

// patience is how long a process may be away: one that was killed is started again.
const patience = 30 * time.Second

// look is the wait between attempts to find it.
const look = 50 * time.Millisecond

// next asks a process for the first moment until then.
func (f *Folder) next(ctx context.Context, name string, until time.Time) (at time.Time, err error) {
	return at, f.ask(ctx, name, "next", until, &at)
}

// settle has a process do what is due.
func (f *Folder) settle(ctx context.Context, name string, moment time.Time) (s clock.Settled, err error) {
	return s, f.ask(ctx, name, "settle", moment, &s)
}

// ask asks a process, and waits for one that is away.
func (f *Folder) ask(ctx context.Context, name, what string, at time.Time, result any) error {
	for deadline := time.Now().Add(patience); ; {
		err := f.askOnce(ctx, name, what, at, result)
		if err == nil || ctx.Err() != nil || !isAway(err) || time.Now().After(deadline) {
			return err
		}
		if err := sleep(ctx, look); err != nil {
			return err
		}
	}
}

// isAway reports whether a process was not there, or went away while it was asked.
func isAway(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, errStranger)
}

// errStranger is the answer of a process of another installation.
var errStranger = errors.New("another installation answers")

func (f *Folder) askOnce(ctx context.Context, name, what string, at time.Time, result any) error {
	address, err := os.ReadFile(f.path(name + ".address"))
	if err != nil {
		return fmt.Errorf("find %s: %w", name, err)
	}
	key, err := os.ReadFile(f.path("key"))
	if err != nil {
		return fmt.Errorf("read key of clock: %w", err)
	}
	form := url.Values{"at": {at.Format(time.RFC3339Nano)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+string(address)+"/"+what, strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("ask %s: %w", name, err)
	}
	req.Header.Set("Authorization", "Bearer "+string(key))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask %s: %w", name, err)
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return json.NewDecoder(resp.Body).Decode(result)
	case http.StatusForbidden:
		return fmt.Errorf("ask %s: %w", name, errStranger)
	default:
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return fmt.Errorf("%s cannot go on: %s", name, strings.TrimSpace(string(said)))
	}
}
