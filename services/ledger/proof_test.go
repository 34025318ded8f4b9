package ledger_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/ledger"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/bundle/bundletest"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/checkpoint"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/witness"
)

// serve shows a log as the gateway does.
func serve(t *testing.T, l *bundletest.Log) *httptest.Server {
	t.Helper()
	tables := bundletest.Story(t).Serve()
	tables.Publish(l)
	tables.Log, tables.Records = l, l.Serve().Records
	server := httptest.NewServer(tables)
	t.Cleanup(server.Close)
	return server
}

func TestAServerIsExportedAndBothVerify(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t).Gifts(300).Seal(t)
	server := serve(t, l)
	dir := t.TempDir()
	exported, err := ledger.Export(t.Context(), ledger.ExportOptions{URL: server.URL + "/log", Client: server.Client(), Dir: dir})
	if err != nil || exported.Size != int64(len(l.Leaves)) || exported.Origin != bundletest.Origin || exported.Files != 6 {
		t.Fatalf("%+v, %v", exported, err)
	}
	kept, _ := bundletest.Story(t).Checkpoint(t.Context())
	for name, o := range map[string]ledger.VerifyOptions{
		"folder": {Dir: dir}, "server": {URL: server.URL + "/log", Client: server.Client()},
	} {
		o.Keys, o.Kept = []string{l.Signer.VerifierKey()}, kept
		report, err := ledger.Verify(t.Context(), o)
		if err != nil || !report.OK() || !report.Signed || !report.Continued || report.Root != exported.Root || report.Compared != (name == "server") {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
}

// A file that was cut to nothing must not turn off what it asks for.
func TestAnEmptyFileIsNoPolicyAndNoKeptCheckpoint(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := bundle.Write(t.Context(), bundletest.Story(t), dir, nil); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]ledger.VerifyOptions{"policy": {Policy: []byte{}}, "kept checkpoint": {Kept: []byte{}}, "key": {Keys: []string{""}}} {
		o.Dir = dir
		if report, err := ledger.Verify(t.Context(), o); err == nil {
			t.Errorf("an empty %s: %+v", name, report)
		}
	}
}

func TestAChangedByteInAnExportIsNamed(t *testing.T) {
	t.Parallel()
	l := bundletest.Story(t)
	dir := t.TempDir()
	if _, err := bundle.Write(t.Context(), l, dir, nil); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"tile/entries/000.p/40": "entry 24 (stripe/9f3a/charge): HASH",
		"manifest.json":         "MANIFEST",
	} {
		file := filepath.Join(dir, path)
		right, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wrong := strings.Replace(string(right), "donations/d_1", "donations/d_2", 1)
		if path == "manifest.json" {
			wrong = strings.Replace(wrong, "size", "sizE", 1)
		}
		for _, content := range []string{wrong, string(right)} {
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			report, err := ledger.Verify(t.Context(), ledger.VerifyOptions{Dir: dir})
			if err != nil || report.OK() != (content == string(right)) {
				t.Fatalf("%s: %+v, %v", path, report, err)
			}
			if !report.OK() && !strings.HasPrefix(report.Findings[0].String(), want) {
				t.Errorf("%s: the first of %s does not name %s", path, words(report), want)
			}
		}
	}
}

func words(r ledger.VerifyReport) string {
	var lines []string
	for _, f := range r.Findings {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]ledger.VerifyOptions{
		"nothing": {}, "both": {Dir: ".", URL: "http://127.0.0.1"}, "no such folder": {Dir: filepath.Join(t.TempDir(), "x")},
		"bad key": {Dir: ".", Keys: []string{"key"}}, "bad policy": {Dir: ".", Policy: []byte("quorum nobody")},
	} {
		if report, err := ledger.Verify(t.Context(), o); err == nil {
			t.Errorf("%s: %+v", name, report)
		}
	}
}

func TestAWitnessServesAndKeepsItsKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := bundletest.Story(t)
	signed, _ := l.Checkpoint(t.Context())
	for range 2 {
		lis, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- ledger.Witness(ctx, ledger.WitnessOptions{
				Name: "witness.test", KeyFile: filepath.Join(dir, "key"), StateFile: filepath.Join(dir, "state.json"),
				Logs: []string{l.Signer.VerifierKey()}, Listener: lis, Log: slog.New(slog.DiscardHandler), Now: time.Now,
			})
		}()
		c := witness.Client{URL: "http://" + lis.Addr().String(), HTTP: http.DefaultClient, Verifier: l.Key(t)}
		waitFor(t, filepath.Join(dir, "key"))
		key, err := os.ReadFile(filepath.Join(dir, "key"))
		if err != nil {
			t.Fatal(err)
		}
		cosigner, err := checkpoint.ParseCosigner(string(key), time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if c.Verifier, err = checkpoint.ParseCosignatureVerifier(cosigner.VerifierKey()); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Cosign(t.Context(), signed, 0, bundle.Tiles{Source: l}); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// waitFor waits until a file is there and not empty.
func waitFor(t *testing.T, file string) {
	t.Helper()
	for range 500 {
		if info, err := os.Stat(file); err == nil && info.Size() > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s did not appear", file)
}
