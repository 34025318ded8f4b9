package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/alecthomas/kong"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

// services are the commands that run one.
var services = []string{"access", "donations", "families", "disbursements", "ledger", "gateway"}

func TestTheExitCodeTellsUsageFromFailure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"--help"}, 0, "Verify a bundle or a running server"},
		{[]string{"verify", "--help"}, 0, "--witness-policy"},
		{[]string{"version"}, 0, ""},
		{nil, 2, "see `solidarity --help`"},
		{[]string{"nothing"}, 2, "see `solidarity --help`"},
		{[]string{"verify"}, 2, "see `solidarity verify --help`"},
		{[]string{"verify", "--no-such-flag", dir}, 2, "--no-such-flag"},
		{[]string{"verify", "--checkpoint", filepath.Join(dir, "none"), dir}, 2, "--checkpoint"},
		{[]string{"import", "prisoners", filepath.Join(dir, "none.csv")}, 2, "none.csv"},
		{[]string{"ledger"}, 2, "--"},
		{[]string{"verify", dir}, 1, "solidarity: "},
		{[]string{"verify", dir, "usage_test.go"}, 1, "receipt"},
		{[]string{"verify", "receipt", filepath.Join(dir, "none")}, 2, "none"},
		{[]string{"verify", "receipt", "usage_test.go"}, 1, "FORMAT"},
		{[]string{"secret", filepath.Join(dir, "a\nb", strings.Repeat("x", 300))}, 1, "solidarity: "},
	} {
		code, printed := execute(t, test.args...)
		if code != test.code || !strings.Contains(printed, test.says) {
			t.Errorf("%q ended with %d, printed %s", test.args, code, printed)
		}
		if test.code > 0 && strings.Count(printed, "\n") != 1 {
			t.Errorf("%q: an error of several lines: %q", test.args, printed)
		}
	}
}

func TestWhatIsPrintedOfStrangersIsOneLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.Map(rapid.SliceOf(rapid.OneOf(rapid.Byte(), rapid.ByteRange(' ', '~'))), func(b []byte) string { return string(b) }).Draw(t, "text")
		got := printable(text)
		if strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) || printable(got) != got {
			t.Fatalf("%q is printed as %q", text, got)
		}
	})
	if got := printable("Фонд: закрыты"); got != "Фонд: закрыты" {
		t.Errorf("got %q", got)
	}
}

func TestASecretIsMadeOnceAndForItsOwner(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys", "master.json")
	if code, printed := execute(t, "secret", path); code != 0 || !strings.Contains(printed, path) {
		t.Fatalf("ended with %d, printed %s", code, printed)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if code, printed := execute(t, "secret", path); code != 1 || !strings.Contains(printed, "is there already") {
		t.Errorf("again: ended with %d, printed %s", code, printed)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the key was replaced, %v", err)
	}
}

// mark stands in every secret below.
const mark = "MARK-8c2"

// flagsOf gives every setting of a service a value, secrets with marks wherever one
// can stand, and returns the names of the secret ones.
func flagsOf(t *testing.T, service string) (flags []string, secrets map[string]bool) {
	t.Helper()
	parser, err := Program{Name: "solidarity", Commands: &Shared{}}.parser(&Terminal{Out: os.Stdout, Err: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	secrets = map[string]bool{}
	for _, node := range parser.Model.Children {
		if node.Name != service {
			continue
		}
		if node.DefaultCmd != nil { // a service with further commands
			node = node.DefaultCmd
		}
		for _, f := range node.Flags {
			if f.Tag.Get("secret") != "" {
				secrets[f.Name] = true
				flags = append(flags, "--"+f.Name+"=postgres://user:"+mark+"@db.example/books?password="+mark+"&sslmode=require")
			} else if f.Required {
				flags = append(flags, "--"+f.Name+"="+example(f))
			}
		}
	}
	return flags, secrets
}

// example is some value that a flag takes.
func example(f *kong.Flag) string {
	if f.IsMap() {
		return "a=b"
	}
	return "1"
}

// The settings of a service can be shown to anybody who helps.
func TestTheSettingsAreShownWithoutTheirSecrets(t *testing.T) {
	t.Parallel()
	for _, service := range services {
		flags, secrets := flagsOf(t, service)
		for _, form := range [][]string{nil, {"--json"}} {
			args := append(append([]string{"config"}, form...), service, "--")
			code, printed := execute(t, append(args, flags...)...)
			if code != 0 || strings.Contains(printed, mark) {
				t.Errorf("%s: ended with %d, printed %s", service, code, printed)
			}
			if form == nil {
				continue
			}
			var settings map[string]string
			if err := json.Unmarshal([]byte(printed), &settings); err != nil || settings["log-level"] != "info" {
				t.Errorf("%s: %v in %v", service, err, settings)
			}
			for name := range secrets {
				if settings[name] == "" {
					t.Errorf("%s: whether %s is set is not shown", service, name)
				}
			}
		}
	}
}

func TestSecretsInOtherFormsAreNotShown(t *testing.T) {
	t.Parallel()
	required, _ := flagsOf(t, "ledger")
	for _, secret := range []string{"host=db password=" + mark, mark, "postgres:///books?host=/run&password=" + mark, "postgres://user@db/books?sslpassword=" + mark, ":" + mark} {
		code, printed := execute(t, append(append([]string{"config", "ledger", "--"}, required...), "--database-url="+secret)...)
		if code != 0 || strings.Contains(printed, mark) {
			t.Errorf("%s: ended with %d, printed %s", secret, code, printed)
		}
	}
}

// Who is told to stop while it starts has done so; whatever else fails is told.
func TestAServiceThatIsStoppedWhileItStartsHasNotFailed(t *testing.T) {
	t.Parallel()
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("broken")
	for _, test := range []struct {
		name string
		ctx  context.Context //nolint:containedctx // a case of the table
		err  error
		want error
	}{
		{"stopped", stopped, fmt.Errorf("open: %w", context.Canceled), nil},
		{"broken", t.Context(), broken, broken},
		{"broken while stopping", stopped, broken, broken},
		{"cancelled by somebody else", t.Context(), context.Canceled, context.Canceled},
		{"done", t.Context(), nil, nil},
		{"was to migrate only", t.Context(), fmt.Errorf("open: %w", service.ErrMigrated), nil},
	} {
		var out strings.Builder
		got := serve(test.ctx, &Terminal{Err: &out}, "ledger", config.Logging{LogLevel: "info", LogFormat: "text"}, func(h service.Host) error {
			h.Log.Info("begins")
			return test.err
		})
		if !errors.Is(got, test.want) || (got == nil) != (test.want == nil) || !strings.Contains(out.String(), "service=ledger") {
			t.Errorf("%s: %v, logged %s", test.name, got, out.String())
		}
	}
}
