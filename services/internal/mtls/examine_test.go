package mtls_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/mtls"
)

func TestAnExaminationNamesWhatIsWrongWithACertificate(t *testing.T) {
	t.Parallel()
	made := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	foreign := func(t *testing.T, file, dir string) {
		t.Helper()
		_, other := issued(t, made, "ledger")
		if err := os.Rename(filepath.Join(other, file), filepath.Join(dir, file)); err != nil {
			t.Fatal(err)
		}
	}
	nothing := func(*testing.T, string) {}
	for name, test := range map[string]struct {
		damage func(t *testing.T, dir string)
		days   int
		as     string
		says   []string
	}{
		"a good one":        {nothing, 1, "ledger", nil},
		"the 61st day":      {nothing, 61, "ledger", []string{"ends on 2027-03-01"}},
		"after its end":     {nothing, 91, "ledger", []string{"ended on 2027-03-01"}},
		"before it begins":  {nothing, -2, "ledger", []string{"certificate begins on 2026-12-01", "authority's certificate begins on 2026-12-01"}},
		"another's":         {nothing, 1, "families", []string{`is for "ledger", not for families`}},
		"another's key":     {func(t *testing.T, d string) { foreign(t, "key.pem", d) }, 1, "ledger", []string{"does not belong"}},
		"another authority": {func(t *testing.T, d string) { foreign(t, "ca.pem", d) }, 1, "ledger", []string{"not signed by the authority"}},
		"a key for all": {func(t *testing.T, d string) {
			if err := os.Chmod(filepath.Join(d, "key.pem"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, 1, "ledger", []string{"others on this machine can read key.pem"}},
		"no certificate": {func(t *testing.T, d string) {
			if err := os.Remove(filepath.Join(d, "cert.pem")); err != nil {
				t.Fatal(err)
			}
		}, 1, "ledger", []string{"read cert.pem"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, dir := issued(t, made, "ledger")
			test.damage(t, dir)
			wrong := mtls.Examine(dir, test.as, made.AddDate(0, 0, test.days))
			if len(wrong) != len(test.says) {
				t.Fatalf("%v", wrong)
			}
			for i, want := range test.says {
				if !strings.Contains(wrong[i].Error(), want) {
					t.Errorf("got %v, want %q", wrong[i], want)
				}
			}
		})
	}
}
