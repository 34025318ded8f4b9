package sourcelist

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func statusOf(cell string) (Status, bool) {
	r := &reading{layout: layout{header: Header{Columns: []string{"status"}}}}
	r.status(cell)
	return r.row.Status, len(r.row.Complaints) > 0
}

func TestStatusesAreKnownInThreeLanguages(t *testing.T) {
	t.Parallel()
	for status, cells := range map[Status][]string{
		Active: {"active", "Active", "Political prisoner", "a political prisoner", "Recognised as a political prisoner", "prisoner of conscience",
			"политзаключённый", "Политзаключенная", "политический заключённый", "Признан политзаключённым", "узник совести", "узница совести",
			"палітвязень", "палітзняволеная", "Прызнаная палітвязнем", "палітычны вязень", "вязень сумлення", "пoлитзаключённый"}, // a Latin o
		Former: {"former", "Former political prisoner\nRecognized ex post facto", "Ex-political prisoner", "ex political prisoner", "Political prisoner (released)",
			"was a political prisoner", "Бывшая политзаключённая", "Экс-политзаключённый", "эксполитзаключённая", "Был признан политзаключённым", "политзаключённый (освобождён)",
			"Былы палітвязень", "Экс-палітвязень", "экспалітвязень", "Былая палітзняволеная", "палітвязень, вызвалены"},
		NotRecognised: {"np", "", "Not a political prisoner", "not recognised as a political prisoner", "Non-political prisoner", "unrecognized",
			"Не признан политзаключённым", "не политзаключённый", "непризнанный политзаключённый", "не признана", "Не прызнаны палітвязнем", "ня палітвязень"},
	} {
		for _, cell := range cells {
			if got, complained := statusOf(cell); got != status || complained {
				t.Errorf("%q: %v, complained %v; want %v", cell, got, complained, status)
			}
		}
	}
}

// What is not understood in full is held back: it may say the opposite.
func TestHalfUnderstoodStatusesAreNone(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{
		"astronaut", "prisoner", "not", "no longer a political prisoner", "больше не политзаключённый", "Political prisoner?", "candidate for political prisoner",
		"former political prisoner, not recognised", "политзаключённый (умер)", "political prisoner until 2021", "предположительно политзаключённый",
		"Political prisoner\nRecognized ex post facto", "active former", "not active", "np, political prisoner", "released", "recognised", "палітвязень?", "политический",
	} {
		if got, complained := statusOf(cell); got != StatusUnknown || !complained {
			t.Errorf("%q: %v, complained %v", cell, got, complained)
		}
	}
}

// However words are put together: nobody is ACTIVE by a text that holds one which
// denies it, ends it, or is not understood.
func TestNoSentenceWithADoubtMakesAPrisonerActive(t *testing.T) {
	t.Parallel()
	plain := []string{"political", "prisoner", "политзаключённый", "палітвязень", "recognised", "признан", "active", "a"}
	doubts := []string{"not", "не", "ня", "former", "бывший", "былы", "экс", "ex", "released", "вызвалены", "np", "longer", "кандидат", "?", "2021"}
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom(plain), 0, 4).Draw(t, "words")
		words = append(words, rapid.SliceOfN(rapid.SampledFrom(doubts), 1, 2).Draw(t, "doubts")...)
		cell := strings.Join(rapid.Permutation(words).Draw(t, "order"), rapid.SampledFrom([]string{" ", "-", ", ", "\n"}).Draw(t, "between"))
		if got, _ := statusOf(cell); got == Active {
			t.Fatalf("%q is taken for ACTIVE", cell)
		}
	})
}
