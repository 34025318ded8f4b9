package config_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/solidarity-fund/solidarity/services/internal/config"
)

// settings are those of a service that has everything, as families embeds them.
type settings struct {
	config.Service `embed:""`
	config.Access  `embed:""`
	config.Ledger  `embed:""`
	config.Sealed  `embed:""`
}

// required are the flags without which a service does not start.
var required = []string{
	"--tls-dir=tls", "--oidc-issuer=https://issuer.example", "--database-url=postgres://db", "--secret-file=master.json",
	"--access-addr=127.0.0.1:1", "--ledger-addr=127.0.0.1:2", "--key-store-url=postgres://keys",
}

// parse reads flags over an environment of variables that no other test sets.
func parse(t *testing.T, arguments ...string) (settings, error) {
	t.Helper()
	var s settings
	parser, err := kong.New(&s, kong.DefaultEnvars("SETTINGSTEST"), kong.Exit(func(int) { t.Error("the parser left") }))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(arguments)
	return s, err
}

func TestAServiceNeedsFewSettingsAndTheRestIsSafe(t *testing.T) {
	t.Parallel()
	s, err := parse(t, required...)
	if err != nil {
		t.Fatal(err)
	}
	if s.Listen != "127.0.0.1:0" || s.Development || s.OIDCAudience != "solidarity" || s.OIDCTokenLife != time.Hour {
		t.Errorf("left out: %+v", s.Common)
	}
	if s.LogLevel != "info" || s.LogFormat != "json" || s.MigrateURL != "" || s.KeyStoreMigrateURL != "" {
		t.Errorf("left out: %+v, %+v, %+v", s.Logging, s.Database, s.Sealed)
	}
	if got := s.Every(); got != s.Service || got.SecretFile != "master.json" || got.DatabaseURL != "postgres://db" {
		t.Errorf("every service's: %+v", got)
	}
}

func TestEachSettingThatIsNeededIsAskedFor(t *testing.T) {
	t.Parallel()
	for i, flag := range required {
		name, _, _ := strings.Cut(flag, "=")
		others := append(append([]string{}, required[:i]...), required[i+1:]...)
		if _, err := parse(t, others...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestWordsOutsideTheChoiceAreRefused(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"--log-level=loud", "--log-format=xml", "--log-level=INFO", "--oidc-token-life=1", "--development=maybe"} {
		if s, err := parse(t, append(required, bad)...); err == nil {
			t.Errorf("%s was taken: %+v", bad, s)
		}
	}
}

// What opens a database must never be printed; the command that shows settings goes by
// this mark.
func TestAddressesWithPasswordsAreMarkedAsSecret(t *testing.T) {
	t.Parallel()
	var walk func(reflect.Type)
	marked := 0
	walk = func(s reflect.Type) {
		for i := range s.NumField() {
			f := s.Field(i)
			if f.Anonymous {
				walk(f.Type)
			} else if secret := f.Tag.Get("secret") == "true"; secret != strings.Contains(f.Tag.Get("help"), "PostgreSQL URL") {
				t.Errorf("%s: secret is %t", f.Name, secret)
			} else if secret {
				marked++
			}
		}
	}
	walk(reflect.TypeFor[settings]())
	if marked != 5 {
		t.Errorf("%d settings are marked", marked)
	}
}

func TestTheEnvironmentGivesWhatFlagsLeaveOut(t *testing.T) {
	for name, value := range map[string]string{"LOG_LEVEL": "debug", "OIDC_TOKEN_LIFE": "5m", "DEVELOPMENT": "true", "DATABASE_URL": "postgres://environment"} {
		t.Setenv("SETTINGSTEST_"+name, value)
	}
	s, err := parse(t, append(required[:len(required):len(required)], "--log-level=warn")...)
	if err != nil || s.LogLevel != "warn" || s.OIDCTokenLife != 5*time.Minute || !s.Development || s.DatabaseURL != "postgres://db" {
		t.Errorf("%+v, %v", s, err)
	}
}
