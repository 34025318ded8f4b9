package listfake

import (
	"fmt"
	"strings"
)

// trap spoils every so manyeth row, from the row with index first on, in a way
// seen in real lists.
type trap struct {
	every, first int
	set          func(g *generator, p *person)
}

// traps are numbered so that each is met within the first 174 rows. Some of the
// numbers are those of a real list (50 shared addresses in 8,700 rows).
func traps() []trap {
	return []trap{
		{174, 11, func(g *generator, p *person) { p.url, p.name = g.last.url, g.last.name }},
		{170, 17, func(g *generator, p *person) { p.name, p.born = g.last.name, g.last.born }},
		{97, 23, func(g *generator, p *person) {
			p.name = g.words.citizen + " " + strings.ToUpper(first(g.pick(g.words.syllables))) + "."
		}},
		{61, 5, func(_ *generator, p *person) { p.born = year(p.born) }},
		{67, 6, func(_ *generator, p *person) { p.born = year(p.born) + "-03" }},
		{71, 7, func(g *generator, p *person) { p.detained = g.words.month + " " + year(p.detained) }},
		{73, 8, func(g *generator, p *person) { p.verdict = "29 " + g.words.monthOf + " " + year(p.verdict) }},
		{79, 9, func(g *generator, p *person) { p.born = g.words.unknown }},
		{151, 31, func(_ *generator, p *person) { p.born = "2099-01-31" }},
		{157, 37, func(_ *generator, p *person) { p.detained = "2098" }},
		{53, 13, func(g *generator, p *person) { p.penalty = g.words.halves }},
		{19, 3, func(g *generator, p *person) {
			p.articles = fmt.Sprintf(g.words.charges[0], 342) + "\n" + fmt.Sprintf(g.words.charges[1], 339) + "\n" + fmt.Sprintf(g.words.charges[2], 361)
		}},
		{43, 21, func(g *generator, p *person) { p.prison = g.words.awaiting }},
		{47, 22, func(g *generator, p *person) { p.prison = g.words.released }},
		{59, 27, func(_ *generator, p *person) { p.prison = "" }},
		{83, 29, func(_ *generator, p *person) { p.name = lookalikeO(p.name) }},
		{89, 41, func(_ *generator, p *person) { p.name = "  " + strings.Replace(p.name, " ", "  ", 1) + " " }},
		{101, 43, func(g *generator, p *person) { p.judge = `"` + p.judge + `", ` + g.last.judge }},
		{103, 47, func(g *generator, p *person) { p.died = "2024-05-02"; p.release = "" }},
		{107, 51, func(g *generator, p *person) { p.female = !p.female }},
		{109, 53, func(_ *generator, p *person) { p.articles, p.penalty, p.judge = "", "", "" }},
		{113, 57, func(g *generator, p *person) { p.penalty = g.words.months }},
	}
}

// lookalikeO puts a Latin o, e or a in place of the first Cyrillic one.
func lookalikeO(name string) string {
	for _, pair := range [][2]string{{"о", "o"}, {"е", "e"}, {"а", "a"}} {
		if strings.Contains(name, pair[0]) {
			return strings.Replace(name, pair[0], pair[1], 1)
		}
	}
	return name
}

// cells writes a person in the order of the format's header.
func (g *generator) cells(p person) []string {
	w := g.words
	sex := w.male
	if p.female {
		sex = w.female
	}
	if g.format == Registry {
		status := map[status]string{active: "active", former: "former", notRecognised: "np"}[p.status]
		return []string{fmt.Sprint(p.number), p.url, p.name, status, sex, "", p.note, p.born, p.detained, p.articles, p.prison,
			"", "", p.penalty, p.judge, "", p.start, p.release, p.verdict, "", "", p.died, ""}
	}
	status := map[status]string{active: w.active, former: w.former}[p.status]
	if p.late {
		status += "\n" + w.late
	}
	return []string{p.name, status, p.born, sex, p.detained, p.articles, p.verdict, p.note, p.penalty, p.judge, "", p.prison}
}

// year cuts a date down; a row may have got another's unknown one.
func year(date string) string {
	if len(date) < 4 || date[0] < '0' || date[0] > '9' {
		return "1980"
	}
	return date[:4]
}

func first(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

func capital(s string) string {
	f := first(s)
	return strings.ToUpper(f) + strings.TrimPrefix(s, f)
}
