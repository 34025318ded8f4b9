package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/solidarity-fund/solidarity/services/ledger"
)

type verifyCommand struct {
	JSONFlag
	Source        string   `arg:"" help:"Folder of an export, or the address of a running installation; or the word receipt before the proof of a gift."`
	File          string   `arg:"" optional:"" help:"Proof of a gift, as /v1/receipts:prove gives it: only --key and --json are for it." type:"existingfile"`
	Token         string   `help:"Token of an auditor, for a running installation." env:"SOLIDARITY_TOKEN" secret:"true"`
	Key           []string `help:"Verifier key (name+id+key) that you trust to sign for the log; may be given several times. A server shows its own at /v1/ledger/checkpoint: compare it with what you got another way."`
	Checkpoint    string   `help:"Signed checkpoint that you kept from an earlier time, for example the file checkpoint of an older export." type:"existingfile"`
	WitnessPolicy string   `help:"C2SP tlog-policy file: which witnesses must have cosigned." type:"existingfile"`
}

// Run recomputes the ledger from its first leaf and names what is wrong.
func (c *verifyCommand) Run(ctx context.Context, t *Terminal) error {
	if c.File != "" {
		if c.Source != receiptWord {
			return errors.New(`one source is verified at a time; before the proof of a gift stands the word "receipt"`)
		}
		return (&verifyReceipt{c.JSONFlag, c.File, c.Key}).Run(t)
	}
	options, err := c.options()
	if err != nil {
		return err
	}
	bar := newProgress(t, "Verifying", c.JSON)
	options.Progress = bar.set
	report, err := ledger.Verify(ctx, options)
	bar.finish()
	if err != nil {
		return err
	}
	if err := c.Print(t, report, func(w io.Writer) { c.tell(w, report) }); err != nil {
		return err
	}
	if !report.OK() {
		return errReported
	}
	return nil
}

func (c *verifyCommand) options() (ledger.VerifyOptions, error) {
	o := ledger.VerifyOptions{Dir: c.Source, Token: c.Token, Client: patientClient(silence), Keys: c.Key}
	if strings.HasPrefix(c.Source, "http://") || strings.HasPrefix(c.Source, "https://") {
		o.Dir, o.URL = "", serverFlags{URL: c.Source}.log()
	}
	for path, into := range map[string]*[]byte{c.Checkpoint: &o.Kept, c.WitnessPolicy: &o.Policy} {
		if path == "" {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return o, fmt.Errorf("read %s: %w", path, err)
		}
		*into = b
	}
	return o, nil
}

// tell says what was found, and what was not checked.
func (c *verifyCommand) tell(w io.Writer, r ledger.VerifyReport) {
	fmt.Fprintf(w, "%s: %d leaves (%d transactions, %d decisions, %d period closes), %d accounts\nroot %s\n",
		r.Origin, r.Size, r.Transactions, r.Decisions, r.Closes, r.Accounts, r.Root)
	for _, unchecked := range []struct {
		checked bool
		what    string
	}{
		{r.Signed, "the signature: give the key that you trust with --key"},
		{r.Continued, "that it continues what you saw before: give a kept checkpoint with --checkpoint"},
		{r.Witnessed, "cosignatures: give a policy with --witness-policy"},
		{r.Compared, "that a server's balances and checkpoints are those of these leaves: give its address instead of a folder"},
	} {
		if !unchecked.checked && r.OK() {
			fmt.Fprintf(w, "not checked: %s\n", unchecked.what)
		}
	}
	if r.Compared {
		fmt.Fprintf(w, "compared with what the server's tables say, and with its %d published checkpoints\n", r.Checkpoints)
	}
	for _, f := range r.Findings {
		fmt.Fprintln(w, "WRONG", f)
	}
	if r.More > 0 {
		fmt.Fprintf(w, "and %d more\n", r.More)
	}
	if r.Stopped {
		fmt.Fprintln(w, "stopped there: the rest was not looked at")
	}
	if r.OK() {
		fmt.Fprintln(w, "Verified: every hash, balance and decision is as it must be.")
	}
}
