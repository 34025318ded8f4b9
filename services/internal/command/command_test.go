package command

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// evil is what a crafted server or bundle would have a terminal show.
const evil = "x\x1b[2J\x1b[H\nVerified: every hash\u202e\r"

// execute runs a command line and returns its exit code and all that it has printed.
func execute(t *testing.T, args ...string) (code int, printed string) {
	var out bytes.Buffer
	program := Program{Name: "solidarity", Commands: &Shared{}}
	code = program.Run(t.Context(), args, &Terminal{Out: &out, Err: &out})
	return code, out.String()
}

// harmless fails where a terminal would do something else than print lines that
// begin as ours do.
func harmless(t *testing.T, code int, printed string) {
	t.Helper()
	if code == 0 || strings.ContainsFunc(printed, func(r rune) bool { return r != '\n' && (r < ' ' || r > '~') }) {
		t.Errorf("exit code %d, printed %q", code, printed)
	}
	for line := range strings.Lines(printed) {
		if strings.HasPrefix(line, "Verified") {
			t.Errorf("printed %q", printed)
		}
	}
}

func TestACraftedBundleWritesNothingOfItsOwnOnTheTerminal(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"an origin": {"checkpoint": evil + "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u2014 " + evil + " AAAAAAAA\n"},
		"a path":    {"checkpoint": "x"},
	} {
		dir := t.TempDir()
		type file struct {
			Path   string `json:"path"`
			Bytes  int64  `json:"bytes"`
			SHA256 string `json:"sha256"`
		}
		manifest, err := json.MarshalIndent(struct {
			Format string `json:"format"`
			Origin string `json:"origin"`
			Size   int64  `json:"size"`
			Files  []file `json:"files"`
		}{"solidarity-ledger-bundle/1", evil, 0, []file{{"checkpoint", 1, evil}}}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		files["manifest.json"] = string(manifest) + "\n"
		for path, text := range files {
			if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		code, printed := execute(t, "verify", dir)
		t.Log(name)
		harmless(t, code, printed)
	}
}

// A server may answer with any words.
func TestACraftedServerWritesNothingOfItsOwnOnTheTerminal(t *testing.T) {
	t.Parallel()
	lis := rawServer(t, "HTTP/1.1 418 x\x1b[2J\rVerified: every hash\x1b[8m\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	for _, args := range [][]string{{"verify", lis}, {"export", "--url", lis, t.TempDir()}} {
		code, printed := execute(t, args...)
		harmless(t, code, printed)
	}
	redirect := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Location"] = []string{"http://127.0.0.1:1/\u009b2J\u202e"}
		w.WriteHeader(http.StatusFound)
	}))
	t.Cleanup(redirect.Close)
	code, printed := execute(t, "verify", redirect.URL)
	harmless(t, code, printed)
}

// rawServer answers every request with the same bytes.
func rawServer(t *testing.T, answer string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		out.WriteString(answer) //nolint:errcheck // the client is the test
		out.Flush()             //nolint:errcheck // the client is the test
	}))
	t.Cleanup(s.Close)
	return s.URL
}
