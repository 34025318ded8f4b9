package sheet_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/sheet"
	"github.com/solidarity-fund/solidarity/services/internal/money"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

var languages = []sheet.Language{sheet.Belarusian, sheet.Russian, sheet.English}

// printed is a statement of two payments in a language.
func printed(t *testing.T, l sheet.Language, year int, name string) string {
	t.Helper()
	p, err := sheet.NewPrinter()
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2027, 3, 15, 9, 0, 0, 0, time.UTC)
	text, err := p.Print(sheet.Page{
		Language: l, Year: year, Name: name, Issuer: "Example e. V., 1 Some Street", MadeOn: day.AddDate(1, 0, 0),
		Payments: []sheet.Payment{
			{On: day, Paid: postingtest.EUR(5000), Returned: postingtest.EUR(2000)}, {On: day.AddDate(0, 1, 0), Paid: postingtest.EUR(1234), Returned: postingtest.EUR(0)},
			{On: day, Paid: money.Amount{MinorUnits: 700, Currency: "JPY"}, Returned: money.Amount{Currency: "JPY"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// A sheet that is found must not say what the payments were for.
func TestNoSheetTellsWhatPaymentsAreFor(t *testing.T) {
	t.Parallel()
	for _, l := range languages {
		for what, text := range map[string]string{"receipt": printed(t, l, 0, ""), "statement": printed(t, l, 2027, "Jane Doe"), "notice": sheet.Forgotten(l)} {
			if word := sheet.Tells(text); word != "" {
				t.Errorf("%s in %s: %q", what, l, word)
			}
		}
	}
	// The list sees what must not stand there, in each language.
	for _, text := range []string{"Families of political prisoners", "Фонд солидарности", "Пожертвование", "Сем'ям палітвязняў", "Ахвяраванне", "SOLIDARITY", "First aid"} {
		if sheet.Tells(text) == "" {
			t.Errorf("%q is not seen", text)
		}
	}
}

func TestASheetHasSumsDaysAndNameInItsLanguage(t *testing.T) {
	t.Parallel()
	titles := map[sheet.Language]string{sheet.Belarusian: "Даведка аб плацяжах, 2027", sheet.Russian: "Справка о платежах, 2027", sheet.English: "Statement of payments, 2027"}
	for _, l := range languages {
		text := printed(t, l, 2027, "Яна Коўш")
		for _, want := range []string{`<html lang="` + string(l) + `">`, titles[l], "Яна Коўш", "Example e. V., 1 Some Street", "2027-03-15", "50.00 EUR", "20.00 EUR", ": 42.34 EUR", ": 700 JPY", "2028-03-15"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", l, want, text)
			}
		}
		if other := printed(t, l, 0, ""); strings.Contains(other, "2027</") || strings.Contains(other, "<p></p>") {
			t.Errorf("%s: a receipt has a year or an empty name:\n%s", l, other)
		}
	}
}

// The page runs nothing, fetches nothing, and what is typed in is text.
func TestASheetRunsAndFetchesNothing(t *testing.T) {
	t.Parallel()
	text := printed(t, sheet.English, 2027, `</p><script src="https://evil.example/x.js">alert(1)</script><img src=x onerror=alert(1)>`)
	for _, bad := range []string{"<script", "<img", "http://", "<link", "<iframe", "url(", "@import", "<form"} {
		if strings.Contains(strings.ToLower(text), bad) {
			t.Errorf("%s stands in\n%s", bad, text)
		}
	}
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(text)
	style := regexp.MustCompile(`<style>(.*)</style>`).FindStringSubmatch(text)
	if policy == nil || style == nil {
		t.Fatalf("no policy or no style in\n%s", text)
	}
	sum := sha256.Sum256([]byte(style[1]))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	if got := html.UnescapeString(policy[1]); got != want {
		t.Errorf("policy %s, want %s", got, want)
	}
}
