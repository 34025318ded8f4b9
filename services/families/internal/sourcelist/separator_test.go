package sourcelist_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"github.com/solidarity-fund/solidarity/services/families/internal/sourcelist"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// russian is a short list in Russian, its cells separated by sep, in windows-1251.
func russian(t *testing.T, sep string) string {
	t.Helper()
	lines := [][]string{
		{"Имя и фамилия", "Статус", "Дата рождения", "Пол", "Дата задержания", "Предъявленные обвинения", "Дата приговора", "Приговор", "Наказание", "Судья", "Прокурор", "Тюрьма"},
		{"Зурмек Лупов", "Политзаключённый", "03.02.1981", "м", "01.11.2020", "Ст. 342 УК", "", "", "3 года", "", "", "Колония № 901"},
		{"Тыса Лупова", "Политзаключённая", "08.08.1990", "ж", "09.08.2021", `"ч. 2 ст. 361 УК; ст. 342 УК"`, "", "", "4,5 года", "", "", `"Колония № 902; г. Зурск"`},
	}
	var file strings.Builder
	for _, cells := range lines {
		for i, c := range cells {
			if strings.Contains(c, sep) && !strings.HasPrefix(c, `"`) {
				cells[i] = `"` + c + `"`
			}
		}
		file.WriteString(strings.Join(cells, sep) + "\r\n")
	}
	text, err := charmap.Windows1251.NewEncoder().String(file.String())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestAListIsReadWhateverSeparatesItsCells(t *testing.T) {
	t.Parallel()
	_, want := parse(t, russian(t, ","))
	if len(want) != 2 || want[1].Prison.Name != "Колония № 902" || len(want[1].Articles) != 2 || want[1].Months != 54 {
		t.Fatalf("with commas: %+v", want)
	}
	for _, sep := range []string{";", "\t", "|"} {
		header, rows := parse(t, russian(t, sep))
		if header.Format != sourcelist.NamesRussian || header.Encoding != sourcelist.Windows1251 || len(header.Unknown) != 0 {
			t.Errorf("%q: header %+v", sep, header)
		}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Errorf("%q (-comma +other):\n%s", sep, diff)
		}
	}
}

func TestAListMayNameItsSeparatorItself(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"sep=%s\n", "sep=%s\r\n", "\"sep=%s\"\r\n"} {
		for _, sep := range []string{",", ";", "\t", "|"} {
			_, rows := parse(t, fmt.Sprintf(first, sep)+russian(t, sep))
			if len(rows) != 2 || rows[0].Name != "Зурмек Лупов" || rows[0].Line != 3 {
				t.Errorf("%q of %q: %+v", first, sep, rows)
			}
		}
	}
}

// Programs that save sheets end the header with separators of empty columns.
func TestEmptyColumnsBehindTheHeaderMeanNothing(t *testing.T) {
	t.Parallel()
	header, rows := parse(t, "name;status;;\nЗурмек Лупов;active;;\nТыс Лупов;np\n")
	if len(header.Unknown) != 0 || len(rows) != 2 || rows[0].Blocking() || rows[1].Blocking() {
		t.Errorf("header %+v, rows %+v", header, rows)
	}
}

func TestARefusedHeaderNamesTheSeparators(t *testing.T) {
	t.Parallel()
	_, _, err := sourcelist.Parse(strings.NewReader("name^status\nx^active\n"), today())
	f := fault.As(err)
	if f == nil || !strings.Contains(f.Violations[0].Description, "semicolons") {
		t.Errorf("a header with another separator: %v", err)
	}
}

func TestMissingLastCellsAreEmpty(t *testing.T) {
	t.Parallel()
	const header = "id,url,name,status,gender,photo,birthday,arrested,articles,prison,penalty,died\n"
	_, short := parse(t, header+"1,,Зурмек Лупов,active,m,,1981-02-03,2020-11-01\n2,,Тыс Лупов,np\n3\n")
	_, whole := parse(t, header+"1,,Зурмек Лупов,active,m,,1981-02-03,2020-11-01,,,,\n2,,Тыс Лупов,np,,,,,,,,\n3,,,,,,,,,,,\n")
	for i := range short {
		whole[i].Cells, short[i].Cells = nil, nil
	}
	if diff := cmp.Diff(whole, short); diff != "" {
		t.Errorf("rows that end early (-whole +short):\n%s", diff)
	}
	for i, blocking := range []bool{false, false, true} { // the last has no name
		if short[i].Blocking() != blocking {
			t.Errorf("row %d blocking: %v", i+1, short[i].Blocking())
		}
	}
	_, long := parse(t, header+"1,,Зурмек Лупов,active,m,,1981-02-03,2020-11-01,,,,,surplus\n")
	if !long[0].Blocking() || long[0].Complaints[0].Reason != sourcelist.ColumnCount {
		t.Errorf("a row longer than the header: %+v", long[0].Complaints)
	}
}

func TestASeparatorThatIsNotReadIsNamed(t *testing.T) {
	t.Parallel()
	for sign, name := range map[string]string{":": "colons", "~": "tildes", "^": "carets", "\x1f": "unit separators", "#": "number signs"} {
		for _, file := range []string{"name" + sign + "status\nx" + sign + "active\n", "sep=" + sign + "\nname" + sign + "status\n"} {
			_, _, err := sourcelist.Parse(strings.NewReader(file), today())
			if f := fault.As(err); f == nil || !strings.Contains(f.Violations[0].Description, name) {
				t.Errorf("%q: %v, want %q named", file, err, name)
			}
		}
	}
}

func TestRowsOfNothingAreNone(t *testing.T) {
	t.Parallel()
	_, rows := parse(t, "name;status\nЗурмек Лупов;active\n;\n \u00a0;\u200b\nТыс Лупов;np\n;;;;\n")
	if len(rows) != 2 || rows[1].Number != 2 || rows[1].Line != 5 {
		t.Errorf("rows are %+v", rows)
	}
}

// What nobody sees changes neither a heading, nor a status, nor a sex.
func TestCellsAreReadAsTheyAreSeen(t *testing.T) {
	t.Parallel()
	header, rows := parse(t, "І\u00adмя і про\u200bзвішча,Ста\u0301тус:,дата нараджэння,пол\n"+
		"Зур\u00adмек\u00a0Лу\u200dпов,По\u00adлитзаключе\u0308нный,\u200e1985,\u200bм\nТыс Лупов,Fоrmer,,ж\n") // a Cyrillic о
	if header.Format != sourcelist.NamesBelarusian || rows[0].Name != "Зурмек Лупов" || rows[0].Status != sourcelist.Active || rows[0].Sex != sourcelist.Male ||
		rows[0].Born.String() != "1985" || len(rows[0].Complaints) != 0 || rows[1].Status != sourcelist.Former {
		t.Errorf("header %+v, rows %+v", header, rows)
	}
}
