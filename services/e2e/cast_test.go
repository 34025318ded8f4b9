package e2e

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// create posts JSON that must succeed and returns the answer.
func (c *cast) create(token, path, body string) map[string]any {
	c.i.t.Helper()
	var out map[string]any
	if err := restclient.New(c.i.state.REST, token).Post(c.i.t.Context(), path, json.RawMessage(body), &out); err != nil {
		c.i.t.Fatalf("POST %s: %v", path, err)
	}
	return out
}

func (c *cast) read(token, path string, out any) {
	c.i.t.Helper()
	if err := restclient.New(c.i.state.REST, token).Get(c.i.t.Context(), path, out); err != nil {
		c.i.t.Fatalf("GET %s: %v", path, err)
	}
}

// importList imports and merges a small made-up list.
func (c *cast) importList() {
	c.i.t.Helper()
	path := filepath.Join(c.i.t.TempDir(), "list.csv")
	if out, errs, err := run(c.i.t, "generate", "prisoners", path, "--rows", "300"); err != nil {
		c.i.t.Fatalf("generate: %v\n%s%s", err, out, errs)
	}
	rows, err := os.ReadFile(path)
	if err != nil {
		c.i.t.Fatal(err)
	}
	resp, err := restclient.New(c.i.state.REST, c.caseworker).Do(c.i.t.Context(), http.MethodPost,
		"/v1/prisonerImports?sourceList=spring", "text/csv", "", bytes.NewReader(rows))
	if err != nil {
		c.i.t.Fatal(err)
	}
	defer resp.Body.Close()
	var imported struct{ Name, State string }
	b, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(b, &imported) != nil {
		c.i.t.Fatalf("%v: %s", err, b)
	}
	c.create(c.verifier, "/v1/"+imported.Name+":merge", `{}`)
	for deadline := time.Now().Add(30 * time.Second); imported.State != "PRISONER_IMPORT_STATE_MERGED"; time.Sleep(50 * time.Millisecond) {
		if c.read(c.verifier, "/v1/"+imported.Name, &imported); time.Now().After(deadline) {
			c.i.t.Fatalf("the list is still %s", imported.State)
		}
	}
}

// books is the trial balance as text.
func (c *cast) books(t *testing.T) string {
	t.Helper()
	var out json.RawMessage
	if err := restclient.New(c.i.state.REST, c.auditor).Get(t.Context(), "/v1/ledger/trialBalance?detailed=true", &out); err != nil {
		t.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, out); err != nil {
		t.Fatal(err)
	}
	return compact.String()
}
