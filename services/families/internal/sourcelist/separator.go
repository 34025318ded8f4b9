package sourcelist

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"regexp"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// separators are what lists separate cells with: commas by the standard, semicolons
// where the comma is a decimal sign, tabs and bars as programs export them.
const separators = ",;\t|"

// maxHeader is how much of a file is looked at for its separator, in bytes.
const maxHeader = 4 << 10

// separatorLine is the line with which Excel says what separates cells.
var separatorLine = regexp.MustCompile(`^"?sep=(.)"?\r?\n`)

// otherSeparators are signs that lists are not separated by, though programs can write
// them, and what they are called.
func otherSeparators() map[byte]string {
	return map[byte]string{
		':': "colons", '~': "tildes", '^': "carets", '#': "number signs", '/': "slashes", '\\': "backslashes", '&': "ampersands",
		'*': "asterisks", '@': "at signs", '!': "exclamation marks", '%': "per cent signs", '=': "equals signs", '+': "plus signs",
		'$': "dollar signs", '.': "full stops", '-': "hyphens", '\'': "apostrophes", '`': "backquotes",
		0x1c: "file separators", 0x1d: "group separators", 0x1e: "record separators", 0x1f: "unit separators",
	}
}

// otherSeparator is a fault that names what separates the cells.
func otherSeparator(name string) error {
	return fault.Field("file", fault.FieldMalformed, "must have its columns separated by commas, semicolons, tabs or bars; here they are separated by "+name)
}

// newList returns the rows of a file, split at whichever separator makes one of the
// known headers of its first row, or at that which the file itself names. A header that
// another sign separates is refused by the name of that sign; one that is not known is
// split at commas and will be refused.
func newList(text *bufio.Reader) (*records, error) {
	begin, err := text.Peek(maxHeader)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	m := separatorLine.FindSubmatch(begin)
	if m != nil && !bytes.ContainsAny(m[1], separators) {
		name := otherSeparators()[m[1][0]]
		if name == "" {
			name = "another sign"
		}
		return nil, otherSeparator(name)
	}
	if m != nil {
		_, _ = text.Discard(len(m[0])) // it was just peeked at
		list := newRecords(text, m[1][0])
		list.line++
		return list, nil
	}
	for _, sep := range []byte(separators) {
		if isHeader(begin, sep) {
			return newRecords(text, sep), nil
		}
	}
	for sep, name := range otherSeparators() {
		if isHeader(begin, sep) {
			return nil, otherSeparator(name)
		}
	}
	return newRecords(text, ','), nil
}

// isHeader reports whether a file begins with a known header, separated by sep.
func isHeader(begin []byte, sep byte) bool {
	cells, _ := newRecords(bufio.NewReader(bytes.NewReader(begin)), sep).next() // nil where it cannot be read so
	return formatOf(folded(cells)) != 0
}
