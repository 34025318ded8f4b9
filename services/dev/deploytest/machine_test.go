package deploytest

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestTheImageHoldsTheProgramAloneAndIsNotRoot(t *testing.T) {
	t.Parallel()
	file := read(t, root("deploy", "Containerfile"))
	_, last, _ := strings.Cut(file, "FROM scratch\n")
	for _, want := range []string{"USER 65532:65532\n", "ENTRYPOINT [\"/solidarity\"]\n", "/etc/ssl/certs/ca-certificates.crt"} {
		if !strings.Contains(last, want) {
			t.Errorf("the image lacks %q", want)
		}
	}
	if n := strings.Count(last, "COPY"); n != 2 || strings.Contains(last, "RUN") {
		t.Errorf("%d things are put into the image", n)
	}
	compiler := regexp.MustCompile(`FROM golang:(1\.[0-9]+) AS build`).FindStringSubmatch(file)
	if compiler == nil || !strings.Contains(read(t, root("go.work")), "go "+compiler[1]+".") {
		t.Errorf("the source is for another Go than %v", compiler)
	}
	// Static: no package of ours or others' needs C, and Go's own do without it.
	if !strings.Contains(file, "CGO_ENABLED=0 go build") {
		t.Error("the program is not static")
	}
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if and .CgoFiles (not .Standard)}}{{.ImportPath}}{{end}}",
		"github.com/solidarity-fund/solidarity/services/cmd/solidarity")
	if out, err := list.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "" {
		t.Errorf("needs C: %s %v", out, err)
	}
	// Nothing reaches the engine but the source.
	var allowed []string
	for line := range strings.Lines(read(t, root("deploy", "Containerfile.dockerignore"))) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "!"); ok {
			allowed = append(allowed, name)
		}
	}
	if !slices.Equal(allowed, []string{"go.work", "go.work.sum", "api", "services"}) {
		t.Errorf("the engine gets %v", allowed)
	}
}

func TestTheUnitsOfSystemdRunCommandsThatThereAre(t *testing.T) {
	t.Parallel()
	units, err := filepath.Glob(root("deploy", "systemd", "*"))
	if err != nil || len(units) < 4 {
		t.Fatal(units, err)
	}
	for _, unit := range units {
		for _, m := range regexp.MustCompile(`(?m)^ExecStart=/srv/solidarity/bin/solidarity (.*)$`).FindAllStringSubmatch(read(t, unit), -1) {
			command, arguments, _ := strings.Cut(m[1], " ")
			if command == "%i" {
				continue
			}
			out, err := solidarity(t, nil, command, "--help")
			for _, flag := range regexp.MustCompile(`--[a-z-]+`).FindAllString(arguments, -1) {
				if err != nil || !strings.Contains(out, flag) {
					t.Errorf("%s: %s has no %s (%v)", unit, command, flag, err)
				}
			}
		}
	}
	wanted := read(t, root("deploy", "systemd", "solidarity.target"))
	for _, service := range services {
		if !strings.Contains(wanted, "solidarity@"+service+".service") {
			t.Errorf("the target does not start %s", service)
		}
	}
}

// systemd's own opinion, where it is installed.
func TestSystemdAcceptsTheUnits(t *testing.T) {
	t.Parallel()
	verify, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("systemd-analyze is not installed")
	}
	units, err := filepath.Glob(root("deploy", "systemd", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i, unit := range units {
		units[i] = strings.Replace(unit, "@.service", "@ledger.service", 1)
	}
	dir := t.TempDir()
	for _, unit := range units {
		copied := filepath.Join(dir, filepath.Base(unit))
		text := read(t, strings.Replace(unit, "@ledger.service", "@.service", 1))
		text = strings.ReplaceAll(text, "/srv/solidarity/bin/solidarity", "/bin/true")
		if err := writeFile(copied, text); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), verify, "verify", "--man=no", copied).CombinedOutput()
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, filepath.Base(copied)) {
				t.Errorf("%v: %s", err, line)
			}
		}
	}
}
