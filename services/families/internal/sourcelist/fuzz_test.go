package sourcelist

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Whatever the bytes, parsing ends, does not panic, blames the file in a fault,
// and keeps every cell.
func FuzzParse(f *testing.F) {
	for _, format := range []listfake.Format{listfake.Registry, listfake.Names, listfake.NamesBelarusian, listfake.NamesRussian} {
		var list bytes.Buffer
		if err := listfake.Generate(&list, 3, 30, format); err != nil {
			f.Fatal(err)
		}
		f.Add(list.Bytes())
	}
	for _, s := range []string{"", "name,status\n", "name,status\n\"", "name,status\r\n\"a\"\"b\",np\r\n", "name,status\n\"a\"\r,", "\xEF\xBB\xBFname,status\nx,y"} {
		f.Add([]byte(s))
	}
	today := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, file []byte) {
		header, rows, err := Parse(bytes.NewReader(file), today)
		if err != nil {
			if fault.As(err) == nil {
				t.Fatalf("header: %v is no fault", err)
			}
			return
		}
		for row, err := range rows {
			if err != nil && fault.As(err) == nil {
				t.Fatalf("row %d: %v is no fault", row.Number, err)
			}
			if err == nil && len(row.Cells) > len(header.Columns) && !row.Blocking() {
				t.Fatalf("row %d has %d cells and no complaint", row.Number, len(row.Cells))
			}
		}
	})
}

// Where encoding/csv reads a file, records reads the same.
func FuzzRecords(f *testing.F) {
	for _, s := range []string{"a,b\nc,d\n", "\"a\"\"b\",\"c\nd\"\n", "\n\na\n", ",\n", "a,\"\"\n\"\",\n", "\"\"\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "\r") {
			t.Skip("encoding/csv changes line ends")
		}
		reference := csv.NewReader(strings.NewReader(text))
		reference.FieldsPerRecord = -1
		want, err := reference.ReadAll()
		if err != nil {
			t.Skip("not well-formed")
		}
		got, err := readAll(newRecords(bufio.NewReader(strings.NewReader(text)), ','))
		if err != nil {
			t.Fatalf("refused: %v", err)
		}
		if diff := cmp.Diff(filled(want), filled(got)); diff != "" {
			t.Errorf("records (-encoding/csv +ours):\n%s", diff)
		}
	})
}

// filled leaves out rows of one empty cell, which mean nothing in a list.
func filled(rows [][]string) [][]string {
	var kept [][]string
	for _, row := range rows {
		if len(row) != 1 || row[0] != "" {
			kept = append(kept, row)
		}
	}
	return kept
}

func readAll(r *records) ([][]string, error) {
	var rows [][]string
	for {
		cells, err := r.next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, cells)
	}
}
