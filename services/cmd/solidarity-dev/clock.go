package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/devclock"
	"github.com/solidarity-fund/solidarity/services/dev/devstack"
	"github.com/solidarity-fund/solidarity/services/internal/command"
)

type clockCommand struct {
	dataFlag
	command.JSONFlag
	By string `arg:"" optional:"" help:"How far to move it: +90m, +36h, +14d or +2w. Without it and --to the time is printed." placeholder:"+14d"`
	To string `help:"Date (its beginning, UTC) or time to move it to, 2026-12-24 or 2026-12-24T08:00:00Z." placeholder:"DATE"`
}

// Run moves the clock of a running installation.
func (c *clockCommand) Run(ctx context.Context, t *command.Terminal) error {
	layout, err := devstack.NewLayout(c.Data)
	if err != nil {
		return err
	}
	state, err := devstack.ReadState(layout)
	if err != nil {
		return err
	}
	folder, err := devclock.Open(layout.Clock())
	if err != nil {
		return err
	}
	defer folder.Close()
	if c.By == "" && c.To == "" {
		return c.Print(t, map[string]string{"now": stamp(folder.Now())}, func(w io.Writer) { fmt.Fprintln(w, stamp(folder.Now())) })
	}
	to, err := c.target(folder.Now())
	if err != nil {
		return err
	}
	result, err := folder.Move(ctx, to, state.Attending(), func(s devclock.Stop) {
		fmt.Fprintln(t.Err, line(s))
	})
	if ctx.Err() != nil {
		return fmt.Errorf("stopped at %s; go on with `solidarity-dev clock --to %s`", stamp(folder.Now()), stamp(to))
	}
	if err != nil {
		return err
	}
	return c.Print(t, result, func(w io.Writer) { fmt.Fprintf(w, "It is %s.\n", stamp(folder.Now())) })
}

func line(s devclock.Stop) string {
	text := fmt.Sprintf("%s  %d done", stamp(s.At), s.Done)
	if s.Failing > 0 {
		text += fmt.Sprintf(", %d failing (see the log)", s.Failing)
	}
	return text
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// by is a way to go, for example "+14d".
var by = regexp.MustCompile(`^\+([0-9]{1,4})([mhdw])$`)

// target is the time to which the clock is to be moved.
func (c *clockCommand) target(now time.Time) (time.Time, error) {
	switch {
	case c.To != "" && c.By != "":
		return now, errors.New("give either a way to go or --to")
	case c.By != "":
		return ahead(now, c.By)
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if to, err := time.Parse(layout, c.To); err == nil {
			return to, nil
		}
	}
	return now, fmt.Errorf("--to: %q is no date and no time: give 2026-12-24 or 2026-12-24T08:00:00Z", c.To)
}

// ahead is the time as far after now as was asked for.
func ahead(now time.Time, way string) (time.Time, error) {
	m := by.FindStringSubmatch(way)
	if m == nil {
		return now, fmt.Errorf("%q is no way to go: give +90m, +36h, +14d or +2w", way)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return now, fmt.Errorf("%q: %w", way, err)
	}
	unit := map[string]time.Duration{"m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[m[2]]
	return now.Add(time.Duration(n) * unit), nil
}
