package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAFileOfSettingsIsReadAsAShellReadsIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "ledger.env")
	text := "# a comment\n\nA=1\nB='two words & more'\nC=\"x=y\"\nD=\nA=3\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := readEnvironment(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(settingsFile{"A": "3", "B": "two words & more", "C": "x=y", "D": ""}, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"A", "A =1", "export A"} {
		if err := os.WriteFile(path, []byte("B=1\n"+bad+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := readEnvironment(path); err == nil || !strings.Contains(err.Error(), "line 2 of "+path) {
			t.Errorf("%q: %v, %v", bad, got, err)
		}
	}
}

func TestTheDoctorSaysAllThatIsMissingOfAServicesSettings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if code, printed := execute(t, "doctor", "--settings", dir); code != 1 || !strings.Contains(printed, "ledger.env") {
		t.Errorf("an empty folder: %d, %s", code, printed)
	}
	for name, text := range map[string]string{"ledger": "SOLIDARITY_TLS_DIR=tls\n", "gateway": "SOLIDARITY_TLS_DIR=tls\nX\n"} {
		if err := os.WriteFile(filepath.Join(dir, name+".env"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, printed := execute(t, "doctor", "--settings", dir)
	for _, want := range []string{"FAULT  ledger, settings: missing flags", "--database-url", "--secret-file", "--oidc-issuer", "FAULT  gateway, settings: read settings: line 2"} {
		if code != 1 || !strings.Contains(printed, want) {
			t.Errorf("%d, nothing of %q in %s", code, want, printed)
		}
	}
	for _, wrong := range [][]string{{"doctor"}, {"doctor", "legder"}, {"doctor", "ledger", "access"}} {
		if code, printed := execute(t, wrong...); code != 2 {
			t.Errorf("%q: %d, %s", wrong, code, printed)
		}
	}
}
