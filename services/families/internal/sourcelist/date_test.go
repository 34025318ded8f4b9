package sourcelist

import (
	"errors"
	"strings"
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
		"unknown": "", "": "", "неизвестно": "", " — ": "", "няма звестак": "", "н/д": "",
		"9 жніўня 2020": "2020-08-09", "жніўня 2021": "2021-08", "12 авг. 2020 г.": "2020-08-12", "5 сент. 2021 г.": "2021-09-05",
		"Aug. 12, 2020": "2020-08-12", "12 Aug 2020": "2020-08-12", "12-Aug-2020": "2020-08-12", "Sept. 2020": "2020-09",
		"9th of August, 2020": "2020-08-09", "on August 9th 2020": "2020-08-09", "2020 August 9": "2020-08-09",
		"9-га жніўня 2020 года": "2020-08-09", "9-го августа 2020 года": "2020-08-09", "9-е августа 2020": "2020-08-09", "09 августа 2020г.": "2020-08-09",
		"в августе 2020 года": "2020-08", "у жніўні 2020 года": "2020-08", "у 2020 годзе": "2020", "в 2020-м году": "2020", "2020 г.": "2020",
		"воскресенье, 9 августа 2020 г.": "2020-08-09", "нядзеля, 9 жніўня 2020": "2020-08-09", "Sunday, August 9, 2020": "2020-08-09",
		"12.08.2020 г.": "2020-08-12", "12. 08. 2020": "2020-08-12", "12-08-2020": "2020-08-12", "2020.08.12": "2020-08-12", "08/2020": "2020-08",
		"12.08.2020 14:30": "2020-08-12", "9 августа 2020 г., 14:30": "2020-08-09", "2020-08-12 00:00:00": "2020-08-12",
		"12\u00a0жніўня\u202f2020\u00a0г.": "2020-08-12", "5 лiстапада 2020": "2020-11-05", // a Latin i
		"3 мая 2020": "2020-05-03", "маи\u0306 2020": "2020-05", // й of two characters
	} {
		got, err := parseDate(cell)
		if err != nil || got.String() != want {
			t.Errorf("%q: %v, %v; want %q", cell, got, err, want)
		}
	}
	for _, cell := range []string{"2023-02-29", "2023-13", "0000", "31 April 2020", "yesterday", "29 Brumaire 2026", "12", "1/2", "2026-00-10",
		"maybe 2020", "declared 2020", "9 august 2020 or 2021", "9-12 августа 2020", "август 2020 - май 2021", "2020-2021", "1980-е", "1980s", "80-е",
		"12.08.20", "2020?", "около 2020", "32 августа 2020", "1.2.3.2020", "20200812", "12 августа", "август",
	} {
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

// Whoever writes a month, in whatever case or short form of the three languages, is
// understood, and no form belongs to two months.
func TestEveryFormOfAMonthIsOneMonth(t *testing.T) {
	t.Parallel()
	forms, months := map[string]int{}, monthForms()
	for i := range months {
		for _, form := range strings.Fields(months[i]) {
			if other, twice := forms[form]; twice {
				t.Errorf("%q is month %d and month %d", form, other, i+1)
			}
			forms[form] = i + 1
			want := Date{Year: 2020, Month: i + 1, Day: 9}
			for _, cell := range []string{"9 " + form + " 2020", strings.ToUpper(form) + " 9, 2020", "9 " + form + ". 2020 г."} {
				if got, err := parseDate(cell); err != nil || got != want {
					t.Errorf("%q: %v, %v", cell, got, err)
				}
			}
		}
	}
}

// A day of the week says nothing that the date does not, in whatever case.
func TestDaysOfTheWeekAreReadOver(t *testing.T) {
	t.Parallel()
	want := Date{Year: 2020, Month: 8, Day: 9}
	for _, day := range weekdays() {
		for _, cell := range []string{day + ", 9 августа 2020", "в " + strings.ToUpper(day) + " 9 жніўня 2020 г.", day + " August 9, 2020"} {
			if got, err := parseDate(cell); err != nil || got != want {
				t.Errorf("%q: %v, %v", cell, got, err)
			}
		}
	}
}

// What nobody sees does not change a date: stress, soft hyphens, signs of no width,
// letters of another alphabet that look alike, marks written apart.
func TestADateIsReadAsItIsSeen(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{"9 жні\u0301ўня 2020", "9 жніў\u00adня 2020", "9\u00a0жніу\u0306ня\u00a02020", "\u200e9 жніўня 2020\ufeff", "9\u202fжнiўня\u20072020", "9 aвгуcтa 2020", "9 Аugust 2020"} {
		if got, err := parseDate(visible(cell)); err != nil || got.String() != "2020-08-09" {
			t.Errorf("%q: %v, %v", cell, got, err)
		}
	}
}
