package tables

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// format is the first line of the books.
const format = "solidarity-ledger-books/1"

// maxLine bounds a line.
const maxLine = 4096

var errBroken = errors.New("the books break off")

// Writer writes the books.
type Writer struct {
	w     io.Writer
	lines int64
	buf   []byte
}

// NewWriter returns a writer that writes a line at a time.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes a record.
func (w *Writer) Write(r Record) error {
	w.buf = w.buf[:0]
	if w.lines == 0 {
		w.buf = append(w.buf, format+"\n"...)
	}
	w.lines++
	w.buf = r.append(w.buf)
	_, err := w.w.Write(w.buf)
	return err
}

// Close writes the last line, by which a reader knows that nothing is missing.
func (w *Writer) Close() error {
	_, err := fmt.Fprintf(w.w, "end\t%d\n", w.lines)
	return err
}

// Read calls fn with each record of the books. What does not come to its end, or
// has other lines, is an error.
func Read(r io.Reader, fn func(Record) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	if !s.Scan() || s.Text() != format {
		return errors.Join(fmt.Errorf("read books: the first line is not %q", format), s.Err())
	}
	for lines := int64(0); s.Scan(); lines++ {
		line := s.Text()
		if end, last := strings.CutPrefix(line, "end\t"); last {
			if end != number(lines) || s.Scan() {
				return fmt.Errorf("read books: %w", errBroken)
			}
			return nil
		}
		record, err := parse(line)
		if err != nil {
			return fmt.Errorf("read books: line %d: %w", lines+2, err)
		}
		if err := fn(record); err != nil {
			return err
		}
	}
	return fmt.Errorf("read books: %w", errors.Join(errBroken, s.Err()))
}
