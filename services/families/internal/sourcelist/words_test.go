package sourcelist

import "testing"

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
