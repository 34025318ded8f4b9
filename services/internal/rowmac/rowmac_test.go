package rowmac_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
)

// key is a service's; its log goes nowhere.
func key(secret string) *rowmac.Key {
	return rowmac.New([]byte(secret), slog.New(slog.DiscardHandler))
}

// row is one of a partner.
func row(version int64, id string, origins ...string) *rowmac.Row {
	return rowmac.NewRow("partners", id, version).Texts(origins).Flag(true)
}

func TestARowThatAnotherHandWroteIsRefusedAndNamedInTheLog(t *testing.T) {
	t.Parallel()
	mac := key("secret").Sign(row(1, "pt_1", "https://a.example"))
	for name, c := range map[string]struct {
		row   *rowmac.Row
		mac   []byte
		taken bool
	}{
		"as written":         {row(1, "pt_1", "https://a.example"), mac, true},
		"another content":    {row(1, "pt_1", "https://evil.example"), mac, false},
		"one more":           {row(1, "pt_1", "https://a.example", "https://evil.example"), mac, false},
		"another row's":      {row(1, "pt_2", "https://a.example"), mac, false},
		"another version's":  {row(2, "pt_1", "https://a.example"), mac, false},
		"another table's":    {rowmac.NewRow("keys", "pt_1", 1).Texts([]string{"https://a.example"}).Flag(true), mac, false},
		"the other flag":     {rowmac.NewRow("partners", "pt_1", 1).Texts([]string{"https://a.example"}).Flag(false), mac, false},
		"under another key":  {row(1, "pt_1", "https://a.example"), key("other").Sign(row(1, "pt_1", "https://a.example")), false},
		"without a MAC":      {row(1, "pt_1", "https://a.example"), nil, false},
		"with half of a MAC": {row(1, "pt_1", "https://a.example"), mac[:16], false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			err := rowmac.New([]byte("secret"), slog.New(slog.NewJSONHandler(&log, nil))).Check(t.Context(), c.row, c.mac)
			if c.taken {
				if err != nil || log.Len() != 0 {
					t.Errorf("%v, log %s", err, &log)
				}
				return
			}
			if !fault.Is(err, rowmac.Changed) || !fault.OfKind(err, fault.Precondition) {
				t.Errorf("error = %v", err)
			}
			var line struct {
				Level, Table, Row string
				Alarm             bool
			}
			if err := json.Unmarshal(log.Bytes(), &line); err != nil || line.Level != "ERROR" || !line.Alarm || line.Table == "" || !strings.HasPrefix(line.Row, "pt_") {
				t.Errorf("log = %s, %v", &log, err)
			}
		})
	}
}

// Two rows that differ anywhere never have one MAC, however texts are cut.
func TestNoTwoContentsReadAlike(t *testing.T) {
	t.Parallel()
	k := key("secret")
	texts := rapid.SliceOfN(rapid.SampledFrom([]string{"", "a", "b", "ab", "\x00"}), 0, 4)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c, d := texts.Draw(t, "a"), texts.Draw(t, "b"), texts.Draw(t, "c"), texts.Draw(t, "d")
		one := k.Sign(rowmac.NewRow("t", "id", 1).Texts(a).Texts(b))
		two := k.Sign(rowmac.NewRow("t", "id", 1).Texts(c).Texts(d))
		if same := slices.Equal(a, c) && slices.Equal(b, d); bytes.Equal(one, two) != same {
			t.Fatalf("%q %q and %q %q", a, b, c, d)
		}
	})
}
