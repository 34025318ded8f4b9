package command

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"
)

// settingsFile are the lines NAME=VALUE of a file, as systemd's EnvironmentFile and a
// shell's "." both read them.
type settingsFile map[string]string

// readEnvironment reads a file of settings.
func readEnvironment(path string) (settingsFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	defer f.Close()
	set := settingsFile{}
	lines := bufio.NewScanner(f)
	for number := 1; lines.Scan(); number++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		name, value, ok := strings.Cut(text, "=")
		if !ok || strings.TrimSpace(name) != name {
			return nil, fmt.Errorf("read settings: line %d of %s is not NAME=VALUE", number, path)
		}
		set[name] = unquoted(value)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return set, nil
}

// unquoted takes one pair of quotation marks off a value.
func unquoted(value string) string {
	for _, mark := range []string{`"`, `'`} {
		if len(value) >= 2 && strings.HasPrefix(value, mark) && strings.HasSuffix(value, mark) {
			return value[1 : len(value)-1]
		}
	}
	return value
}

// Validate has nothing to refuse: a service reads the lines that it knows.
func (s settingsFile) Validate(*kong.Application) error { return nil }

// Resolve gives a flag the value of its variable, and before the environment's.
func (s settingsFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if value, ok := s[name]; ok {
			return value, nil
		}
	}
	return nil, nil
}
