package server_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
)

// Headers of lists without ids.
const (
	english    = "Name and surname,Status,Date of birth,Gender,Date of detention,Charges indicted,Date of verdict,Sentence,Penalty,Judge,Prosecutor,Prison\n"
	russian    = "Имя и фамилия,Статус,Дата рождения,Пол,Дата задержания,Предъявленные обвинения,Дата приговора,Приговор,Наказание,Судья,Прокурор,Тюрьма\n"
	belarusian = "Імя і прозвішча,Статус,Дата нараджэння,Пол,Дата затрымання,Прад'яўленыя абвінавачванні,Дата прысуду,Прысуд,Пакаранне,Суддзя,Пракурор,Турма\n"
)

// taken imports a list and returns it with its rows.
func (b *bench) taken(file string) (*familiesv1.PrisonerImport, []*familiesv1.PrisonerImportRow) {
	b.t.Helper()
	i, err := b.upload(b.caseworker(pavel), "spring", "", []byte(file))
	must(b.t, err)
	rows, err := b.caseworker(pavel).imports.ListRows(b.t.Context(), &familiesv1.ListRowsRequest{Parent: i.GetName()})
	must(b.t, err)
	list := rows.GetRows()
	slices.SortFunc(list, func(x, y *familiesv1.PrisonerImportRow) int { return cmp.Compare(x.GetName(), y.GetName()) })
	return i, list
}

func TestDatesAsPeopleWriteThemAreUnderstood(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, rows := b.taken(belarusian +
		"Браніслаў Кушмовец,Палітвязень,3 сакавіка 1984,муж.,9 жніўня 2020,Арт. 342 КК,17 лютага 2021,,3 гады,,,Папраўчая калонія № 901\n" +
		"Яніна Дрэўляная,Палітвязень,жнівень 1990,жан.,жніўня 2021,Арт. 361-1 КК,,,,,,Папраўчая калонія № 902\n" +
		"Тарас Гмырык,Палітвязень,1979,муж.,12 авг. 2020 г.,Арт. 342 КК,5 сент. 2021 г.,,,,,Папраўчая калонія № 903\n" +
		"Юзэфа Ладзевіч,Палітвязень,11.07.1966,жан.,\"Aug. 12, 2020\",Арт. 130 КК,,,,,,Папраўчая калонія № 904\n")
	for _, r := range rows {
		if len(r.GetComplaints()) > 0 || r.GetHeldBack() {
			t.Errorf("row %v", r)
		}
	}
	_, rows = b.taken(english + "Taras Hmyryk,Political prisoner,about 1979,male,some time in 2020,,,,,,,\n")
	if len(rows) != 1 || len(rows[0].GetComplaints()) != 3 || rows[0].GetComplaints()[0].GetReason() != "BAD_DATE" || !rows[0].GetHeldBack() {
		t.Errorf("a row with neither id nor dates is %v", rows)
	}
}

func TestNobodyWhoIsOrWasNotAPoliticalPrisonerIsActive(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, rows := b.taken(russian +
		"Остап Курбельник,Экс-политзаключённый,1981-02-03,м,2020-11-01,Ст. 342 УК,,,,,,\n" +
		"Зінаіда Твораўская,Экс-палітвязень,1975-06-21,ж,2021-03-15,арт. 342 КК,,,,,,\n" +
		"Peter Madeupson,Ex-political prisoner,1990-09-30,m,2020-08-20,Art. 342 CC,,,,,,\n" +
		"Рыгор Сподкін,Не признан политзаключённым,1969-12-12,м,2022-01-10,Ст. 364 УК,,,,,,\n" +
		"Тарас Гмырык,Больше не политзаключённый,1969-12-13,м,2022-01-11,Ст. 364 УК,,,,,,\n")
	former, not := familiesv1.PrisonerStatus_PRISONER_STATUS_FORMER, familiesv1.PrisonerStatus_PRISONER_STATUS_NOT_RECOGNISED
	for i, want := range []familiesv1.PrisonerStatus{former, former, former, not, familiesv1.PrisonerStatus_PRISONER_STATUS_UNKNOWN} {
		if rows[i].GetStatus() != want || rows[i].GetHeldBack() != (i == 4) {
			t.Errorf("row %d is %v", i+1, rows[i])
		}
	}
}

func TestAListWithoutIdsIsTheSameListAMonthLater(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	const taras = "Taras Hmyryk,Political prisoner,1979-10-19,male,2020-09-13,Art. 364 of the Criminal Code,2021-02-11,Made-up court,5 years,,,Penal colony No. 905\n"
	may := b.register("spring", []byte(english+
		"Alena Kushmovets,Political prisoner,1985-03-07,female,2021-05-04,Art. 342 of the Criminal Code,2021-11-02,Made-up court,3 years,,,Penal colony No. 904\n"+taras))
	june := b.register("spring", []byte(english+
		"Alena  Kushmovets,Former political prisoner,1985-03-07,female,2021-05-04,Art. 342 of the Criminal Code,2021-11-02,Made-up court,3 years,,,released\n"+taras))
	if may.GetNewRows() != 2 || june.GetNewRows() != 0 || june.GetChangedRows() != 1 || june.GetUnchangedRows() != 1 || june.GetVanishedRows() != 0 {
		t.Errorf("in May %v, in June %v", may, june)
	}
	page, err := b.caseworker(olga).prisoners.ListPrisoners(ctx, &familiesv1.ListPrisonersRequest{})
	must(t, err)
	statuses := map[familiesv1.PrisonerStatus]int{}
	for _, p := range page.GetPrisoners() {
		statuses[p.GetStatus()]++
	}
	if len(page.GetPrisoners()) != 2 || statuses[familiesv1.PrisonerStatus_PRISONER_STATUS_FORMER] != 1 {
		t.Errorf("prisoners are %v", page)
	}
}

func TestRowsThatEndEarlyAreWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	i, rows := b.taken(header +
		"9001,https://list.example/p/9001,Остап Курбельник,active,m,,,1981-02-03,2020-11-01,арт. 342 КК,Папраўчая калонія № 901,,,,,,,,,,,,\n" +
		"9002,https://list.example/p/9002,Яніна Дрэўляная,active,f,,,1990-08-08,2021-08-09,арт. 342 КК,Папраўчая калонія № 902\n" +
		"9003,https://list.example/p/9003,Тарас Гмырык,active\n" +
		"9004,https://list.example/p/9004,Юзэфа Ладзевіч,active,f,,,1966-07-11,2020-08-12,арт. 342 КК,,,,,,,,,,,,,,surplus\n")
	if i.GetHeldBackRows() != 1 || !rows[3].GetHeldBack() || rows[3].GetComplaints()[0].GetReason() != "COLUMN_COUNT" {
		t.Errorf("import %v with rows %v", i, rows)
	}
}

func TestAListFromASpreadsheetIsTaken(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sheet := strings.ReplaceAll(russian, ",", ";") +
		"Остап Курбельник;Политзаключённый;03.02.1981;м;01.11.2020;Ст. 342 УК;;;3 года;;;Исправительная колония № 901\n" +
		"Янина Древляная;Политзаключённый;08.08.1990;ж;09.08.2021;\"ч. 2 ст. 361 УК; ст. 342 УК\";;;4 года;;;\"Исправительная колония № 902; г. Выдуманск\"\n"
	windows, err := charmap.Windows1251.NewEncoder().String(strings.ReplaceAll(sheet, "\n", "\r\n"))
	must(t, err)
	for name, file := range map[string]string{"windows-1251": windows, "UTF-8": sheet, "named separator": "sep=;\n" + sheet, "tabs": strings.ReplaceAll(strings.ReplaceAll(sheet, "УК; ст", "УК, ст"), ";", "\t")} {
		i, rows := b.taken(file)
		if i.GetParsedRows() != 2 || i.GetHeldBackRows() != 0 || rows[0].GetStatus() != familiesv1.PrisonerStatus_PRISONER_STATUS_ACTIVE {
			t.Errorf("%s: %v", name, i)
		}
	}
	_, err = b.upload(b.caseworker(pavel), "spring", "", []byte(strings.ReplaceAll(sheet, ";", "^")))
	violates(t, "another separator", err, "file")
}
