package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/solidarity-fund/solidarity/services/families"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/rest"
	"github.com/solidarity-fund/solidarity/services/internal/story"
	"github.com/solidarity-fund/solidarity/services/ledger"
)

type demoCommand struct {
	jsonFlag
	Out      string `help:"Folder for what the demonstration leaves; a temporary one without it." type:"path"`
	Gifts    int    `help:"Number of gifts." default:"200"`
	Families int    `help:"Number of families." default:"40"`
	Rows     int    `help:"Rows of the prisoner list." default:"8700"`
}

// demoResult is what `solidarity demo --json` prints.
type demoResult struct {
	story.Summary
	Out     string  `json:"out"`
	Seconds float64 `json:"seconds"`
}

// Run plays the whole story against a fresh private installation and checks what
// it leaves with the tools of auditors.
func (c *demoCommand) Run(ctx context.Context, t *terminal) error {
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
	if err != nil {
		return err
	}
	result := demoResult{Summary: summary, Out: c.Out, Seconds: time.Since(began).Round(100 * time.Millisecond).Seconds()}
	return c.print(t, result, func(w io.Writer) {
		fmt.Fprintf(w, "\nDone in %.1f s. The files are in %s; verify the books yourself:\n  solidarity verify %s\n",
			result.Seconds, c.Out, filepath.Join(c.Out, "export"))
	})
}

func (c *demoCommand) play(ctx context.Context, t *terminal) (story.Summary, error) {
	data, err := os.MkdirTemp("", "solidarity-")
	if err != nil {
		return story.Summary{}, fmt.Errorf("make data folder: %w", err)
	}
	defer os.RemoveAll(data)
	if err := os.Chmod(data, 0o711); err != nil { // PostgreSQL's user must get through
		return story.Summary{}, fmt.Errorf("open data folder: %w", err)
	}
	tell := c.teller(t)
	tell("Starting a fresh private installation …")
	dev := devCommand{dataFlag: dataFlag{Data: data}, Addr: "127.0.0.1:0", Logging: config.Logging{LogLevel: "info", LogFormat: "json"}}
	stack, logFile, err := dev.start(ctx, t)
	if err != nil {
		return story.Summary{}, err
	}
	defer logFile.Close()
	defer stack.Stop()
	var list bytes.Buffer
	if err := families.GenerateList(&list, 1, c.Rows, "registry"); err != nil {
		return story.Summary{}, err
	}
	var auditor string
	summary, err := story.Play(ctx, story.Options{
		REST: stack.State().REST, Stripe: stack.State().Stripe, List: &list,
		Gifts: c.Gifts, Families: c.Families, Tell: tell, Now: time.Now,
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
	return summary, c.prove(ctx, stack.State().REST, auditor, tell)
}

// teller writes the story's lines, numbered, as they happen.
func (c *demoCommand) teller(t *terminal) func(string) {
	out, n := t.out, 0
	if c.JSON {
		out = t.err
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

// prove exports the books and checks them offline, with our verifier and with
// hledger, and shows that one changed byte is noticed.
func (c *demoCommand) prove(ctx context.Context, url, token string, tell func(string)) error {
	dir := filepath.Join(c.Out, "export")
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("clear %s: %w", dir, err)
	}
	if _, err := ledger.Export(ctx, ledger.ExportOptions{
		URL: serverFlags{URL: url}.log(), Token: token, Client: http.DefaultClient, Dir: dir,
	}); err != nil {
		return err
	}
	var signed struct{ VerifierKey string }
	if err := rest.New(url, "").Get(ctx, "/v1/ledger/checkpoint", &signed); err != nil {
		return err
	}
	verify := ledger.VerifyOptions{Dir: dir, Keys: []string{signed.VerifierKey}}
	report, err := ledger.Verify(ctx, verify)
	if err != nil {
		return err
	}
	if !report.OK() || !report.Signed {
		return fmt.Errorf("the export does not verify: %v", report.Findings)
	}
	tell(fmt.Sprintf("The export verifies offline: %d leaves, every hash, balance, signature and decision.", report.Size))
	if err := c.tamper(ctx, dir, verify, tell); err != nil {
		return err
	}
	return c.hledger(ctx, tell)
}

// tamper changes one byte of a copy of the export and expects it to be named.
func (c *demoCommand) tamper(ctx context.Context, dir string, verify ledger.VerifyOptions, tell func(string)) error {
	copied, err := os.MkdirTemp("", "solidarity-tampered-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(copied)
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		return fmt.Errorf("copy export: %w", err)
	}
	entries, err := filepath.Glob(filepath.Join(copied, "tile", "entries", "000*"))
	if err != nil || len(entries) == 0 {
		return fmt.Errorf("the export has no entries (%w)", errors.Join(err))
	}
	if info, err := os.Stat(entries[0]); err == nil && info.IsDir() {
		entries, err = filepath.Glob(filepath.Join(entries[0], "*"))
		if err != nil || len(entries) == 0 {
			return fmt.Errorf("the export has no entries (%w)", errors.Join(err))
		}
	}
	b, err := os.ReadFile(entries[0])
	if err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(entries[0], b, 0o600); err != nil {
		return fmt.Errorf("change entries: %w", err)
	}
	verify.Dir = copied
	report, err := ledger.Verify(ctx, verify)
	if err != nil {
		return err
	}
	if report.OK() {
		return errors.New("one changed byte was not noticed")
	}
	for _, f := range report.Findings {
		if f.Reference != "" {
			tell("One byte of a copy is changed, and the verifier names it: " + f.String())
			return nil
		}
	}
	return fmt.Errorf("one changed byte was noticed, but no entry was named: %v", report.Findings)
}

// hledger has the journal checked by the program that accountants use.
func (c *demoCommand) hledger(ctx context.Context, tell func(string)) error {
	path, err := exec.LookPath("hledger")
	if err != nil {
		tell("hledger is not installed; the journal is not checked with it.")
		return nil
	}
	cmd := exec.CommandContext(ctx, path, "-f", filepath.Join(c.Out, "journal.hledger"), "check", "--strict", "ordereddates")
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("hledger does not accept the journal: %s", out)
	}
	tell("hledger accepts the journal with check --strict ordereddates.")
	return nil
}
