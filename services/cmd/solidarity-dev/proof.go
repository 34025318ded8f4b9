package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
	"github.com/solidarity-fund/solidarity/services/ledger"
)

// proof checks what a demonstration leaves, with the tools that banks and auditors
// have.
type proof struct {
	out  string // folder of the demonstration
	tell func(string)
}

// run exports the books and verifies them offline, shows that one changed byte is
// noticed, and has journal and bank files checked.
func (p proof) run(ctx context.Context, url, token string) error {
	dir := filepath.Join(p.out, "export")
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("clear %s: %w", dir, err)
	}
	if _, err := ledger.Export(ctx, ledger.ExportOptions{
		URL: url + "/log", Token: token, Client: http.DefaultClient, Dir: dir,
	}); err != nil {
		return err
	}
	var signed struct{ VerifierKey string }
	if err := restclient.New(url, "").Get(ctx, "/v1/ledger/checkpoint", &signed); err != nil {
		return err
	}
	options := ledger.VerifyOptions{Dir: dir, Keys: []string{signed.VerifierKey}}
	report, err := ledger.Verify(ctx, options)
	if err != nil {
		return err
	}
	if !report.OK() || !report.Signed {
		return fmt.Errorf("the export does not verify: %v", report.Findings)
	}
	p.tell(fmt.Sprintf("The export verifies offline: %d leaves, every hash, balance, signature and decision.", report.Size))
	if err := p.tamper(ctx, options); err != nil {
		return err
	}
	if err := p.bankFiles(ctx); err != nil {
		return err
	}
	return p.journal(ctx)
}

// tamper changes one byte of a copy of the export and expects the entry to be
// named.
func (p proof) tamper(ctx context.Context, options ledger.VerifyOptions) error {
	copied, err := os.MkdirTemp("", "solidarity-tampered-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(copied)
	if err := os.CopyFS(copied, os.DirFS(options.Dir)); err != nil {
		return fmt.Errorf("copy export: %w", err)
	}
	if err := changeByte(filepath.Join(copied, "tile", "entries")); err != nil {
		return fmt.Errorf("change the copy: %w", err)
	}
	options.Dir = copied
	report, err := ledger.Verify(ctx, options)
	if err != nil {
		return err
	}
	for _, f := range report.Findings {
		if f.Reference != "" {
			p.tell("One byte of a copy is changed, and the verifier names it: " + f.String())
			return nil
		}
	}
	return fmt.Errorf("one byte was changed and no entry was named: %v", report.Findings)
}

// changeByte changes a byte of a leaf in the middle of the first file below dir.
func changeByte(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		at := 0
		for at+2 < len(b)/2 { // leaves stand behind their lengths, two bytes each
			at += 2 + int(binary.BigEndian.Uint16(b[at:]))
		}
		b[min(at+2+20, len(b)-1)] ^= 1
		if err := os.WriteFile(path, b, 0o600); err != nil {
			return err
		}
		return fs.SkipAll
	})
}

// bankFiles has xmllint check the payment files and the statement against the
// official schemas, where both are at hand.
func (p proof) bankFiles(ctx context.Context) error {
	data := os.Getenv("SOLIDARITY_DATA")
	xmllint, ok := installed("xmllint")
	if !ok || data == "" {
		p.tell("xmllint or the official schemas (SOLIDARITY_DATA) are not here; the bank files are not checked against them.")
		return nil
	}
	for pattern, schema := range map[string]string{"pain001*.xml": "pain.001.001.09.xsd", "camt053.xml": "camt.053.001.08.xsd"} {
		files, err := filepath.Glob(filepath.Join(p.out, pattern))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("there is no %s", pattern)
		}
		args := append([]string{"--noout", "--nonet", "--schema", filepath.Join(data, "iso20022", schema)}, files...)
		//nolint:gosec // the program is xmllint, the files are those of this demonstration
		if out, err := exec.CommandContext(ctx, xmllint, args...).CombinedOutput(); err != nil {
			return fmt.Errorf("xmllint does not accept %s: %s", pattern, out)
		}
	}
	p.tell("xmllint accepts the payment files and the statement by the official schemas.")
	return nil
}

// installed finds a program.
func installed(name string) (path string, ok bool) {
	path, err := exec.LookPath(name)
	return path, err == nil
}

// journal has hledger check the journal.
func (p proof) journal(ctx context.Context) error {
	path, ok := installed("hledger")
	if !ok {
		p.tell("hledger is not installed; the journal is not checked with it.")
		return nil
	}
	cmd := exec.CommandContext(ctx, path, "-f", filepath.Join(p.out, "journal.hledger"), "check", "--strict", "ordereddates")
	cmd.Env = append(os.Environ(), "LANG=C.UTF-8", "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("hledger does not accept the journal: %s", out)
	}
	p.tell("hledger accepts the journal with check --strict ordereddates.")
	return nil
}
