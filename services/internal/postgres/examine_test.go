package postgres_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/internal/doctor"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
)

// says reports whether one of the findings holds the words, and whether as a fault.
func says(found []doctor.Finding, words string) (said, fault bool) {
	for _, f := range found {
		if strings.Contains(f.Problem, words) {
			return true, !f.Soon && f.Remedy != ""
		}
	}
	return false, false
}

func TestAnExaminationNamesWhatIsWrongWithADatabase(t *testing.T) {
	t.Parallel()
	newer := changed(lax, func(files fstest.MapFS) {
		files["migrations/00002_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nCREATE TABLE more (n int);\n")}
	})
	edited := changed(lax, func(files fstest.MapFS) {
		for name := range files {
			files[name] = &fstest.MapFile{Data: append([]byte("-- edited\n"), files[name].Data...)}
		}
	})
	later := func() time.Time { return time.Now().Add(10 * time.Minute) }
	for name, test := range map[string]struct {
		migrated, program postgres.Migrations
		url               func(serve, owner string) (string, string)
		now               func() time.Time
		says              string
		fault             bool
	}{
		"another clock":       {migrated: lax, program: lax, now: later, says: "10m0s apart", fault: true},
		"a database behind":   {migrated: lax, program: newer, says: "lacks migrations (test: 1 of 2)", fault: true},
		"a database ahead":    {migrated: newer, program: lax, says: "newer than this program (test: 2, the program has 1)", fault: true},
		"edited migrations":   {migrated: lax, program: edited, says: "edited since", fault: true},
		"no such database":    {migrated: lax, program: lax, url: func(string, string) (string, string) { return "postgres://nobody@127.0.0.1:1/none", "" }, says: "the server does not answer", fault: true},
		"no URL":              {migrated: lax, program: lax, url: func(string, string) (string, string) { return "postgres://[", "" }, says: "the database URL is not valid", fault: true},
		"an owner's bad URL":  {migrated: lax, program: lax, url: func(serve, _ string) (string, string) { return serve, "postgres://nobody@127.0.0.1:1/none" }, says: "its owner cannot connect", fault: true},
		"the owner serves":    {migrated: lax, program: lax, url: func(_, owner string) (string, string) { return owner, "" }, says: "owns its tables"},
		"durability is off":   {migrated: lax, program: lax, says: "fsync is off", fault: true},
		"a database not made": {migrated: nil, program: lax, says: "lacks migrations (test: 0 of 1)", fault: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, owner := postgrestest.URLs(t, test.migrated)
			migrate := ""
			if test.url != nil {
				url, migrate = test.url(url, owner)
			}
			now := test.now
			if now == nil {
				now = time.Now
			}
			found := postgres.Examine(t.Context(), "database", url, migrate, test.program, now)
			if said, fault := says(found, test.says); !said || fault != test.fault {
				t.Errorf("%+v", found)
			}
		})
	}
}

func TestAnExaminationOfAGoodDatabaseNamesOnlyItsServer(t *testing.T) {
	t.Parallel()
	url, owner := postgrestest.URLs(t, lax)
	for _, f := range postgres.Examine(t.Context(), "database", url, owner, lax, time.Now) {
		// The server of tests is not durable.
		if !strings.Contains(f.Problem, "is off: what was acknowledged") {
			t.Errorf("%+v", f)
		}
	}
}

// A password in a URL must not stand in what is said about it.
func TestAnExaminationTellsNoPassword(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"postgres://u:MARK-77@127.0.0.1:1/x", "postgres://u:MARK-77@[/x", "host=127.0.0.1 port=1 password=MARK-77"} {
		found := postgres.Examine(t.Context(), "database", url, url, lax, time.Now)
		if len(found) == 0 {
			t.Errorf("%s: nothing is found", url)
		}
		for _, f := range found {
			if strings.Contains(f.Problem+f.Remedy, "MARK-77") {
				t.Errorf("%+v", f)
			}
		}
	}
}
