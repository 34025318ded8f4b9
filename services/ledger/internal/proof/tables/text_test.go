package tables_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// The format is public: a reader of somebody else goes by these bytes.
func TestTheBooksAreTheseLines(t *testing.T) {
	t.Parallel()
	account := tables.Account{Path: "fund:general:clearing", Currency: "EUR"}
	got := string(write([]tables.Record{
		{Head: &tables.Head{Ledger: "main", Size: 7, Open: "2026-11-24"}},
		{Wrong: "one row too many"},
		{Balance: &tables.Balance{Account: account, Limited: true, Debits: 1, Credits: 20}},
		{Day: &tables.Day{Account: account, Date: "2026-11-24", Kind: 3, Debits: 1, Credits: 20}},
	}))
	want := "solidarity-ledger-books/1\n" +
		"head\tmain\t7\tAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\t2026-11-24\n" +
		"wrong\tone row too many\n" +
		"balance\tfund:general:clearing\tEUR\ttrue\t1\t20\n" +
		"day\tfund:general:clearing\tEUR\t2026-11-24\t3\t1\t20\n" +
		"end\t4\n"
	if got != want {
		t.Errorf("written as\n%s", got)
	}
}

func TestAnyTextBecomesOneFieldOfPrintableASCII(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringN(490, 520, -1), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		got := tables.Plain(text)
		if len(got) > 503 || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("%q became %q", text, got)
		}
		if again := tables.Plain(got); again != got {
			t.Fatalf("%q became %q and then %q", text, got, again)
		}
	})
	if got := tables.Plain(strings.Repeat("x", 500)); len(got) != 500 {
		t.Errorf("a field of 500 bytes was cut to %d", len(got))
	}
}

// A list is written line by line; where the connection ends is not where it ends.
func TestTheWriterTellsWhatItCouldNotWrite(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	gone := errors.New("gone")
	if err := reader.CloseWithError(gone); err != nil {
		t.Fatal(err)
	}
	w := tables.NewWriter(writer)
	if err := w.Write(tables.Record{Wrong: "x"}); !errors.Is(err, gone) {
		t.Errorf("a record: %v", err)
	}
	if err := w.Close(); !errors.Is(err, gone) {
		t.Errorf("the end: %v", err)
	}
}

func TestReadingStopsAtTheFirstComplaint(t *testing.T) {
	t.Parallel()
	text, stop, calls := write([]tables.Record{{Wrong: "a"}, {Wrong: "b"}, {Wrong: "c"}}), errors.New("stop"), 0
	err := tables.Read(bytes.NewReader(text), func(r tables.Record) error {
		if calls++; r.Wrong == "b" {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || calls != 2 {
		t.Errorf("after %d records: %v", calls, err)
	}
}

func TestWhereTheBooksAreWrongIsSaidByLine(t *testing.T) {
	t.Parallel()
	_, err := read([]byte("solidarity-ledger-books/1\nwrong\tx\nday\tx\tEUR\t2026-11-24\t1\t2\t9223372036854775808\nend\t2\n"))
	if err == nil || !strings.Contains(err.Error(), "line 3") || !strings.Contains(err.Error(), "no number") {
		t.Errorf("got %v", err)
	}
}

func TestOtherListsOfCheckpointsAreRefused(t *testing.T) {
	t.Parallel()
	const root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	good := "key\tlog+1+a\t\ncheckpoint\t7\t" + root + "\t-1\t4\nnote"
	if list, err := tables.ParseList([]byte(good)); err != nil || len(list.Checkpoints) != 1 || string(list.Checkpoints[0].Note) != "note" {
		t.Fatalf("%+v, %v", list, err)
	}
	for name, text := range map[string]string{
		"no newline": "key\tlog+1+a", "another line": "total\t1\n", "a note cut short": good[:len(good)-1], "a note too long": good + "s",
		"a missing field": "checkpoint\t7\t" + root + "\t-1\n", "a field too many": "checkpoint\t7\t" + root + "\t-1\t0\t0\n",
		"no number": "checkpoint\tseven\t" + root + "\t-1\t0\n", "a negative length": "checkpoint\t7\t" + root + "\t-1\t-1\n",
		"a short root": "checkpoint\t7\tAAAA\t-1\t0\n", "a loose root": "checkpoint\t7\t" + root[:42] + "B=\t-1\t0\n",
	} {
		if list, err := tables.ParseList([]byte(text)); err == nil {
			t.Errorf("%s: read as %+v", name, list)
		}
	}
}
