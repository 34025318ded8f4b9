package sourcelist

import (
	"errors"
	"testing"
	"time"
)

func TestDatesAreReadAsFarAsTheyAreKnown(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"2026": "2026", "1985-03": "1985-03", "1985-03-07": "1985-03-07", "2024-02-29": "2024-02-29",
		"april 2026": "2026-04", "29 September 2026": "2026-09-29", "September 29, 2026": "2026-09-29",
		"29.09.2026": "2026-09-29", "9.2026": "2026-09", "29 сентября 2026 г.": "2026-09-29", "3 лістапада 2024": "2024-11-03",
		"май 2023": "2023-05", "1 чэрвеня 2022": "2022-06-01", "1 снежня 2022": "2022-12-01", "2024-05-01T00:00:00Z": "2024-05-01",
		"unknown": "", "": "", "неизвестно": "", " — ": "",
	} {
		got, err := parseDate(cell)
		if err != nil || got.String() != want {
			t.Errorf("%q: %v, %v; want %q", cell, got, err, want)
		}
	}
	for _, cell := range []string{"2023-02-29", "2023-13", "0000", "31 April 2020", "yesterday", "29 Brumaire 2026", "12", "1/2", "2026-00-10"} {
		if got, err := parseDate(cell); err == nil {
			t.Errorf("%q: taken for %v", cell, got)
		}
	}
}

func TestOnlyTheEarliestDayOfAPartialDateCounts(t *testing.T) {
	t.Parallel()
	today := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for date, want := range map[Date]error{
		{Year: 2026}: nil, {Year: 2026, Month: 11}: nil, {Year: 2026, Month: 11, Day: 24}: nil, {}: nil,
		{Year: 2026, Month: 11, Day: 25}: errFuture, {Year: 2026, Month: 12}: errFuture, {Year: 2027}: errFuture,
		{Year: 1896}: nil, {Year: 1895}: errImplausible,
	} {
		if got := date.plausible(today); !errors.Is(got, want) {
			t.Errorf("%v: %v, want %v", date, got, want)
		}
	}
}

func TestSentencesBecomeMonths(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]int{
		"4 1/2 years": 54, "4½ years": 54, "4,5 года": 54, "4.5 years": 54, "2 years 6 months": 30, "3 года": 36,
		"5 гадоў калоніі": 60, "18 месяцев": 18, "1 year and 1 month": 13, "a fine": 0, "": 0, "5000 roubles": 0,
		"9999999 years": 0, "1/0 years": 0, "½ года": 6,
	} {
		if got := months(cell); got != want {
			t.Errorf("%q: %d months, want %d", cell, got, want)
		}
	}
}

func TestChargesAreTakenApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Article{
		"Art. 342 CC":                         {Code: "CRIMINAL", Number: "342"},
		"Part 2 of Art. 339 of the CC":        {Code: "CRIMINAL", Number: "339", Part: "2"},
		"ч. 1 ст. 361-1 УК":                   {Code: "CRIMINAL", Number: "361-1", Part: "1"},
		"арт. 342 КК":                         {Code: "CRIMINAL", Number: "342"},
		"342 ч. 1":                            {Code: "CRIMINAL", Number: "342", Part: "1"},
		"ст. 24.23 КоАП":                      {Code: "ADMINISTRATIVE", Number: "24.23"},
		"party without an article to be read": {Code: "CRIMINAL"},
	} {
		want.Text = text
		if got := article(text); got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

func TestPrisonsAreToldFromLiberty(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]Prison{
		"Colony 7\nSomewhere 1":   {Imprisoned, "Colony 7", "Somewhere 1"},
		"Colony 7; Somewhere 1":   {Imprisoned, "Colony 7", "Somewhere 1"},
		"Colony 7\r\nSomewhere 1": {Imprisoned, "Colony 7", "Somewhere 1"},
		"Colony 7":                {Imprisoned, "Colony 7", ""},
		"":                        {},
		"released":                {Liberty: Released}, "освобождён": {Liberty: Released}, "Освобожден": {Liberty: Released}, "вызвалены": {Liberty: Released},
		"находится на свободе до начала отбывания наказания": {Liberty: AwaitingPenalty},
	} {
		if got := prison(cell); got != want {
			t.Errorf("%q: %+v, want %+v", cell, got, want)
		}
	}
}

func TestAnonymousPersonsAreFound(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Citizen K.": true, "Гражданин К.": true, "Гражданка К. М.": true, "Грамадзянін К": true, "К. М.": true, "Anonymous": true,
		"Зурмек Лупов": false, "Citizen Lupov": false, "Зурмек Л.": false, "": false,
	} {
		if got := anonymous(name); got != want {
			t.Errorf("%q: %v, want %v", name, got, want)
		}
	}
}

func TestLookalikeLettersAreRepairedInsideCyrillicWords(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		repaired string
		mixed    bool
	}{
		"Зурмeк Лупoв":  {"Зурмек Лупов", true}, // Latin e and o
		"Сіmвол":        {"Сіmвол", true},       // m has no small twin: flagged, not changed
		"Зурмек Lupov":  {"Зурмек Lupov", false},
		"IT-специалист": {"IT-специалист", false},
		"":              {"", false},
	} {
		if got, mixed := repair(text); got != want.repaired || mixed != want.mixed {
			t.Errorf("%q: %q, %v; want %q, %v", text, got, mixed, want.repaired, want.mixed)
		}
	}
}

func TestStatusesAreKnownInThreeLanguages(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]Status{
		"active": Active, "former": Former, "np": NotRecognised, "": NotRecognised, "Political prisoner": Active,
		"Former political prisoner\nRecognized ex post facto": Former, "политзаключённый": Active, "Бывшая политзаключённая": Former,
		"палітвязень": Active, "Былы палітвязень": Former, "палітзняволеная": Active, "astronaut": StatusUnknown,
	} {
		r := &reading{layout: layout{header: Header{Columns: []string{"status"}}}}
		r.status(cell)
		if got := r.row.Status; got != want {
			t.Errorf("%q: %v, want %v", cell, got, want)
		}
		if complained := len(r.row.Complaints) > 0; complained != (want == StatusUnknown) {
			t.Errorf("%q: complained %v", cell, complained)
		}
	}
}
