package listcheck_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/families/internal/listcheck"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func today() time.Time { return time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC) }

func check(t *testing.T, text string) listcheck.Report {
	t.Helper()
	report, err := listcheck.Check(strings.NewReader(text), today())
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// kinds are what is said of each row.
func kinds(r listcheck.Report) (out []string) {
	for _, row := range r.Rows {
		text := ""
		for _, c := range row.Clashes {
			text += c.Kind + " "
		}
		for _, c := range row.Complaints {
			text += c.Reason + " "
		}
		out = append(out, strings.TrimSpace(text))
	}
	return out
}

func TestRowsThatMayBeOnePersonAreHeldBackTogether(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		rows string
		want []string
	}{
		"one name, one birth": {"1,Зурмек Лупов,np,1984-03-03,\n2,ЛУПОВ Зурмек,np,1984-03-03,\n", []string{"SAME_NAME_AND_BIRTH", "SAME_NAME_AND_BIRTH"}},
		"other letters":       {"1,Зурмёк Лупов,np,1984-03-03,\n2,Зурмек Лу\u00adпoв,np,1984-03-03,\n", []string{"SAME_NAME_AND_BIRTH", "SAME_NAME_AND_BIRTH LOOKALIKE_LETTERS"}},
		"an unreadable birth": {"1,Зурмек Лупов,np,1984-03-03,\n2,Зурмек Лупов,np,весной,\n", []string{"SAME_NAME_AND_BIRTH", "SAME_NAME_AND_BIRTH BAD_DATE"}},
		"an unknown birth":    {"1,Зурмек Лупов,np,1984-03-03,\n2,Зурмек Лупов,np,,\n", []string{"SAME_NAME_AND_BIRTH", "SAME_NAME_AND_BIRTH"}},
		"a birth of a year":   {"1,Зурмек Лупов,np,1984-03-03,\n2,Зурмек Лупов,np,1984,\n", []string{"SAME_NAME_AND_BIRTH", "SAME_NAME_AND_BIRTH"}},
		"two births":          {"1,Зурмек Лупов,np,1984-03-03,\n2,Зурмек Лупов,np,1985-03-03,\n", []string{"", ""}},
		"one id":              {"1,Зурмек Лупов,np,1984-03-03,\n1,Тыс Лупов,np,1985-03-03,\n", []string{"SAME_ID", "SAME_ID"}},
		"one address":         {"1,Зурмек Лупов,np,1984-03-03,https://list.example/1\n2,Тыс Лупов,np,1985-03-03,https://list.example/1/\n", []string{"SHARED_URL", "SHARED_URL"}},
		"no name":             {"1,Citizen K.,np,,\n2,,np,,\n", []string{"ANONYMOUS", "NO_NAME"}},
	} {
		report := check(t, "id,name,status,birthday,url\n"+test.rows)
		if got := kinds(report); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		for i, r := range report.Rows {
			if r.Taken != (test.want[i] == "") {
				t.Errorf("%s: row %d taken %v", name, i+1, r.Taken)
			}
		}
	}
}

func TestAMadeUpListIsMostlyTaken(t *testing.T) {
	t.Parallel()
	var list bytes.Buffer
	if err := listfake.Generate(&list, 1, listfake.DefaultRows, listfake.Registry); err != nil {
		t.Fatal(err)
	}
	report := check(t, list.String())
	if len(report.Rows) != listfake.DefaultRows || report.Taken+report.HeldBack != len(report.Rows) || report.HeldBack < 100 || report.HeldBack > 600 {
		t.Errorf("%d taken, %d held back", report.Taken, report.HeldBack)
	}
}

// The cases that failed in public.
func TestTheCasesOfOthersAreReadRight(t *testing.T) {
	t.Parallel()
	data := os.Getenv("SOLIDARITY_DATA")
	if data == "" {
		t.Skip("SOLIDARITY_DATA is not set")
	}
	read := func(name string) listcheck.Report {
		file, err := os.ReadFile(filepath.Join(data, "cases", name))
		if err != nil {
			t.Fatal(err)
		}
		return check(t, string(file))
	}
	for _, c := range read("F01-written-dates/list.csv").Rows {
		if !c.Taken || len(c.Complaints) > 0 || !strings.HasPrefix(c.DetentionDate, "202") {
			t.Errorf("F01: %+v", c)
		}
	}
	for i, want := range []string{"FORMER", "FORMER", "FORMER", "NOT_RECOGNISED"} {
		if got := read("F03-ex-prisoner-is-not-active/list.csv").Rows[i]; got.Status != want || !got.Taken {
			t.Errorf("F03: %+v", got)
		}
	}
	for name, rows := range map[string]int{"F04-list-without-ids-again/2-june.csv": 2, "F07-trailing-cells-left-out/list.csv": 4, "F08-semicolons-from-excel/list.csv": 2} {
		if got := read(name); got.Taken != rows || got.HeldBack != 0 {
			t.Errorf("%s: %d taken, %d held back", name, got.Taken, got.HeldBack)
		}
	}
}

func TestARefusedFileIsAFaultOfTheFile(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a,b\n", "name,status\n\"x", "name~status\n"} {
		_, err := listcheck.Check(strings.NewReader(text), today())
		if f := fault.As(err); f == nil || f.Violations[0].Field != "file" {
			t.Errorf("%q: %v", text, err)
		}
	}
}
