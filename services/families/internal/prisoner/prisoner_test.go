package prisoner_test

import (
	"testing"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
)

func TestNamesOfListsAreShortAndPlain(t *testing.T) {
	t.Parallel()
	for name, good := range map[string]bool{
		"spring": true, "list-2": true, "a": false, "": false, "Spring": false, "2lists": false, "a b": false,
		"list/2": false, "вясна": false, "abcdefghijklmnopqrstuvwxyz0123456": false,
	} {
		if err := prisoner.CheckList("sourceList", name); (err == nil) != good {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestOneNameIsOneNameHoweverItIsTyped(t *testing.T) {
	t.Parallel()
	for _, spellings := range [][]string{
		{"Пётр Зурмёнак", "Петр Зурменак", "ЗУРМЁНАК Пётр", "Пе\u0308тр Зурме\u0308нак", "Пётр\u00a0Зур\u00adмёнак", "Пётр К. Зурмёнак", "Пётр, Зурмёнак\u200b"},
		{"Андрэй Зурманаў", "Андрэи\u0306 Зурманау\u0306", "Андрэ́й Зурмана́ў", "Aндрэй Зурмaнаў"}, // Latin A and a
		{"Соня Сова", "Cоня Cовa", "СОНЯ COBA"}, // all of the last word is Latin
		{"Прад'яна О'Тыс", "Прадʼяна О’Тыс", "Прадяна ОТыс"},
		{"Ганна-Марыя Тыс", "Ганна Марыя Тыс", "Тыс Марыя–Ганна"},
		{"Ivan Śmieły", "Ivan Śmiełу", "IVAN S\u0301MIEŁY"}, // a Cyrillic у
	} {
		want := prisoner.Likeness(spellings[0])
		for _, other := range spellings {
			if got := prisoner.Likeness(other); got != want || want == "" {
				t.Errorf("%q: %q, but %q: %q", spellings[0], want, other, got)
			}
		}
	}
}

func TestOtherNamesStayOthers(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, name := range []string{"Зурмек Лупов", "Зурмак Лупов", "Зурмек Лупава", "Зурмек Лупов Тысов", "Зурм Еклупов", "Zurmek Lupow", ""} {
		key := prisoner.Likeness(name)
		if other, twice := seen[key]; twice {
			t.Errorf("%q is %q", name, other)
		}
		seen[key] = name
	}
	if got := prisoner.Likeness("К. М."); got != "" {
		t.Errorf("initials are the name %q", got)
	}
}
