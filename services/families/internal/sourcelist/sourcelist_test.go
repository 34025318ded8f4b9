package sourcelist_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"

	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/families/internal/sourcelist"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func today() time.Time { return time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }

// parse reads a whole list, which must be in order.
func parse(t *testing.T, file string) (sourcelist.Header, []sourcelist.Row) {
	t.Helper()
	header, rows, err := sourcelist.Parse(strings.NewReader(file), today())
	if err != nil {
		t.Fatalf("header: %v", err)
	}
	var all []sourcelist.Row
	for row, err := range rows {
		if err != nil {
			t.Fatalf("row %d: %v", row.Number, err)
		}
		all = append(all, row)
	}
	return header, all
}

func generate(t *testing.T, rows int, format listfake.Format) string {
	t.Helper()
	var out bytes.Buffer
	if err := listfake.Generate(&out, 1, rows, format); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestARowIsUnderstoodAndKept(t *testing.T) {
	t.Parallel()
	const file = "id,url,name,status,gender,photo,birthday,arrested,articles,prison,penalty,died\r\n" +
		"7,https://list.example/7,  Мекзур  Лупын ,former,m,p.jpg,1985-03,29 September 2025,\"Art. 342 CC\r\nPart 2 of Art. 339 CC\",\"Колония № 7\nг. Зурск, 1\",4 1/2 years,\n"
	header, rows := parse(t, file)
	if header.Format != sourcelist.Registry || header.Encoding != sourcelist.UTF8 || len(header.Unknown) != 0 {
		t.Errorf("header: %+v", header)
	}
	want := []sourcelist.Row{{
		Number: 1, Line: 2,
		Cells: []string{"7", "https://list.example/7", "  Мекзур  Лупын ", "former", "m", "p.jpg", "1985-03", "29 September 2025",
			"Art. 342 CC\r\nPart 2 of Art. 339 CC", "Колония № 7\nг. Зурск, 1", "4 1/2 years", ""},
		ID: "7", URL: "https://list.example/7", Name: "Мекзур Лупын", NameRepaired: "Мекзур Лупын",
		Status: sourcelist.Former, Sex: sourcelist.Male,
		Born: sourcelist.Date{Year: 1985, Month: 3}, Detained: sourcelist.Date{Year: 2025, Month: 9, Day: 29},
		Articles: []sourcelist.Article{
			{Text: "Art. 342 CC", Code: "CRIMINAL", Number: "342"},
			{Text: "Part 2 of Art. 339 CC", Code: "CRIMINAL", Number: "339", Part: "2"},
		},
		Months: 54, Prison: sourcelist.Prison{Liberty: sourcelist.Imprisoned, Name: "Колония № 7", Address: "г. Зурск, 1"},
	}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestGeneratedListsOfEveryFormatAndEncodingAreUnderstood(t *testing.T) {
	t.Parallel()
	for made, read := range map[listfake.Format]sourcelist.Format{
		listfake.Registry: sourcelist.Registry, listfake.Names: sourcelist.Names,
		listfake.NamesBelarusian: sourcelist.NamesBelarusian, listfake.NamesRussian: sourcelist.NamesRussian,
	} {
		t.Run(string(made), func(t *testing.T) {
			t.Parallel()
			file := generate(t, 1740, made)
			header, rows := parse(t, file)
			if header.Format != read || len(header.Unknown) != 0 || len(rows) != 1740 {
				t.Errorf("header %+v with %d rows", header, len(rows))
			}
			checkGenerated(t, rows)
			if made == listfake.Names {
				return // English is the same in windows-1251
			}
			encoded, err := charmap.Windows1251.NewEncoder().String(strings.TrimPrefix(file, "\uFEFF"))
			if err != nil {
				t.Fatal(err)
			}
			header, again := parse(t, encoded)
			if header.Encoding != sourcelist.Windows1251 {
				t.Errorf("encoding: %v", header.Encoding)
			}
			if diff := cmp.Diff(rows, again); diff != "" {
				t.Errorf("windows-1251 reads differently (-UTF-8 +windows-1251):\n%s", diff)
			}
		})
	}
}

// checkGenerated counts what the generator has put into 1,740 rows.
func checkGenerated(t *testing.T, rows []sourcelist.Row) {
	t.Helper()
	status := map[sourcelist.Status]int{}
	liberty := map[sourcelist.Liberty]int{}
	places := map[string]bool{}
	reasons := map[string]int{}
	anonymous, halves, blocking := 0, 0, 0
	for _, r := range rows {
		status[r.Status]++
		liberty[r.Prison.Liberty]++
		if r.Prison.Liberty == sourcelist.Imprisoned {
			places[r.Prison.Name] = true
		}
		for _, c := range r.Complaints {
			reasons[c.Reason]++
		}
		if r.Anonymous {
			anonymous++
		}
		if r.Months == 54 {
			halves++
		}
		if r.Blocking() {
			blocking++
		}
	}
	if status[sourcelist.Active] != 180 || status[sourcelist.Former] != 800 || status[sourcelist.NotRecognised] != 760 {
		t.Errorf("statuses: %v", status)
	}
	if len(places) != 40 || liberty[sourcelist.Released] == 0 || liberty[sourcelist.AwaitingPenalty] == 0 || liberty[sourcelist.LibertyUnknown] == 0 {
		t.Errorf("prisons: %d, liberty: %v", len(places), liberty)
	}
	if anonymous != 18 || halves < 30 || blocking != 0 {
		t.Errorf("anonymous %d, sentences of 4 1/2 years %d, blocking %d", anonymous, halves, blocking)
	}
	if reasons[sourcelist.FutureDate] == 0 || reasons[sourcelist.BadDate] != 0 || reasons[sourcelist.UnknownSex] != 0 {
		t.Errorf("complaints: %v", reasons)
	}
}

func TestAFullListHasTheTrapsOfRealOnes(t *testing.T) {
	t.Parallel()
	file := generate(t, listfake.DefaultRows, listfake.Registry)
	if size := len(file); size < 5<<20 || size > 8<<20 {
		t.Errorf("size: %d bytes, want about 6 MB", size)
	}
	_, rows := parse(t, file)
	urls, born := map[string]int{}, map[string]int{}
	lookalikes := 0
	for _, r := range rows {
		for _, c := range r.Complaints {
			if c.Reason != sourcelist.FutureDate && c.Reason != sourcelist.Lookalike {
				t.Errorf("row %d, %s: %s", c.Row, c.Column, c.Reason)
			}
		}
		urls[r.URL]++
		if r.Born.Known() {
			born[r.NameRepaired+"|"+r.Born.String()]++
		}
		if r.Name != r.NameRepaired {
			lookalikes++
		}
	}
	if shared := len(rows) - len(urls); shared != 50 {
		t.Errorf("rows that share an address: %d, want 50", shared)
	}
	twice := 0
	for _, n := range born {
		if n > 1 {
			twice++
		}
	}
	if twice < 30 || lookalikes < 50 {
		t.Errorf("same name and birth twice: %d, look-alike names: %d", twice, lookalikes)
	}
}

func TestWhatIsNotAListIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"nothing":        "",
		"another header": "a,b,c\n1,2,3\n",
		"no status":      "name,url\nx,y\n",
		"same heading":   "name,status,status\nx,active,np\n",
		"UTF-16":         "\xFF\xFEn\x00a\x00m\x00e\x00",
		"binary":         "PK\x03\x04\x00\x00",
		"open quote":     "\"name,status\n",
	} {
		_, _, err := sourcelist.Parse(strings.NewReader(file), today())
		if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Violations[0].Field != "file" {
			t.Errorf("%s: %v, want a violation of file", name, err)
		}
	}
}

func TestABrokenFileIsReportedWithItsLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ rows, want string }{
		"quote never closed": {"a,active\n\"b,active\nc,active\n", "line 3: a quote that begins"},
		"quote inside":       {"a,active\nb\"c,active\n", "line 3: a quote stands inside"},
		"after a quote":      {"\"a\"b,active\n", "line 2: something follows"},
		"endless row":        {"\"" + strings.Repeat("x", 2<<20) + "\",active\n", "line 2: the row is longer"},
		"endless cells":      {strings.Repeat(",", 300) + "\n", "line 2: the row has too many"},
	} {
		_, rows, err := sourcelist.Parse(strings.NewReader("name,status\n"+test.rows), today())
		if err != nil {
			t.Fatal(err)
		}
		var last error
		for _, err := range rows {
			last = err
		}
		if f := fault.As(last); f == nil || !strings.Contains(f.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, last, test.want)
		}
	}
}

func TestAReaderThatFailsIsNotTheFilesFault(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	_, rows, err := sourcelist.Parse(io.MultiReader(strings.NewReader("name,status\n"+strings.Repeat("a,np\n", 20_000)), failing{broken}), today())
	for _, e := range rows {
		err = e
	}
	if !errors.Is(err, broken) || fault.As(err) != nil {
		t.Errorf("error: %v, want the reader's own", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestComplaintsNameRowAndColumn(t *testing.T) {
	t.Parallel()
	_, rows := parse(t, "Name and surname,Status,Date of birth,Gender,Date of detention,Charges indicted,Date of verdict,Sentence,Penalty,Judge,Prosecutor,Prison\n"+
		"Lupzur Mekuk,Political prisoner,1990-02-30,x,2097,,,,,,,\n"+
		",Astronaut,1850,,,,,,,,,\n"+
		"Мекзoр Лупук,,,,,,,,,,,,\n"+
		"\xff\xfe broken,Political prisoner,,,,,,,,,,\n")
	var got [][3]any
	for _, r := range rows {
		for _, c := range r.Complaints {
			got = append(got, [3]any{c.Row, c.Column, c.Reason})
		}
	}
	want := [][3]any{
		{1, "Date of birth", sourcelist.BadDate}, {1, "Gender", sourcelist.UnknownSex}, {1, "Date of detention", sourcelist.FutureDate},
		{2, "Status", sourcelist.UnknownStatus}, {2, "Date of birth", sourcelist.ImplausibleDate}, {2, "", sourcelist.NoName},
		{3, "", sourcelist.ColumnCount}, {3, "Name and surname", sourcelist.Lookalike},
		{4, "Name and surname", sourcelist.NotText},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("complaints (-want +got):\n%s", diff)
	}
	for i, blocking := range []bool{false, true, true, true} {
		if rows[i].Blocking() != blocking {
			t.Errorf("row %d blocking: %v, want %v", i+1, rows[i].Blocking(), blocking)
		}
	}
}

func TestATranslatedHeaderIsKnownByItsPlaces(t *testing.T) {
	t.Parallel()
	header, rows := parse(t, "Имя и фамилия,Статус лица,Родился,Пол,Задержан,Обвинения,Суд,Суть,Срок,Судья,Обвинитель,Место\n"+
		"Зурмек Лупов,Политзаключённая,5 мая 1990,ж,,,,,2 года 6 месяцев,,,\n")
	if header.Format != sourcelist.NamesRussian || rows[0].Born.String() != "1990-05-05" || rows[0].Months != 30 ||
		rows[0].Status != sourcelist.Active || rows[0].Sex != sourcelist.Female {
		t.Errorf("header %+v, row %+v", header, rows[0])
	}
}
