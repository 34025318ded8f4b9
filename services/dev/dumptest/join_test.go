package dumptest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"testing"
	"time"
)

// village has twelve families, each with a payment, in two databases.
func village() (d Dump, families []string) {
	for n := range 12 {
		f := made("f", n)
		families = append(families, f)
		d = append(d,
			Row{Table: "families", Texts: map[string]string{"family_id": f, "owner": "staff/" + made("s", n%2), "prisoner": `\x` + hex.EncodeToString(random(n))}},
			Row{Table: "payments", Texts: map[string]string{"id": made("y", n), "family": "families/" + f, "day": "2026-11-24", "plan_id": made("p", 0)}, Numbers: map[string]int64{"minor_units": 4000}},
			Row{Table: "attempts", Texts: map[string]string{"payment_id": made("y", n)}},
			Row{Table: "prisoners", Texts: map[string]string{"prisoner_id": made("pr", n), "source": `\x` + hex.EncodeToString(random(100+n))}},
		)
	}
	slices.SortStableFunc(d, func(a, b Row) int { return (len(a.Texts["payment_id"]) - len(b.Texts["payment_id"])) })
	return d, families
}

func made(kind string, n int) string { return fmt.Sprintf("%s_%026d", kind, n*7919%1009) }

func random(n int) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "random %d", n))
	return sum[:]
}

func TestWhatTwoDumpsDoNotSayLeavesEverybody(t *testing.T) {
	t.Parallel()
	d, families := village()
	for _, o := range []Outside{{Words: []string{"17", "Somebody Somewhere"}}, {Minor: 4000, Day: "2026-11-24"}, {Minor: 17, Day: "2026-11-25", Moment: time.Now()}} {
		if c := Candidates(d.About(families), families, o); len(c) != 12 {
			t.Errorf("%+v: %d", o, len(c))
		}
	}
}

// Each is a protection that lacks: the attacker must find the third family by it alone.
func TestEachThingThatTwoDumpsMaySayIsFound(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 24, 9, 7, 3, 0, time.UTC)
	plain := sha256.Sum256([]byte("17"))
	for name, test := range map[string]struct {
		table, column, value string
		outside              Outside
	}{
		"a word":               {"families", "owner", "17", Outside{Words: []string{"17"}}},
		"a word in a sentence": {"families", "owner", "to LT121000011101001000", Outside{Words: []string{"LT121000011101001000"}}},
		"a word as bytes":      {"attempts", "bank", `\x3137`, Outside{Words: []string{"17"}}},
		"a digest of a word":   {"attempts", "bank", `\x` + hex.EncodeToString(plain[:]), Outside{Words: []string{"17"}}},
		"an hour":              {"attempts", "at", at.Format(time.RFC3339), Outside{Moment: at}},
		"a day":                {"payments", "day", "2026-11-23", Outside{Day: "2026-11-23"}},
		"a row elsewhere":      {"prisoners", "source", `\x` + hex.EncodeToString(random(2)), Outside{Words: []string{made("pr", 2)}}},
	} {
		d, families := village()
		n := 0
		d = d.With(test.table, test.column, func(Row) string {
			if n++; n == 3 {
				return test.value
			}
			return ""
		})
		if c := Candidates(d.About(families), families, test.outside); !slices.Equal(c, families[2:3]) {
			t.Errorf("%s: %d are possible", name, len(c))
		}
	}
	d, families := village()
	for _, r := range d {
		if r.Table == "payments" && r.Texts["id"] == made("y", 2) {
			r.Numbers["minor_units"] = 4100
		}
	}
	if c := Candidates(d.About(families), families, Outside{Minor: 4100}); !slices.Equal(c, families[2:3]) {
		t.Errorf("an amount: %d are possible", len(c))
	}
}

func TestAnOrderThatIsKeptIsFound(t *testing.T) {
	t.Parallel()
	d, families := village()
	about := d.About(families)
	if got := InOrder(about, families); !slices.Equal(got, []string{"attempts by disk", "families by disk", "payments by disk"}) {
		t.Errorf("orders: %v", got)
	}
	other := slices.Clone(families)
	slices.SortFunc(other, func(a, b string) int {
		return slices.Compare(random(int(a[27])*100+int(a[26])), random(int(b[27])*100+int(b[26])))
	})
	if got := InOrder(about, other); len(got) > 0 {
		t.Errorf("orders without any: %v", got)
	}
}

func TestADumpWithoutAProtectionLeavesTheFirstAsItIs(t *testing.T) {
	t.Parallel()
	d, _ := village()
	if d.With("families", "owner", func(Row) string { return "x" }); d[0].Texts["owner"] == "x" {
		t.Error("the dump has changed")
	}
}

// A colleague who stands beside one family alone by chance tells nothing about whom else
// they work for; a round or a plan of all does not, either.
func TestWhatHasToDoWithManyLeadsNowhere(t *testing.T) {
	t.Parallel()
	d, families := village()
	d = append(d,
		Row{Table: "looks", Texts: map[string]string{"family": families[2], "looked_by": made("s", 7)}},
		Row{Table: "reads", Texts: map[string]string{"person": made("s", 7), "of": "17"}},
		Row{Table: "plans", Texts: map[string]string{"id": made("p", 0), "note": "18"}},
	)
	for _, word := range []string{"17", "18"} {
		if c := Candidates(d.About(families), families, Outside{Words: []string{word}}); len(c) != 12 {
			t.Errorf("%s: %d are possible", word, len(c))
		}
	}
}
