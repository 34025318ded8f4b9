package sheet_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/donations/internal/sheet"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestALanguageIsTheOneAskedForOrTheFirstThatIsAccepted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		asked   string
		accepts []string
		want    sheet.Language
	}{
		{"be", []string{"ru"}, sheet.Belarusian},
		{"", nil, sheet.English},
		{"", []string{"de-DE, ru-RU;q=0.8, be;q=0.5"}, sheet.Russian},
		{"", []string{"fr", "BE"}, sheet.Belarusian},
		{"", []string{"en-GB,ru"}, sheet.English},
		{"", []string{",;,-", "zz"}, sheet.English},
	} {
		if got, err := sheet.Choose(c.asked, c.accepts); err != nil || got != c.want {
			t.Errorf("%q, %v: %s, %v", c.asked, c.accepts, got, err)
		}
	}
	for _, asked := range []string{"BE", "de", "ru-RU", " "} {
		if _, err := sheet.Choose(asked, nil); !fault.OfKind(err, fault.Invalid) {
			t.Errorf("%q: %v", asked, err)
		}
	}
}

func TestEachLanguageSaysWhatStays(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, l := range []sheet.Language{sheet.Belarusian, sheet.Russian, sheet.English} {
		if text := sheet.Forgotten(l); len(text) < 100 || seen[text] {
			t.Errorf("%s: %q", l, text)
		}
		seen[sheet.Forgotten(l)] = true
	}
}
