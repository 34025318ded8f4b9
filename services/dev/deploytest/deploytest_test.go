// Package deploytest checks what deploy/ says about the program against the program:
// settings, flags, files, ports, and who calls whom. No container engine is needed.
package deploytest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/internal/command"
)

// services are all that an installation runs.
var services = []string{"access", "ledger", "families", "donations", "disbursements", "gateway"}

// asProgram has this test's own program be solidarity.
const asProgram = "DEPLOYTEST_IS_SOLIDARITY"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(command.Program{Name: "solidarity", Commands: &command.Shared{}}.Main())
	}
	os.Exit(m.Run())
}

// solidarity runs the program with an environment of its own and returns what it prints.
func solidarity(t *testing.T, env []string, args ...string) (string, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(slices.Clone(env), asProgram+"=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// known are the names of the settings of a service in the environment, and its flags.
func known(t *testing.T, service string) (settings, flags []string) {
	t.Helper()
	args := []string{service, "--help"}
	if service == "access" { // it has commands beside this one
		args = []string{service, "serve", "--help"}
	}
	var out strings.Builder
	program := command.Program{Name: "solidarity", Commands: &command.Shared{}}
	if code := program.Run(t.Context(), args, &command.Terminal{Out: &out, Err: &out}); code != 0 {
		t.Fatalf("%s --help ended with %d: %s", service, code, out.String())
	}
	text := strings.Join(strings.Fields(out.String()), " ")
	for _, m := range regexp.MustCompile(`\$(SOLIDARITY_[A-Z_]+)`).FindAllStringSubmatch(text, -1) {
		settings = append(settings, m[1])
	}
	return settings, append(flags, regexp.MustCompile(`--[a-z-]+`).FindAllString(text, -1)...)
}

// peers are the services that a service calls, by the addresses that it takes.
func peers(t *testing.T, service string) []string {
	t.Helper()
	settings, _ := known(t, service)
	var all []string
	for _, other := range services {
		if slices.Contains(settings, addressOf(other)) {
			all = append(all, other)
		}
	}
	return all
}

func addressOf(service string) string { return "SOLIDARITY_" + strings.ToUpper(service) + "_ADDR" }

// root is a file of the source.
func root(parts ...string) string {
	return filepath.Join(append([]string{"..", "..", ".."}, parts...)...)
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// prepare makes the folder that containers take their settings and secrets from.
func prepare(t *testing.T, folder string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "solidarity")
	if err := os.WriteFile(program, fmt.Appendf(nil, "#!/bin/sh\n%s=1 exec %s \"$@\"\n", asProgram, self), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), root("deploy", "prepare"), folder)
	cmd.Env = append(os.Environ(), "SOLIDARITY="+program, "ISSUER=https://id.example.org/staff", "LOG_ORIGIN=fund.example.org/ledger/main",
		"STRIPE_KEY=sk_live_example", "STRIPE_WEBHOOK_SECRET=whsec_example", "SENDER_NAME=Example Foundation", "SENDER_IBAN=LT121000011101001000")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// environment are the lines NAME=VALUE of a file, as containers get them: without taking
// off quotation marks.
func environment(t *testing.T, file string) map[string]string {
	t.Helper()
	set := map[string]string{}
	for line := range strings.Lines(read(t, file)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok || strings.ContainsAny(value, `"'$`) {
			t.Errorf("%s: %q is not read alike everywhere", file, name)
		}
		set[name] = value
	}
	return set
}
