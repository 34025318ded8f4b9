package sourcelist

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// How charges and sentences are written.
var (
	articlePart   = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:part|ч\.|часть|часті|частка|часткі|п\.)\s*(\d+)`)
	articleNumber = regexp.MustCompile(`(?i)(?:^|[^\pL])(?:article|art\.?|ст\.?|статья|статьи|арт\.?|артыкул\pL*)\s*(\d+(?:[-.¹²³]\d*)?)`)
	bareNumber    = regexp.MustCompile(`^\s*(\d{2,3}(?:[-.]\d+)?)\b`)
	term          = regexp.MustCompile(`(?i)(\d+)?(?:\s*(½|¼|¾)|[ ]+(\d)/(\d)|[.,](\d+))?\s*(year|yr|год|года|гадоў|гады|лет|г\.|month|mon|месяц|мес\.|месяца|месяцаў)`)
)

// articles splits a cell into charges: one per line or semicolon.
func articles(cell string) []Article {
	var charges []Article
	for _, line := range strings.FieldsFunc(cell, func(r rune) bool { return r == '\n' || r == '\r' || r == ';' }) {
		if text := squeeze(line); text != "" {
			charges = append(charges, article(text))
		}
	}
	return charges
}

func article(text string) Article {
	a := Article{Text: text, Code: "CRIMINAL"}
	if containsAny(fold(text), "administrative", "коап", "каап", "административн", "адміністрацыйн") {
		a.Code = "ADMINISTRATIVE"
	}
	if m := articleNumber.FindStringSubmatch(text); m != nil {
		a.Number = strings.TrimRight(m[1], "-.")
	} else if m := bareNumber.FindStringSubmatch(text); m != nil {
		a.Number = m[1]
	}
	if m := articlePart.FindStringSubmatch(text); m != nil {
		a.Part = m[1]
	}
	return a
}

// months adds up the years and months of a sentence: "4 1/2 years" is 54. What
// names neither is 0.
func months(cell string) int {
	var sum float64
	for _, m := range term.FindAllStringSubmatch(fold(cell), -1) {
		amount := number(m)
		unit := m[6]
		if !strings.HasPrefix(unit, "mon") && !strings.HasPrefix(unit, "мес") {
			amount *= 12
		}
		sum += amount
	}
	if sum > 12*100 {
		return 0 // more than a century is not a sentence
	}
	return int(math.Round(sum))
}

// number reads "4", "4 1/2", "4½" or "4,5".
func number(m []string) float64 {
	whole, _ := strconv.ParseFloat(m[1], 64) // digits, or empty for 0
	switch {
	case m[2] != "":
		return whole + map[string]float64{"½": 0.5, "¼": 0.25, "¾": 0.75}[m[2]]
	case m[4] != "" && m[4] != "0":
		over, _ := strconv.ParseFloat(m[3], 64)
		under, _ := strconv.ParseFloat(m[4], 64)
		return whole + over/under
	case m[5] != "":
		part, _ := strconv.ParseFloat("0."+m[5], 64)
		return whole + part
	}
	return whole
}
