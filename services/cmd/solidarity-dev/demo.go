package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/dev/story"
	"github.com/solidarity-fund/solidarity/services/internal/command"
	"github.com/solidarity-fund/solidarity/services/internal/config"
)

type demoCommand struct {
	command.JSONFlag
	Out      string `help:"Folder for what the demonstration leaves; a temporary one without it." type:"path"`
	Gifts    int    `help:"Number of gifts." default:"200"`
	Families int    `help:"Number of families." default:"40"`
	Rows     int    `help:"Rows of the prisoner list." default:"8700"`
}

// demoResult is what `solidarity-dev demo --json` prints.
type demoResult struct {
	story.Summary
	Out     string  `json:"out"`
	Seconds float64 `json:"seconds"`
}

// Run plays the whole story against a fresh private installation and checks what
// it leaves with the tools of auditors.
func (c *demoCommand) Run(ctx context.Context, t *command.Terminal) error {
	began := time.Now()
	if c.Out == "" {
		dir, err := os.MkdirTemp("", "solidarity-demo-")
		if err != nil {
			return fmt.Errorf("make folder: %w", err)
		}
		c.Out = dir
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	summary, err := c.play(ctx, t)
	if ctx.Err() != nil { // Ctrl-C: what failed of it does not matter
		return errors.New("stopped before the end")
	}
	if err != nil {
		return err
	}
	result := demoResult{Summary: summary, Out: c.Out, Seconds: time.Since(began).Round(100 * time.Millisecond).Seconds()}
	return c.Print(t, result, func(w io.Writer) {
		fmt.Fprintf(w, "\nDone in %.1f s. The files are in %s; verify the books yourself:\n  solidarity verify %s\n",
			result.Seconds, c.Out, filepath.Join(c.Out, "export"))
	})
}

func (c *demoCommand) play(ctx context.Context, t *command.Terminal) (story.Summary, error) {
	data, err := throwawayFolder()
	if err != nil {
		return story.Summary{}, err
	}
	defer os.RemoveAll(data)
	tell := c.teller(t)
	tell("Starting a fresh private installation …")
	dev := runCommand{dataFlag: dataFlag{Data: data}, Addr: "127.0.0.1:0", Logging: config.Logging{LogLevel: "info", LogFormat: "json"}}
	stack, logFile, err := dev.start(ctx, t)
	if err != nil {
		return story.Summary{}, err
	}
	defer logFile.Close()
	defer stack.Stop()
	var list bytes.Buffer
	if err := listfake.Generate(&list, 1, c.Rows, listfake.Registry); err != nil {
		return story.Summary{}, err
	}
	var auditor string
	summary, err := story.Play(ctx, story.Options{
		REST: stack.State().REST, Stripe: stack.State().Stripe, List: &list,
		Gifts: c.Gifts, Families: c.Families, Tell: tell, Now: stack.Now,
		SignIn: func(ctx context.Context, person string, roles ...string) (string, string, error) {
			minted, err := mint(ctx, data, person, roles)
			if len(roles) == 1 && roles[0] == "auditor" {
				auditor = minted.Token
			}
			return minted.Token, minted.Person, err
		},
		Save: func(name string, content []byte) error {
			return os.WriteFile(filepath.Join(c.Out, name), content, 0o600)
		},
	})
	if err != nil {
		c.keepLog(stack.Layout().Logs())
		return summary, err
	}
	return summary, proof{out: c.Out, tell: tell}.run(ctx, stack.State().REST, auditor)
}

// throwawayFolder makes a data folder for one demonstration, which deletes it.
func throwawayFolder() (string, error) {
	data, err := os.MkdirTemp("", "solidarity-")
	if err != nil {
		return "", fmt.Errorf("make data folder: %w", err)
	}
	if err := os.Chmod(data, 0o711); err != nil { // PostgreSQL's user must get through
		return "", fmt.Errorf("open data folder: %w", err)
	}
	return data, nil
}

// teller writes the story's lines, numbered, as they happen.
func (c *demoCommand) teller(t *command.Terminal) func(string) {
	out, n := t.Out, 0
	if c.JSON {
		out = t.Err
	}
	return func(line string) {
		fmt.Fprintf(out, "%2d. %s\n", n, line)
		n++
	}
}

// keepLog saves the services' log of a demonstration that failed.
func (c *demoCommand) keepLog(path string) {
	if b, err := os.ReadFile(path); err == nil {
		_ = os.WriteFile(filepath.Join(c.Out, "solidarity.log"), b, 0o600)
	}
}
