package listfake_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"testing"

	"github.com/solidarity-fund/solidarity/services/dev/listfake"
)

// formats are all that there are.
var formats = []listfake.Format{listfake.Registry, listfake.Names, listfake.NamesBelarusian, listfake.NamesRussian}

func generate(t *testing.T, seed uint64, rows int, format listfake.Format) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := listfake.Generate(&out, seed, rows, format); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestASeedGivesOneListAndAnotherSeedAnother(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		first := generate(t, 1, 100, format)
		if !bytes.Equal(first, generate(t, 1, 100, format)) {
			t.Errorf("%s: one seed gives two lists", format)
		}
		if bytes.Equal(first, generate(t, 2, 100, format)) {
			t.Errorf("%s: two seeds give one list", format)
		}
	}
}

func TestEveryRowHasTheColumnsOfItsHeader(t *testing.T) {
	t.Parallel()
	for _, format := range formats {
		rows, err := csv.NewReader(bytes.NewReader(generate(t, 1, 300, format))).ReadAll()
		if err != nil || len(rows) != 301 {
			t.Errorf("%s: %d rows, %v", format, len(rows), err)
		}
	}
}

func TestAFormatThatIsNotThereWritesNothing(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := listfake.Generate(&out, 1, 10, "poem"); err == nil || out.Len() > 0 {
		t.Errorf("error %v after %d bytes", err, out.Len())
	}
	if err := listfake.Generate(full{}, 1, 10, listfake.Names); err == nil {
		t.Error("a writer that fails is no error")
	}
}

// full is a file on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }
