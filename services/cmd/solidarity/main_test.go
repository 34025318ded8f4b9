package main_test

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// development lists what must not be in the program that runs for real: a module,
// a package with all below it, or words that the program would hold.
var development = []string{
	"module github.com/stripe/stripe-mock",
	"package github.com/stripe/stripe-mock",
	"package github.com/solidarity-fund/solidarity/services/dev",
	"word github.com/go-jose/go-jose/v4.NewSigner", // the issuer's half of what also checks tokens
	"word github.com/go-jose/go-jose/v4/jwt.Signed",
	"word solidarity/services/dev/",
	"word sk_test_development",
	"word whsec_development",
}

// built is a program and what its build tells of it.
type built struct {
	path              string
	modules, packages []string
	content           []byte
}

// build builds the program of a folder.
func build(t *testing.T, folder string) built {
	t.Helper()
	b := built{path: filepath.Join(t.TempDir(), "program")}
	command(t, "go", "build", "-o", b.path, folder)
	b.packages = strings.Fields(command(t, "go", "list", "-deps", folder))
	info, err := buildinfo.ReadFile(b.path)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range info.Deps {
		b.modules = append(b.modules, m.Path)
	}
	if b.content, err = os.ReadFile(b.path); err != nil {
		t.Fatal(err)
	}
	return b
}

func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, errs.String())
	}
	return string(out)
}

// holds reports whether one of the things for development is in the program.
func (b built) holds(thing string) bool {
	kind, name, _ := strings.Cut(thing, " ")
	switch kind {
	case "module":
		return slices.Contains(b.modules, name)
	case "package":
		return slices.ContainsFunc(b.packages, func(p string) bool { return p == name || strings.HasPrefix(p, name+"/") })
	default:
		return bytes.Contains(b.content, []byte(name))
	}
}

func TestNothingForDevelopmentIsInTheProgramThatRunsForReal(t *testing.T) {
	t.Parallel()
	released, dev := build(t, "."), build(t, "../solidarity-dev")
	for _, thing := range development {
		if released.holds(thing) {
			t.Errorf("the program holds the %s", thing)
		}
		// The other one must, else this test looks for something that is called
		// otherwise now.
		if !dev.holds(thing) {
			t.Errorf("solidarity-dev does not hold the %s", thing)
		}
	}
}

// What is there for tests only has a name that ends so.
func TestNothingForTestsIsInEitherProgram(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "../solidarity-dev"} {
		for _, p := range strings.Fields(command(t, "go", "list", "-deps", folder)) {
			if strings.HasPrefix(p, "github.com/solidarity-fund/") && strings.HasSuffix(p, "test") {
				t.Errorf("%s holds the package %s", folder, p)
			}
		}
	}
}

func TestTheProgramThatRunsForRealHasNoCommandForDevelopment(t *testing.T) {
	t.Parallel()
	program := build(t, ".").path
	for _, name := range []string{"run", "dev", "demo", "token", "generate", "oidc", "stripe", "clock", "sandbox"} {
		out, err := exec.CommandContext(t.Context(), program, name).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "see `solidarity --help`") {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
}

func TestWhatRunsForRealIsInTheProgramForDevelopmentToo(t *testing.T) {
	t.Parallel()
	commands := func(folder string) []string {
		var names []string
		for line := range strings.Lines(command(t, "go", "run", folder, "--help")) {
			if name, ok := strings.CutPrefix(line, "  "); ok && !strings.HasPrefix(name, " ") && !strings.HasPrefix(name, "-") {
				names = append(names, strings.Fields(name)[0])
			}
		}
		return names
	}
	released, dev := commands("."), commands("../solidarity-dev")
	if len(released) < 10 || len(dev) <= len(released) {
		t.Errorf("solidarity has %q, solidarity-dev %q", released, dev)
	}
	for _, name := range released {
		if !slices.Contains(dev, name) {
			t.Errorf("solidarity-dev has no command %s", name)
		}
	}
}

// What development may do stays on this machine and away from live keys, given as a
// flag or by the environment.
func TestDevelopmentSettingsAreRefusedWhereTheyCouldDoHarm(t *testing.T) {
	t.Parallel()
	program, missing := build(t, ".").path, filepath.Join(t.TempDir(), "missing")
	common := []string{"--tls-dir=" + missing, "--oidc-issuer=https://issuer.example", "--secret-file=" + missing,
		"--database-url=postgres://127.0.0.1:1/x", "--ledger-addr=127.0.0.1:1"}
	donations := append([]string{"donations", "--access-addr=127.0.0.1:1", "--families-addr=127.0.0.1:1", "--key-store-url=postgres://127.0.0.1:1/x",
		"--stripe-webhook-secrets=whsec_x", "--listen=127.0.0.1:0"}, common...)
	for name, test := range map[string]struct {
		args []string
		env  string
		want string
	}{
		"a flag, beyond this machine":            {append([]string{"access", "--listen=0.0.0.0:0", "--development"}, common...), "", "on the loopback only"},
		"the environment, beyond this machine":   {append([]string{"access", "--listen=0.0.0.0:0"}, common...), "SOLIDARITY_DEVELOPMENT=true", "on the loopback only"},
		"a flag, with a live key":                {append(donations[:len(donations):len(donations)], "--stripe-key=sk_live_x", "--development"), "", "a live Stripe key is refused"},
		"another Stripe's address, and live key": {append(donations[:len(donations):len(donations)], "--stripe-key=sk_live_x"), "SOLIDARITY_STRIPE_URL=http://127.0.0.1:1", "a live Stripe key is refused"},
	} {
		cmd := exec.CommandContext(t.Context(), program, test.args...)
		cmd.Env = append(os.Environ(), test.env)
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), test.want) {
			t.Errorf("%s: %v, %s, want %q", name, err, out, test.want)
		}
	}
}
