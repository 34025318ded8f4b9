package sourcelist

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Bounds of a file's parts; more is not a list of prisoners.
const (
	maxRecord = 1 << 20 // bytes of one row
	maxCells  = 200     // cells of one row
)

// errRecord is why records cannot be told apart any further.
type errRecord struct {
	line   int
	reason string
}

// Error names the line.
func (e *errRecord) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.reason) }

// records splits separated values (RFC 4180, with any separator of one byte) into
// rows and keeps every cell byte by byte, line ends inside quotes included, which
// encoding/csv does not.
type records struct {
	in    *bufio.Reader
	sep   byte
	line  int // line of the next byte, from 1
	start int // line on which the current record began
	size  int // bytes of the current record so far
	cell  []byte
	cells []string
}

func newRecords(r *bufio.Reader, sep byte) *records { return &records{in: r, sep: sep, line: 1} }

// next returns the cells of the next record; the slice is the caller's. Empty
// lines are skipped. The end is io.EOF.
func (r *records) next() ([]string, error) {
	for {
		r.cells, r.size, r.start = nil, 0, r.line
		err := r.record()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if blank := len(r.cells) == 0 || len(r.cells) == 1 && r.cells[0] == ""; !blank {
			return r.cells, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// record reads up to the end of a line that is not inside quotes, or io.EOF.
func (r *records) record() error {
	for {
		more, err := r.field()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(r.cells) == maxCells {
			return &errRecord{r.start, "the row has too many cells"}
		}
		r.cells = append(r.cells, string(r.cell))
		if err != nil || !more {
			return err
		}
	}
}

// field reads one cell into r.cell and tells whether another follows.
func (r *records) field() (more bool, err error) {
	r.cell = r.cell[:0]
	b, err := r.read()
	if err != nil {
		return false, err
	}
	if b == '"' {
		return r.quoted()
	}
	for ; err == nil; b, err = r.read() {
		switch b {
		case r.sep:
			return true, nil
		case '\n':
			r.cell = trimReturn(r.cell)
			return false, nil
		case '"':
			return false, &errRecord{r.line, "a quote stands inside a cell that does not begin with one"}
		}
		r.cell = append(r.cell, b)
	}
	return false, err
}

// quoted reads the rest of a cell that began with a quote.
func (r *records) quoted() (more bool, err error) {
	for {
		b, err := r.read()
		switch {
		case errors.Is(err, io.EOF):
			return false, &errRecord{r.start, "a quote that begins in this row is never closed"}
		case err != nil:
			return false, err
		case b != '"':
			r.cell = append(r.cell, b)
			continue
		}
		b, err = r.read()
		if err == nil && b == '\r' {
			b, err = r.read()
			if err == nil && b != '\n' {
				return false, &errRecord{r.line, "something follows a closing quote"}
			}
		}
		switch {
		case err != nil:
			return false, err
		case b == '"':
			r.cell = append(r.cell, b)
		case b == r.sep:
			return true, nil
		case b == '\n':
			return false, nil
		default:
			return false, &errRecord{r.line, "something follows a closing quote"}
		}
	}
}

func (r *records) read() (byte, error) {
	b, err := r.in.ReadByte()
	if err != nil {
		return 0, err
	}
	if r.size++; r.size > maxRecord {
		return 0, &errRecord{r.start, "the row is longer than 1 MiB; a quote may be missing"}
	}
	if b == '\n' {
		r.line++
	}
	return b, nil
}

func trimReturn(cell []byte) []byte {
	if n := len(cell); n > 0 && cell[n-1] == '\r' {
		return cell[:n-1]
	}
	return cell
}
