package tables_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// records draws records as a server may have to write them.
func records() *rapid.Generator[[]tables.Record] {
	return rapid.SliceOf(rapid.Custom(func(t *rapid.T) tables.Record {
		word := rapid.StringMatching(`[!-~]*`)
		account := tables.Account{Path: word.Draw(t, "path"), Currency: word.Draw(t, "currency")}
		n := func() int64 { return rapid.Int64().Draw(t, "number") }
		switch rapid.IntRange(0, 3).Draw(t, "record") {
		case 0:
			h := tables.Head{Ledger: word.Draw(t, "ledger"), Size: n(), Open: word.Draw(t, "open")}
			copy(h.Root[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "root"))
			return tables.Record{Head: &h}
		case 1:
			return tables.Record{Balance: &tables.Balance{Account: account, Limited: rapid.Bool().Draw(t, "limited"), Debits: n(), Credits: n()}}
		case 2:
			return tables.Record{Day: &tables.Day{Account: account, Date: word.Draw(t, "date"), Kind: n(), Debits: n(), Credits: n()}}
		}
		return tables.Record{Wrong: word.Draw(t, "words")}
	}))
}

func write(records []tables.Record) []byte {
	var out bytes.Buffer
	w := tables.NewWriter(&out)
	for _, r := range records {
		if err := w.Write(r); err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func read(text []byte) (records []tables.Record, err error) {
	err = tables.Read(bytes.NewReader(text), func(r tables.Record) error {
		records = append(records, r)
		return nil
	})
	return records, err
}

func TestBooksAreReadAsTheyWereWrittenAndNoPieceIsTakenForTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := records().Filter(func(r []tables.Record) bool { return len(r) > 0 }).Draw(t, "records")
		text := write(want)
		got, err := read(text)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("%v, (-want +got):\n%s", err, diff)
		}
		cut := rapid.IntRange(0, len(text)-2).Draw(t, "cut") // the last newline may be missing
		if _, err := read(text[:cut]); err == nil {
			t.Fatalf("the first %d of %d bytes are taken for the whole", cut, len(text))
		}
	})
}

func TestWhatSomebodyPutIntoATableBreaksNoLine(t *testing.T) {
	t.Parallel()
	balance := tables.Balance{Account: tables.Account{Path: "fund:\n\tend\x1b[2J€", Currency: "EUR"}}
	got, err := read(write([]tables.Record{{Balance: &balance}}))
	if err != nil || len(got) != 1 || got[0].Balance.Path != "fund:??end?[2J?" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestOtherLinesAreRefused(t *testing.T) {
	t.Parallel()
	const first = "solidarity-ledger-books/1\n"
	for name, text := range map[string]string{
		"nothing": "", "another format": "books/2\nend\t0\n", "no end": first, "a wrong end": first + "wrong\tx\nend\t2\n",
		"more behind the end": first + "end\t0\nwrong\tx\n", "an unknown line": first + "total\t1\nend\t1\n",
		"a missing field": first + "balance\tx\tEUR\ttrue\t1\nend\t1\n", "no number": first + "balance\tx\tEUR\ttrue\t1\tone\nend\t1\n",
		"a short root": first + "head\tmain\t1\tAAAA\t\nend\t1\n", "a long line": first + "wrong\t" + strings.Repeat("x", 5000) + "\nend\t1\n",
	} {
		if _, err := read([]byte(text)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

func TestCheckpointsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	want := []tables.Published{
		{Size: 0, Previous: -1, Note: []byte("log\n0\n\nline\n")}, {Size: 7, Previous: 0, Root: [32]byte{1}}, {Size: 9, Previous: 7, Note: []byte("checkpoint\t1")},
	}
	list, err := tables.ParseList(tables.List{Keys: []tables.Key{{Verifier: "log+1+a"}, {Verifier: "log+2+b", Endorsement: "c"}}, Checkpoints: want}.Append(nil))
	got := list.Checkpoints
	if err != nil || len(got) != 3 || len(list.Keys) != 2 || list.Keys[1] != (tables.Key{Verifier: "log+2+b", Endorsement: "c"}) {
		t.Fatal(list, err)
	}
	for i := range want {
		if got[i].Size != want[i].Size || got[i].Previous != want[i].Previous || got[i].Root != want[i].Root || !bytes.Equal(got[i].Note, want[i].Note) {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}

func FuzzList(f *testing.F) {
	f.Add(tables.List{Keys: []tables.Key{{Verifier: "k"}}, Checkpoints: []tables.Published{{Size: 3, Previous: 1, Note: []byte("a\nb")}}}.Append(nil))
	f.Add([]byte("checkpoint\t1\t\t0\t9223372036854775807\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := tables.ParseList(text)
		if err != nil {
			return
		}
		again, err := tables.ParseList(list.Append(nil))
		if err != nil || len(again.Checkpoints) != len(list.Checkpoints) || len(again.Keys) != len(list.Keys) {
			t.Errorf("%q is written as %q", text, list.Append(nil))
		}
	})
}
