package latin_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/latin"
)

func TestTextIsWrittenAsInPassports(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Plain (text), 1/2?":      "Plain (text), 1/2?",
		"  two   spaces\n":        "two spaces",
		"Ян Чачот":                "Ian Chachot",
		"Уладзімір Караткевіч":    "Uladzimir Karatkevich",
		"Яўгенія ЁЖ":              "Iaugeniia EZH",
		"Щербина ЩЕРБИНА":         "Shcherbina SHCHERBINA",
		"Тарас Григорʼєв":         "Taras Grigor'iev",
		"Łódź, Kraków, Gdańsk":    "Lodz, Krakow, Gdansk",
		"Žemaitė Čiurlionis":      "Zemaite Ciurlionis",
		"Straße Æsir Øre Þór":     "Strasse Aesir Ore Thor",
		"Αθήνα":                   "Athina",
		"O’Brien – “A” & B; c_d!": "O'Brien - 'A' + B, c-d.",
		"e\u0301t\u00e9":          "ete",
		"zero\u200bwidth":         "zerowidth",
		"half ½ №5":               "half 1/2 No5",
		"sum € 5 😀":               "sum 5",
		"":                        "",
	} {
		if got, ok := latin.Write(in); !ok || got != want {
			t.Errorf("%q: %q, %t, want %q", in, got, ok, want)
		}
	}
	for _, in := range []string{"გიორგი", "Արամ", "山田", "محمد"} {
		if got, ok := latin.Write(in); ok {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func TestTextHoldsOnlyWhatBanksAccept(t *testing.T) {
	t.Parallel()
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ "
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "in")
		got, ok := latin.Write(in)
		if strings.Trim(got, alphabet) != "" || !ok && got != "" {
			t.Fatalf("%q became %q, %t", in, got, ok)
		}
		if again, _ := latin.Write(got); again != got {
			t.Fatalf("%q became %q at the second time", got, again)
		}
	})
}
