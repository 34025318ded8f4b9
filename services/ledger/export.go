package ledger

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// ExportOptions says from where a ledger is exported, and to where.
type ExportOptions struct {
	// URL is the log's address on a running server, for example
	// "https://example.org/log"; Token is an auditor's and Client makes the
	// calls.
	URL    string
	Token  string
	Client *http.Client
	// Dir is the folder to write; one from a broken off or earlier export is
	// completed.
	Dir string
	// Progress is told how many of how many files are there; it may be nil.
	Progress func(done, total int64)
}

// ExportResult says what was exported.
type ExportResult struct {
	// Origin, Size and Root are those of the exported checkpoint.
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
	// Files counts the files beside the manifest, Bytes adds them up.
	Files int   `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Export writes the self-contained bundle of a running server's ledger, each
// file checked against the root of the checkpoint. Signatures and books are for
// Verify.
func Export(ctx context.Context, o ExportOptions) (ExportResult, error) {
	src := bundle.HTTP{Prefix: o.URL, Token: o.Token, Client: o.Client}
	m, err := bundle.Write(ctx, src, o.Dir, o.Progress)
	if err != nil {
		return ExportResult{}, fmt.Errorf("export ledger: %w", err)
	}
	signed, err := bundle.Dir(o.Dir).Checkpoint(ctx)
	if err != nil {
		return ExportResult{}, fmt.Errorf("export ledger: %w", err)
	}
	head, err := checkpoint.Unverified(signed)
	if err != nil {
		return ExportResult{}, fmt.Errorf("export ledger: %w", err)
	}
	r := ExportResult{Origin: tables.Plain(m.Origin), Size: m.Size, Root: base64.StdEncoding.EncodeToString(head.Root[:]), Files: len(m.Files)}
	for _, f := range m.Files {
		r.Bytes += f.Bytes
	}
	return r, nil
}
