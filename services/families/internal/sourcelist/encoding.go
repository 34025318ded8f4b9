package sourcelist

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// sample is how much of a file decides about its encoding, bytes.
const sample = 64 << 10

var utf8Mark = []byte{0xEF, 0xBB, 0xBF}

// decode tells the encoding by the file's beginning and returns its text in
// UTF-8, the byte order mark taken off.
func decode(r io.Reader) (*bufio.Reader, Encoding, error) {
	in := bufio.NewReaderSize(r, sample)
	begin, err := in.Peek(sample)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	switch {
	case bytes.HasPrefix(begin, utf8Mark):
		_, _ = in.Discard(len(utf8Mark)) // it was just peeked at
		return in, UTF8Mark, nil
	case bytes.HasPrefix(begin, []byte{0xFF, 0xFE}):
		return utf16(in, unicode.LittleEndian), UTF16Little, nil
	case bytes.HasPrefix(begin, []byte{0xFE, 0xFF}):
		return utf16(in, unicode.BigEndian), UTF16Big, nil
	case bytes.IndexByte(begin, 0) >= 0:
		return unmarked(in, begin)
	case mostlyUTF8(begin):
		return in, UTF8, nil
	default:
		return bufio.NewReader(charmap.Windows1251.NewDecoder().Reader(in)), Windows1251, nil
	}
}

func utf16(in *bufio.Reader, order unicode.Endianness) *bufio.Reader {
	return bufio.NewReaderSize(unicode.UTF16(order, unicode.UseBOM).NewDecoder().Reader(in), sample)
}

// unmarked tells UTF-16 without a byte order mark from something binary: commas and
// digits have a zero byte, and all of them on one side.
func unmarked(in *bufio.Reader, begin []byte) (*bufio.Reader, Encoding, error) {
	var zeros [2]int
	for i, b := range begin {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case zeros[0] == 0 && zeros[1] > len(begin)/20:
		return utf16(in, unicode.LittleEndian), UTF16Little, nil
	case zeros[1] == 0 && zeros[0] > len(begin)/20:
		return utf16(in, unicode.BigEndian), UTF16Big, nil
	}
	return nil, 0, fault.Field("file", fault.FieldMalformed, "must be a CSV text; this is something binary")
}

// mostlyUTF8 compares how many bytes beyond ASCII are UTF-8 with how many are
// not: one broken byte does not turn a file into windows-1251.
func mostlyUTF8(text []byte) bool {
	var good, bad int
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && size == 1:
			if !utf8.FullRune(text) {
				return good >= bad // cut off by the end of the sample
			}
			bad++
		case size > 1:
			good += size
		}
		text = text[size:]
	}
	return good >= bad
}
