package command

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// staging answers an import and keeps what arrived.
type staging struct {
	list, token, body string
	status            int
}

func (s *staging) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.list, s.token, s.body = r.URL.Query().Get("sourceList"), r.Header.Get("Authorization"), string(body)
	if s.status != 0 {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(s.status)
		_, _ = io.WriteString(w, `{"status":400,"reason":"INVALID_FIELD","detail":"One field is wrong.","violations":[{"field":"file","description":"has no rows"}]}`)
		return
	}
	_, _ = io.WriteString(w, `{"name":"prisonerImports/i_1","state":"STAGED","parsedRows":9,"newRows":4,"changedRows":3,"unchangedRows":2,"vanishedRows":1,"heldBackRows":5,"fileSha256":"ab"}`)
}

// upload runs the import of a list with a name.
func upload(t *testing.T, s *staging, name string, more ...string) (code int, printed string) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(file, []byte("id,name\n1,x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return execute(t, append([]string{"import", "prisoners", "--url", server.URL, "--token", "t-1", "--source-list", name, file}, more...)...)
}

func TestAListIsSentWholeUnderItsName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"main", "spring list", "a&sourceList=b", "ё%2F+#x"} {
		s := &staging{}
		code, printed := upload(t, s, name)
		if code != 0 || s.list != name || s.body != "id,name\n1,x\n" || s.token != "Bearer t-1" {
			t.Errorf("%s: ended with %d, %+v", name, code, s)
		}
		for _, line := range []string{"prisonerImports/i_1 is staged: 9 rows", "new        4", "changed    3", "unchanged  2", "vanished   1", "held back  5"} {
			if !strings.Contains(printed, line) {
				t.Errorf("%q is not in %s", line, printed)
			}
		}
	}
}

func TestAnImportIsReadByMachines(t *testing.T) {
	t.Parallel()
	_, printed := upload(t, &staging{}, "main", "--json")
	var got stagedImport
	if err := json.Unmarshal([]byte(printed), &got); err != nil || got.Name != "prisonerImports/i_1" || got.HeldBackRows != 5 || got.FileSHA256 != "ab" {
		t.Errorf("%v in %s", err, printed)
	}
}

func TestARefusedImportSaysWhy(t *testing.T) {
	t.Parallel()
	code, printed := upload(t, &staging{status: http.StatusBadRequest}, "main")
	if code != 1 || !strings.Contains(printed, "[file: has no rows]") || strings.Contains(printed, "staged") {
		t.Errorf("ended with %d, printed %s", code, printed)
	}
}

// What machines read must hold nothing beside the result, and a file no bars.
func TestProgressIsShownOnATerminalOnly(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ interactive, quiet, shown bool }{{true, false, true}, {true, true, false}, {false, false, false}} {
		var out bytes.Buffer
		bar := newProgress(&Terminal{Err: &out, Interactive: test.interactive}, "Verifying", test.quiet)
		for done := range int64(3) {
			bar.set(done, 3)
		}
		bar.finish()
		if got := strings.Contains(out.String(), "Verifying"); got != test.shown {
			t.Errorf("%+v: printed %q", test, out.String())
		}
	}
}
