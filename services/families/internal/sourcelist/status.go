package sourcelist

import (
	"regexp"
	"strings"
	"unicode"
)

// sense is what a word of a status cell says; several add up.
type sense uint

// The senses. A word that has none is not understood.
const (
	neutral    sense = 1 << iota // says nothing: "as", "of"
	political                    // "political", "of conscience"
	imprisoned                   // "prisoner"
	recognised                   // "recognised"
	current                      // "active"
	negated                      // "not"
	past                         // "former"
	freed                        // "released"
	convicted                    // "np": convicted, not recognised
)

// statusWords are the words of status cells in English, Russian and Belarusian, in
// all cases and genders, lower case with е for ё.
var statusWords = []struct {
	words *regexp.Regexp
	says  sense
}{
	{whole(`an?|the|as|is|of|и|і`), neutral},
	{whole(`political|политическ\pL*|палітычн\pL*|conscience|совести|сумлення`), political},
	{whole(`prisoners?|заключенн\pL*|узни[кц]\pL*|вязень|вязня|вязню|вязнем|вязні|вязніц\pL*|зняволен\pL*`), imprisoned},
	{whole(`политзаключенн\pL*|политз[эе]к\pL*|политузни[кц]\pL*|палітвяз\pL*|палітзняв\pL*|палітзэк\pL*`), political | imprisoned},
	{whole(`recogni[sz]ed|признан\pL{0,2}|прызнан\pL{0,2}`), recognised},
	{whole(`unrecogni[sz]ed|непризнан\pL*|непрызнан\pL*`), recognised | negated},
	{whole(`active|current|действующ\pL*|дзейн\pL*`), current},
	{whole(`not?|non|never|не|ня|нет|няма|никогда|ніколі`), negated},
	{whole(`former|formerly|ex|was|экс|бывш\pL*|был|была|былы|былая|былой|былым|быў`), past},
	{whole(`released|freed|pardoned|освобожден\pL{0,2}|вызвален\pL{0,2}|помилован\pL{0,2}|памілаван\pL{0,2}`), freed},
	{whole(`np`), convicted},
}

func whole(words string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + words + `)$`) }

// recognisedLate is how lists say that somebody was recognised only after release.
var recognisedLate = regexp.MustCompile(`(?:(?:recogni[sz]ed|признан\pL{0,2}|прызнан\pL{0,2}) )?(?:(?:ex )?post[ -]?fact(?:o|um)|пост[ -]?фактум)`)

// status reads a program's word or a sentence in one of three languages. An empty
// cell is how the short lists mark somebody convicted but not recognised.
func (r *reading) status(cell string) {
	row := &r.row
	repaired, _ := repair(cell)
	text := fold(repaired)
	row.RecognisedLate = recognisedLate.MatchString(text)
	row.Status = standing(recognisedLate.ReplaceAllString(text, ""))
	if row.Status == Active && row.RecognisedLate {
		row.Status = StatusUnknown // in prison, or recognised after release: not both
	}
	if row.Status == StatusUnknown {
		r.complain(UnknownStatus, "is not a status that is known")
	}
}

// standing is what a status says of which every word is understood. One word that
// is not may turn the rest into its opposite, so the whole is unknown then: nobody
// becomes a political prisoner by half a sentence.
func standing(text string) Status {
	var says sense
	for _, word := range strings.FieldsFunc(text, separatesWords) {
		m := senseOf(word)
		if m == 0 {
			return StatusUnknown
		}
		says |= m
	}
	prisoner := says&(political|imprisoned) == political|imprisoned
	only := func(m sense) bool { return says&^neutral == m }
	has := func(m sense) bool { return says&m != 0 }
	switch {
	case only(0), only(convicted):
		return NotRecognised
	case has(convicted), has(current) && has(negated|past|freed), has(negated) && has(past|freed):
		return StatusUnknown
	case has(negated) && (prisoner || only(negated|recognised)):
		return NotRecognised
	case only(past), has(past|freed) && prisoner:
		return Former
	case only(current), prisoner && !has(negated):
		return Active
	}
	return StatusUnknown
}

// separatesWords: a hyphen joins "ex-political", brackets and commas enclose a
// remark. A question mark is part of a word, which then is not understood.
func separatesWords(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("-–—,.;:()/\"'«»", r)
}

func senseOf(word string) sense {
	for _, w := range statusWords {
		if w.words.MatchString(word) {
			return w.says
		}
	}
	if rest, ok := strings.CutPrefix(word, "экс"); ok && rest != "" { // экспалітвязень
		if m := senseOf(rest); m&imprisoned != 0 {
			return m | past
		}
	}
	return 0
}
