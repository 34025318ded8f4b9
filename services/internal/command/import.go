package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

type importCommand struct {
	Prisoners importPrisonersCommand `cmd:"" help:"Stage a list of prisoners; another person merges it."`
}

type importPrisonersCommand struct {
	serverFlags
	JSONFlag
	File       string `arg:"" help:"CSV file with a header in English, Belarusian or Russian (docs/imports.md; check it first with check list)." type:"existingfile"`
	SourceList string `help:"Name of the list that the file is a version of." default:"main"`
}

// stagedImport is what the API tells of an import.
type stagedImport struct {
	Name          string `json:"name"`
	State         string `json:"state"`
	ParsedRows    int    `json:"parsedRows"`
	NewRows       int    `json:"newRows"`
	ChangedRows   int    `json:"changedRows"`
	UnchangedRows int    `json:"unchangedRows"`
	VanishedRows  int    `json:"vanishedRows"`
	HeldBackRows  int    `json:"heldBackRows"`
	FileSHA256    string `json:"fileSha256"`
}

// Run uploads the file and prints what is new, changed, vanished and held back.
func (c *importPrisonersCommand) Run(ctx context.Context, t *Terminal) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fmt.Errorf("open list: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("open list: %w", err)
	}
	bar := newProgress(t, "Importing", c.JSON)
	body := io.TeeReader(f, &counter{total: info.Size(), progress: bar})
	resp, err := restclient.New(c.URL, c.Token).Do(ctx, http.MethodPost,
		"/v1/prisonerImports?sourceList="+url.QueryEscape(c.SourceList), "text/csv", "", body)
	bar.finish()
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var staged stagedImport
	if err := json.NewDecoder(resp.Body).Decode(&staged); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return c.Print(t, staged, func(w io.Writer) {
		fmt.Fprintf(w, `%s is staged: %d rows
  new        %d
  changed    %d
  unchanged  %d
  vanished   %d (never taken for a release)
  held back  %d (clashing or anonymous rows: nothing merges by itself on a name)
SHA-256 %s
Another person merges it: POST /v1/%s:merge
`, staged.Name, staged.ParsedRows, staged.NewRows, staged.ChangedRows, staged.UnchangedRows,
			staged.VanishedRows, staged.HeldBackRows, staged.FileSHA256, staged.Name)
	})
}

// counter tells a progress bar how many bytes went by.
type counter struct {
	done, total int64
	progress    *progress
}

// Write counts p.
func (c *counter) Write(p []byte) (int, error) {
	c.done += int64(len(p))
	c.progress.set(c.done, c.total)
	return len(p), nil
}
