// Package listfake makes up lists of prisoners with everything in them that real
// ones surprise us with. All names are put together from syllables: no real person
// is named.
package listfake

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
)

// DefaultRows is how many rows a full list has.
const DefaultRows = 8700

// prisons is how many there are in a made-up country.
const prisons = 40

// Format is the header that a list has, and the language of its cells.
type Format string

// The formats of lists that are seen.
const (
	Registry        Format = "registry"
	Names           Format = "names"
	NamesBelarusian Format = "names-be"
	NamesRussian    Format = "names-ru"
)

// byteOrderMark is U+FEFF in UTF-8.
const byteOrderMark = "\xEF\xBB\xBF"

// Generate writes a list of that many rows; the same seed gives the same bytes.
// Names lists begin with a byte order mark, Registry lists do not.
func Generate(w io.Writer, seed uint64, rows int, format Format) error {
	header, ok := headers()[format]
	if !ok {
		return fmt.Errorf("there is no list format %q", format)
	}
	out := bufio.NewWriter(w)
	if format != Registry {
		if _, err := out.WriteString(byteOrderMark); err != nil {
			return fmt.Errorf("write a made-up list: %w", err)
		}
	}
	lines := csv.NewWriter(out)
	g := &generator{random: rand.New(rand.NewPCG(seed, 8700)), format: format, words: wordsOf(format)}
	err := lines.Write(header)
	for i := 0; i < rows && err == nil; i++ {
		err = lines.Write(g.cells(g.next(i)))
	}
	lines.Flush()
	for _, e := range []error{err, lines.Error(), out.Flush()} {
		if e != nil {
			return fmt.Errorf("write a made-up list: %w", e)
		}
	}
	return nil
}

func headers() map[Format][]string {
	return map[Format][]string{
		Registry: {"id", "url", "name", "status", "gender", "photo", "description", "birthday", "arrested", "articles", "prison",
			"declaration", "decision", "penalty", "judge", "councel", "penalty_start_date", "release_date", "verdict_date",
			"appeal_date", "fake_terrorist_list", "died", "clusters"},
		Names: {"Name and surname", "Status", "Date of birth", "Gender", "Date of detention", "Charges indicted",
			"Date of verdict", "Sentence", "Penalty", "Judge", "Prosecutor", "Prison"},
		NamesBelarusian: {"імя і прозвішча", "статус", "дата нараджэння", "пол", "дата затрымання", "прад’яўленыя абвінавачванні",
			"дата прысуду", "прысуд", "пакаранне", "суддзя", "пракурор", "турма"},
		NamesRussian: {"имя и фамилия", "статус", "дата рождения", "пол", "дата задержания", "предъявленные обвинения",
			"дата приговора", "приговор", "наказание", "судья", "прокурор", "тюрьма"},
	}
}

// status is whether somebody is recognised as a political prisoner.
type status int

const (
	notRecognised status = iota
	active
	former
)

// person is one made-up row before it is written in a format.
type person struct {
	number int
	url    string
	name   string
	female bool
	status status
	late   bool // recognised after release

	born, detained, verdict, start, release string
	articles, prison, penalty, judge, died  string
	note                                    string
}

// generator makes persons; rows that repeat something of another take it from the
// last one.
type generator struct {
	random *rand.Rand
	format Format
	words  words
	last   person
}

// next makes the row with that index, spoiled if it is its turn.
func (g *generator) next(i int) person {
	p := person{number: i + 1, female: g.random.IntN(4) == 0, status: g.status(i)}
	p.url = "https://list.example/persons/" + strconv.Itoa(10_000+i)
	p.name = g.personName(p.female)
	detained := 2020 + g.random.IntN(6)
	p.born = g.day(1950 + g.random.IntN(56))
	p.detained, p.verdict = g.day(detained), g.day(detained+1)
	p.start = p.verdict
	p.articles, p.penalty = g.charges(), g.sentence()
	p.judge = g.personName(g.random.IntN(2) == 0)
	p.prison = g.prison()
	if p.status == former {
		p.release = g.day(detained + 1)
		p.prison = g.words.released
		p.late = g.random.IntN(10) == 0
	}
	p.note = g.note()
	for _, t := range traps() {
		if i%t.every == t.first {
			t.set(g, &p)
		}
	}
	g.last = p
	return p
}

// status deals them out evenly: of 87 rows 9 are active, 40 former, 38 convicted
// and not recognised. 32 has no divisor in common with 87, so that its multiples
// go through all places.
func (g *generator) status(i int) status {
	switch place := i * 32 % 87; {
	case place < 9:
		return active
	case place < 49:
		return former
	default:
		return notRecognised
	}
}

func (g *generator) day(year int) string {
	return fmt.Sprintf("%04d-%02d-%02d", year, 1+g.random.IntN(12), 1+g.random.IntN(28))
}

// prison is one of 40, written in one of two ways.
func (g *generator) prison() string {
	n := 1 + g.random.IntN(prisons)
	place := g.words.syllables[n%len(g.words.syllables)] + g.words.syllables[(n*7+3)%len(g.words.syllables)]
	name := fmt.Sprintf(g.words.prison, n)
	address := fmt.Sprintf(g.words.address, capital(place), n*3%97+1)
	if n%2 == 0 {
		return name + "\n" + address
	}
	return name + "; " + address
}

func (g *generator) charges() string {
	count := 1 + g.random.IntN(3)/2
	text := ""
	for i := range count {
		if i > 0 {
			text += "\n"
		}
		text += fmt.Sprintf(g.words.charges[g.random.IntN(len(g.words.charges))], 130+g.random.IntN(250))
	}
	return text
}

func (g *generator) sentence() string {
	return fmt.Sprintf(g.words.years, 1+g.random.IntN(12))
}

func (g *generator) pick(choices []string) string { return choices[g.random.IntN(len(choices))] }

// note is text of some length, with the punctuation that breaks careless readers.
func (g *generator) note() string {
	text := ""
	for range 3 + g.random.IntN(4) {
		text += g.pick(g.words.notes)
	}
	return text
}

// personName puts a given name and a family name together.
func (g *generator) personName(female bool) string {
	given := capital(g.pick(g.words.syllables) + g.pick(g.words.syllables))
	ending := g.words.endings[g.random.IntN(len(g.words.endings))]
	family := capital(g.pick(g.words.syllables) + g.pick(g.words.syllables))
	if female {
		return given + g.words.feminine + " " + family + ending[1]
	}
	return given + " " + family + ending[0]
}
