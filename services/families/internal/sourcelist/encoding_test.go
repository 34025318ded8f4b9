package sourcelist_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/families/internal/sourcelist"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

func TestAListIsReadInEachEncoding(t *testing.T) {
	t.Parallel()
	for format, text := range map[listfake.Format]string{
		listfake.NamesRussian: strings.TrimPrefix(generate(t, 60, listfake.NamesRussian), "\ufeff"),
		listfake.Registry:     generate(t, 60, listfake.Registry),
	} {
		_, want := parse(t, text)
		for name, test := range map[string]struct {
			write encoding.Encoding
			is    sourcelist.Encoding
		}{
			"UTF-8 with a mark":                {unicode.UTF8BOM, sourcelist.UTF8Mark},
			"UTF-16, low byte first":           {unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), sourcelist.UTF16Little},
			"UTF-16, high byte first":          {unicode.UTF16(unicode.BigEndian, unicode.UseBOM), sourcelist.UTF16Big},
			"UTF-16 unmarked, low byte first":  {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), sourcelist.UTF16Little},
			"UTF-16 unmarked, high byte first": {unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), sourcelist.UTF16Big},
		} {
			file, err := test.write.NewEncoder().String(text)
			if err != nil {
				t.Fatal(err)
			}
			header, rows := parse(t, file)
			if header.Encoding != test.is {
				t.Errorf("%s, %s: read as %v", format, name, header.Encoding)
			}
			if diff := cmp.Diff(want, rows); diff != "" {
				t.Errorf("%s, %s (-UTF-8 +other):\n%s", format, name, diff)
			}
		}
	}
}

func TestHalfALetterIsNoText(t *testing.T) {
	t.Parallel()
	_, rows := parse(t, "\xFF\xFE"+utf16le("name,status\nx")+"\x00\xD8"+utf16le("y,active\n"))
	if len(rows) != 1 || !rows[0].Blocking() || rows[0].Complaints[0].Reason != sourcelist.NotText {
		t.Errorf("half of a pair: %+v", rows)
	}
}

func utf16le(ascii string) string {
	var out strings.Builder
	for _, c := range []byte(ascii) {
		out.WriteByte(c)
		out.WriteByte(0)
	}
	return out.String()
}

func TestAnEncodingThatIsNotReadIsRefused(t *testing.T) {
	t.Parallel()
	file, err := charmap.CodePage866.NewEncoder().String("Имя и фамилия,Статус\nЗурмек Лупов,\n")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := sourcelist.Parse(strings.NewReader(file), today()); fault.As(err) == nil {
		t.Errorf("code page 866: %v", err)
	}
}
