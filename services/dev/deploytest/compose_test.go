package deploytest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// composed is a service of the compose file, as far as this is looked at.
type composed struct {
	Image       string
	User        string
	Command     []string
	EnvFile     []string `yaml:"env_file"`
	Volumes     []string
	Networks    []string
	Ports       []string
	Environment map[string]string
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	ReadOnly    bool                                  `yaml:"read_only"`
	CapDrop     []string                              `yaml:"cap_drop"`
	SecurityOpt []string                              `yaml:"security_opt"`
	StopGrace   string                                `yaml:"stop_grace_period"`
}

type composeFile struct {
	Services map[string]composed
	Networks map[string]struct{ Internal bool }
	Volumes  map[string]struct{}
}

func compose(t *testing.T) composeFile {
	t.Helper()
	var c composeFile
	if err := yaml.Unmarshal([]byte(read(t, root("deploy", "compose", "compose.yaml"))), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestComposeGivesEachServiceItsSettingsAndFiles(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "prepared")
	prepare(t, folder)
	for name, c := range compose(t).Services {
		for _, v := range c.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if host := onHost(folder, from); host != "" {
				if _, err := os.Stat(host); err != nil {
					t.Errorf("%s mounts what is not there: %v", name, err)
				}
			}
		}
		if len(c.EnvFile) == 0 {
			continue
		}
		env := map[string]string{}
		for _, file := range c.EnvFile {
			for name, value := range environment(t, onHost(folder, file)) {
				env[name] = value
			}
		}
		accepts(t, name, c.Command[0], env, c.Command[1:])
		for _, path := range paths(env) {
			if !slices.ContainsFunc(c.Volumes, func(v string) bool { return brings(v, path) }) && !strings.HasPrefix(name, "migrate-") {
				t.Errorf("%s: nothing is mounted at %s", name, path)
			}
		}
		for _, peer := range peers(t, c.Command[0]) {
			if env[addressOf(peer)] != peer+":9000" {
				t.Errorf("%s calls %s at %q", name, peer, env[addressOf(peer)])
			}
		}
	}
}

// onHost is the path of what is mounted; empty for a volume of the engine's.
func onHost(folder, from string) string {
	if rest, ok := strings.CutPrefix(from, "${SOLIDARITY_FOLDER}"); ok {
		return folder + rest
	}
	if strings.HasPrefix(from, ".") {
		return root("deploy", "compose", from)
	}
	return ""
}

// brings reports whether a mount is a file, or the folder that it is in.
func brings(mount, path string) bool {
	parts := strings.Split(mount, ":")
	return parts[1] == path || filepath.Dir(path) == parts[1]
}

func TestComposeRunsEveryServiceAfterItsMigrationAndAlone(t *testing.T) {
	t.Parallel()
	c := compose(t)
	for _, service := range services {
		s, ok := c.Services[service]
		if !ok || strings.Join(s.Command, " ") != service {
			t.Fatalf("%s is run by %v", service, s.Command)
		}
		if service == "gateway" {
			continue
		}
		if s.DependsOn["migrate-"+service].Condition != "service_completed_successfully" {
			t.Errorf("%s starts before its migration", service)
		}
		if m := c.Services["migrate-"+service]; strings.Join(m.Command, " ") != service+" --migrate-only" || slices.Contains(m.Networks, "outside") {
			t.Errorf("%s is migrated by %v in %v", service, m.Command, m.Networks)
		}
		if slices.ContainsFunc(s.EnvFile, func(f string) bool { return strings.Contains(f, "owner") }) {
			t.Errorf("%s knows the password of its tables' owner", service)
		}
	}
	for name, s := range c.Services {
		if !s.ReadOnly || s.User != "${SOLIDARITY_USER}" || !slices.Equal(s.CapDrop, []string{"ALL"}) ||
			!slices.Equal(s.SecurityOpt, []string{"no-new-privileges:true"}) || s.StopGrace == "" {
			t.Errorf("%s can do more than it must: %+v", name, s)
		}
		if (len(s.Ports) > 0) != (name == "gateway") {
			t.Errorf("%s is reached from outside at %v", name, s.Ports)
		}
		for _, n := range s.Networks {
			if _, ok := c.Networks[n]; !ok {
				t.Errorf("%s is in a network %s that is not there", name, n)
			}
		}
		if database := name == "postgres" || name == "keystore"; database && !slices.Equal(s.Networks, []string{"database"}) {
			t.Errorf("%s is in the networks %v", name, s.Networks)
		}
	}
	if !c.Networks["services"].Internal || !c.Networks["database"].Internal {
		t.Error("services or databases are in a network that leads outside")
	}
}
