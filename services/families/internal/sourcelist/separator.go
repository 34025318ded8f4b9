package sourcelist

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"
)

// separators are what lists separate cells with: commas by the standard, semicolons
// where the comma is a decimal sign, tabs and bars as programs export them.
const separators = ",;\t|"

// maxHeader is how much of a file is looked at for its separator, in bytes.
const maxHeader = 4 << 10

// separatorLine is the line with which Excel says what separates cells.
var separatorLine = regexp.MustCompile(`^"?sep=(.)"?\r?\n`)

// newList returns the rows of a file, split at whichever separator makes one of the
// known headers of its first row, or at that which the file itself names. Where no
// header is known they are split at commas: the header will be refused.
func newList(text *bufio.Reader) (*records, error) {
	begin, err := text.Peek(maxHeader)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	if m := separatorLine.FindSubmatch(begin); m != nil && bytes.ContainsAny(m[1], separators) {
		_, _ = text.Discard(len(m[0])) // it was just peeked at
		list := newRecords(text, m[1][0])
		list.line++
		return list, nil
	}
	for _, sep := range []byte(separators) {
		cells, _ := newRecords(bufio.NewReader(bytes.NewReader(begin)), sep).next() // nil where it cannot be read so
		if formatOf(folded(cells)) != 0 {
			return newRecords(text, sep), nil
		}
	}
	return newRecords(text, ','), nil
}
