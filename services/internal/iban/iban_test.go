package iban_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/iban"
)

// examples are the registry's own, one for each country of SEPA and its
// neighbours.
const examples = `AD1200012030200359100100 AL47212110090000000235698741 AT611904300234573201 BE68539007547034
	BG80BNBG96611020345678 BY13NBRB3600900000002Z00AB00 CH9300762011623852957 CY17002001280000001200527600
	CZ6508000000192000145399 DE89370400440532013000 DK5000400440116243 EE382200221020145685 ES9121000418450200051332
	FI2112345600000785 FR1420041010050500013M02606 GB29NWBK60161331926819 GE29NB0000000101904917
	GI75NWBK000000007099453 GR1601101250000000012300695 HR1210010051863000160 HU42117730161111101800000000
	IE29AIBK93115212345678 IS140159260076545510730339 IT60X0542811101000000123456 KZ86125KZT5004100100
	LI21088100002324013AA LT121000011101001000 LU280019400644750000 LV80BANK0000435195001 MC5811222000010123456789030
	MD24AG000225100013104168 ME25505000012345678951 MK07250120000058984 MT84MALT011000012345MTLCAST001S
	NL91ABNA0417164300 NO9386011117947 PL61109010140000071219812874 PT50000201231234567890154
	RO49AAAA1B31007593840000 RS35260005601001611379 SE4550000000058398257466 SI56263300012039086 SK3112000000198742637541
	SM86U0322509800000000270100 TR330006100519786457841326 UA213223130000026007233566001 VA59001123000012345678 XK051212012345678906`

func TestTheRegistrysExamplesAreValid(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, text := range strings.Fields(examples) {
		got, err := iban.Parse(text)
		if err != nil || got.String() != text || got.Country() != text[:2] {
			t.Errorf("%s: %v, %v", text, got, err)
		}
		seen[text[:2]] = true
	}
	outside := "BY GE KZ TR UA XK"
	for country := range seen {
		valid, _ := iban.Parse(example(country))
		if valid.SEPA() == strings.Contains(outside, country) {
			t.Errorf("%s: SEPA is %t", country, valid.SEPA())
		}
	}
}

func example(country string) string {
	i := strings.Index(examples, country)
	return strings.Fields(examples[i:])[0]
}

func TestSpacesAndCaseDoNotMatter(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"lt12 1000 0111 0100 1000", " LT121000011101001000 ", "LT12100001110100100 0"} {
		got, err := iban.Parse(text)
		if err != nil || got.String() != "LT121000011101001000" {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestWhatIsNoIBANIsRefusedInAFixedSentence(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                           "begin with a country",
		"LT":                         "begin with a country",
		"LT12":                       "begin with a country",
		"1234567890":                 "begin with a country",
		"L1121000011101001000":       "begin with a country",
		strings.Repeat("LT12", 30):   "begin with a country",
		"LT12-1000-0111-0100-1000":   "begin with a country",
		"ЛТ121000011101001000":       "begin with a country",
		"XX121000011101001000":       "its country has none",
		"US121000011101001000":       "its country has none",
		"LT12100001110100100":        "another length",
		"LT1210000111010010001":      "another length",
		"LT12100001110100100A":       "another length",
		"LT1210000111010０1000":       "another length",
		"FR14 2004 1010 0505 0001 3": "another length",
		"LT121000011101001001":       "check digits",
		"LT211000011101001000":       "check digits",
	} {
		_, err := iban.Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestAFieldIsNamedAndTheNumberIsNot(t *testing.T) {
	t.Parallel()
	_, err := iban.ParseField("destination.iban", "LT121000011101001001")
	f := fault.As(err)
	if f == nil || f.Violations[0].Field != "destination.iban" || strings.Contains(err.Error(), "1000011") {
		t.Fatalf("got %v", err)
	}
	if _, err := iban.ParseField("destination.iban", "LT121000011101001000"); err != nil {
		t.Fatal(err)
	}
}

func TestNoAccountIsNotSEPA(t *testing.T) {
	t.Parallel()
	var none iban.IBAN
	if !none.IsZero() || none.SEPA() || none.Country() != "" || none.String() != "" {
		t.Error("the zero value looks like an account")
	}
}

// TestEveryTypingErrorIsFound is the law behind the check digits: one digit or
// letter changed into another, or two neighbouring digits or letters swapped,
// never leave a valid number.
func TestEveryTypingErrorIsFound(t *testing.T) {
	t.Parallel()
	valid := strings.Fields(examples)
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(rapid.SampledFrom(valid).Draw(t, "iban"))
		was := string(b)
		at := rapid.IntRange(2, len(b)-2).Draw(t, "at")
		others := "0123456789"
		if b[at] >= 'A' {
			others = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		}
		if next := b[at+1]; rapid.Bool().Draw(t, "swap") && strings.IndexByte(others, next) >= 0 {
			b[at], b[at+1] = next, b[at]
		} else {
			b[at] = rapid.SampledFrom([]byte(others)).Draw(t, "to")
		}
		if _, err := iban.Parse(string(b)); err == nil && string(b) != was {
			t.Fatalf("%s became %s unnoticed", was, b)
		}
	})
}

func TestThePublicVectorsAreJudgedAsExpected(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("SOLIDARITY_DATA")
	if dir == "" {
		t.Skip("SOLIDARITY_DATA is not set: public IBAN vectors are missing")
	}
	file, err := os.Open(filepath.Join(dir, "iban", "vectors.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close() //nolint:errcheck // read only
	count := 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		text, expect, ok := strings.Cut(lines.Text(), `",`)
		if !ok {
			continue // heading or comment
		}
		_, err := iban.Parse(strings.TrimPrefix(text, `"`))
		if got := map[bool]string{true: "valid", false: "invalid"}[err == nil]; got != expect {
			t.Errorf("%s: %s (%v), want %s", text, got, err, expect)
		}
		count++
	}
	if count == 0 {
		t.Error("no vectors")
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"LT12 1000 0111 0100 1000", "", "LT", "\xff", "ЛТ12", strings.Repeat("0", 99)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := iban.Parse(text)
		if err != nil {
			if len(text) > 5 && strings.Contains(err.Error(), text) {
				t.Fatal("the error holds the text")
			}
			return
		}
		if again, err := iban.Parse(fmt.Sprint(got)); err != nil || again != got {
			t.Fatalf("%v is not read as itself", got)
		}
	})
}
