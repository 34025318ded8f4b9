package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/solidarity-fund/solidarity/services/families"
)

// listFile is a made-up list with one row of each kind.
func listFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const checkedList = "id;name;status;birthday;arrested\n" +
	"1;Зурмек Лупов;active;3 сакавіка 1984;9 жніўня 2020\n" +
	"2;Тыс Лупов;палітвязень?;1990;2021\n" +
	"3;ЗУРМЁК Лупов;former;кали-то;2021\n" +
	"4;Citizen K.;np;;\n"

func TestAListIsCheckedRowByRow(t *testing.T) {
	t.Parallel()
	code, printed := execute(t, "check", "list", listFile(t, checkedList))
	if code != 0 {
		t.Fatalf("ended with %d: %s", code, printed)
	}
	for _, want := range []string{
		"row 1 (line 2): held back: Зурмек Лупов, ACTIVE, id 1, born 1984-03-03, detained 2020-08-09",
		"row 2 (line 3): held back: Тыс Лупов", `UNKNOWN_STATUS: "status" is not a status that is known`,
		"row 3 (line 4): held back", `BAD_DATE: "birthday" is not a date that is understood`,
		"SAME_NAME_AND_BIRTH with row 3", "SAME_NAME_AND_BIRTH with row 1", "ANONYMOUS\n",
		"REGISTRY, UTF_8: 0 rows would be taken, 4 held back",
	} {
		if !strings.Contains(printed, want) {
			t.Errorf("%q is not said in:\n%s", want, printed)
		}
	}
}

func TestACheckedListIsReadByMachines(t *testing.T) {
	t.Parallel()
	code, printed := execute(t, "check", "list", "--json", listFile(t, "name,status,date,\nЗурмек Лупов,active,x\nТыс Лупов,np,,\n"))
	var report families.ListReport
	if err := json.Unmarshal([]byte(printed), &report); err != nil || code != 0 {
		t.Fatalf("%d, %v: %s", code, err, printed)
	}
	if len(report.Rows) != 2 || report.HeldBack != 2 || report.Rows[1].Status != "NOT_RECOGNISED" || report.Rows[0].Complaints[0].Reason != "NO_IDENTITY" ||
		len(report.UnknownColumns) != 1 {
		t.Errorf("report %+v", report)
	}
}

func TestAListThatWouldBeRefusedIsAFailure(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"name:status\nx:np\n":    "separated by colons",
		"a,b\n":                  "known headers",
		"name,status\n\"x,np\n":  "line 2",
		"name,status\nx\"y,np\n": "line 2",
	} {
		code, printed := execute(t, "check", "list", listFile(t, text))
		if code != 1 || !strings.Contains(printed, says) || strings.Count(printed, "\n") != 1 {
			t.Errorf("%q ended with %d: %s", text, code, printed)
		}
	}
}
