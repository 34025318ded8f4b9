package sourcelist

import (
	"regexp"
	"strings"
)

// sexWords are the words for a sex; those behind which a … stands in docs/imports.md may
// have any ending.
func sexWords() map[Sex][]string {
	return map[Sex][]string{
		Male:   {"m", "male", "man", "м", "муж…"},
		Female: {"f", "female", "woman", "ж", "жен…", "жан…"},
	}
}

// sex reads one letter or one word in three languages.
func (r *reading) sex(cell string) {
	repaired, _ := repair(cell)
	word := strings.TrimRight(fold(repaired), ".")
	if word == "" {
		return
	}
	for sex, words := range sexWords() {
		if begins(word, words) {
			r.row.Sex = sex
			return
		}
	}
	r.complain(UnknownSex, "is not a sex that is known")
}

// begins reports whether a text is one of words, or begins with one that ends with an
// ellipsis.
func begins(text string, words []string) bool {
	for _, w := range words {
		if begin, open := strings.CutSuffix(w, "…"); text == w || open && strings.HasPrefix(text, begin) {
			return true
		}
	}
	return false
}

// anonymousName is how lists write somebody whom they do not name: "Citizen K.",
// initials only, or a word for unknown.
var anonymousName = regexp.MustCompile(`(?i)^(?:(?:citizen|гражданин|гражданка|грамадзянін|грамадзянка)(?: +\pL{1,2}\.?)*|(?:\pL\. *)+|\pL|anonymous|unknown|неизвестн\pL*|невядом\pL*|ананім\pL*|аноним\pL*)$`)

func anonymous(name string) bool { return anonymousName.MatchString(name) }

// libertyWords are what stands for a prison where somebody is free: with an ellipsis
// before them anywhere in the cell, with one behind them at its beginning.
func libertyWords() map[Liberty][]string {
	return map[Liberty][]string{
		AwaitingPenalty: {"…до начала отбывания", "…да пачатку адбыцця", "…да пачатку адбывання", "…before serving", "…awaiting the start",
			"…until the sentence begins", "…until the penalty begins"},
		Released: {"released…", "освобожд…", "вызвален…", "на свободе…", "на волі…"},
	}
}

// liberty is what a prison cell says of being free; Imprisoned where it says nothing.
func liberty(word string) Liberty {
	for _, w := range libertyWords()[AwaitingPenalty] {
		if strings.Contains(word, strings.TrimPrefix(w, "…")) {
			return AwaitingPenalty
		}
	}
	if begins(word, libertyWords()[Released]) {
		return Released
	}
	return Imprisoned
}

// prison tells name and address apart, and both from words for being free.
func prison(cell string) Prison {
	repaired, _ := repair(cell)
	word := fold(repaired)
	if word == "" {
		return Prison{}
	}
	if free := liberty(word); free != Imprisoned {
		return Prison{Liberty: free}
	}
	text := strings.TrimSpace(strings.ReplaceAll(cell, "\r\n", "\n"))
	name, address, found := strings.Cut(text, "\n")
	if !found {
		name, address, _ = strings.Cut(text, ";")
	}
	return Prison{Liberty: Imprisoned, Name: squeeze(name), Address: squeeze(address)}
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
