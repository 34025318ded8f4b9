package deploytest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func text(n int32) string { return strconv.Itoa(int(n)) }

// accepts checks that the program takes a service's settings, and that each of them is one
// of some service's: a misspelled one is otherwise never noticed.
func accepts(t *testing.T, where, service string, env map[string]string, flags []string) {
	t.Helper()
	var all []string
	for _, s := range services {
		names, _ := known(t, s)
		all = append(all, names...)
	}
	lines := []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range env {
		if !slices.Contains(all, name) {
			t.Errorf("%s: no service knows %s", where, name)
		}
		lines = append(lines, name+"="+value)
	}
	out, err := solidarity(t, lines, append([]string{"config", service, "--"}, flags...)...)
	if err != nil {
		t.Errorf("%s: %v: %s", where, err, out)
	}
}

// paths are the files that settings name, with those that stand in addresses.
func paths(env map[string]string) []string {
	var all []string
	for name, value := range env {
		for _, path := range regexp.MustCompile(`/(run|var/lib)/solidarity[a-z/.-]*`).FindAllString(value, -1) {
			if name != "SOLIDARITY_TLS_DIR" {
				all = append(all, path)
				continue
			}
			for _, file := range []string{"ca.pem", "cert.pem", "key.pem"} {
				all = append(all, path+"/"+file)
			}
		}
	}
	return all
}

func TestTheExampleOfSettingsNamesNoneThatNobodyKnows(t *testing.T) {
	t.Parallel()
	var all []string
	for _, service := range services {
		names, _ := known(t, service)
		all = append(all, names...)
	}
	if len(all) < 60 {
		t.Fatalf("the services have %d settings", len(all))
	}
	for line := range strings.Lines(read(t, root("deploy", "solidarity.env.example"))) {
		name, _, ok := strings.Cut(line, "=")
		if ok && !strings.HasPrefix(line, "#") && !slices.Contains(all, name) {
			t.Errorf("no service knows %s", name)
		}
	}
}

func TestWhatIsPreparedIsForItsOwnerAloneAndIsMadeOnce(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "prepared")
	prepare(t, folder)
	seen := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if info, err := d.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		if d.IsDir() || filepath.Ext(path) != ".env" {
			return nil
		}
		for name, value := range environment(t, path) {
			// No two services know one password of one role, but for the key store's.
			if strings.HasSuffix(name, "_URL") && !strings.Contains(name, "KEY_STORE") {
				if before, twice := seen[value]; twice {
					t.Errorf("%s and %s have the same %s", before, path, name)
				}
				seen[value] = path
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < 10 {
		t.Errorf("there are %d addresses of databases", len(seen))
	}
	out, err := run(t, root("deploy", "prepare"), "ISSUER=x", "LOG_ORIGIN=x", "STRIPE_KEY=x", "STRIPE_WEBHOOK_SECRET=x", "SENDER_NAME=x", "SENDER_IBAN=x", folder)
	if err == nil || !strings.Contains(out, "is there already") {
		t.Errorf("a second time: %v, %s", err, out)
	}
}

// What is told to people about settings must be there.
func TestTheChangelogNamesSettingsThatThereAre(t *testing.T) {
	t.Parallel()
	var all []string
	for _, service := range services {
		_, flags := known(t, service)
		all = append(all, flags...)
	}
	changes := read(t, root("CHANGELOG.md"))
	for _, audience := range []string{"### For partners", "### For auditors", "### For operators"} {
		if !strings.Contains(changes, audience) {
			t.Errorf("nothing is told %s", audience)
		}
	}
	named := regexp.MustCompile("`(--[a-z-]+)`").FindAllStringSubmatch(changes, -1)
	for _, m := range named {
		if !slices.Contains(all, m[1]) {
			t.Errorf("no service has %s", m[1])
		}
	}
	if len(named) < 3 {
		t.Errorf("%d settings are named", len(named))
	}
}
