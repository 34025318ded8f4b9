package sourcelist

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Parse recognises encoding and header of a list and then streams its rows, one in
// memory at a time. A file of another kind is a fault about the field "file".
// Each row says itself what is wrong with it; an error ends the rows and is a
// fault where the file is broken (it names the line), else the reader's own.
// today (UTC) decides which dates lie in the future. Persons that appear twice are
// for the comparison with the register to find.
func Parse(r io.Reader, today time.Time) (Header, iter.Seq2[Row, error], error) {
	text, encoding, err := decode(r)
	if err != nil {
		return Header{}, nil, fmt.Errorf("tell the list's encoding: %w", err)
	}
	in, err := newList(text)
	if err != nil {
		return Header{}, nil, fmt.Errorf("tell the list's separator: %w", err)
	}
	cells, err := in.next()
	if errors.Is(err, io.EOF) {
		return Header{}, nil, fault.Field("file", fault.FieldRequired, "must not be empty")
	}
	if err != nil {
		return Header{}, nil, broken(err)
	}
	l, err := readHeader(cells, encoding)
	if err != nil {
		return Header{}, nil, err
	}
	return l.header, l.rows(in, today), nil
}

func (l layout) rows(in *records, today time.Time) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for number := 1; ; number++ {
			cells, err := in.next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Row{Number: number, Line: in.start}, broken(err))
				return
			}
			if empty(cells) { // programs that save sheets end them with such rows
				number--
				continue
			}
			if !yield(l.row(number, in.start, cells, today), nil) {
				return
			}
		}
	}
}

// broken makes a fault of what the file itself is guilty of.
func broken(err error) error {
	var record *errRecord
	if !errors.As(err, &record) {
		return fmt.Errorf("read the list: %w", err)
	}
	return fault.Field("file", fault.FieldMalformed, fmt.Sprintf("must be well-formed CSV: line %d: %s", record.line, record.reason))
}

// reading turns the cells of one row into what they mean.
type reading struct {
	row    Row
	layout layout
	today  time.Time
	at     int // the column being read
}

func (l layout) row(number, line int, cells []string, today time.Time) Row {
	r := &reading{row: Row{Number: number, Line: line, Cells: cells}, layout: l, today: today, at: -1}
	if len(cells) > len(l.meaning) {
		r.complain(ColumnCount, "has more cells than the header")
	}
	for i := range l.meaning {
		r.at = i
		cell := ""
		if i < len(cells) { // programs leave empty last cells out
			cell = cells[i]
		}
		if !utf8.ValidString(cell) || strings.ContainsRune(cell, utf8.RuneError) {
			r.complain(NotText, "holds bytes that are no text in the file's encoding")
			cell = strings.ToValidUTF8(cell, "\uFFFD")
		}
		r.read(l.meaning[i], visible(cell))
	}
	r.at = -1
	if r.row.Name == "" {
		r.complain(NoName, "has no name")
	}
	return r.row
}

// complain notes what is wrong with the current column, or with the row.
func (r *reading) complain(reason, message string) {
	c := Complaint{Row: r.row.Number, Line: r.row.Line, Reason: reason, Message: message}
	if r.at >= 0 {
		c.Column = r.layout.header.Columns[r.at]
	}
	r.row.Complaints = append(r.row.Complaints, c)
}

// read understands one cell.
func (r *reading) read(meaning column, cell string) {
	row := &r.row
	switch meaning {
	case colID:
		row.ID = strings.TrimSpace(cell)
	case colURL:
		row.URL = strings.TrimSpace(cell)
	case colName:
		row.Name = r.spelled(cell)
		row.NameRepaired, _ = repair(row.Name)
		row.Anonymous = anonymous(row.NameRepaired)
	case colStatus:
		r.status(cell)
	case colSex:
		r.sex(cell)
	case colArticles:
		row.Articles = articles(cell)
	case colPrison:
		r.spelled(cell)
		row.Prison = prison(cell)
	case colSentence:
		row.Months = months(cell)
	case colJudge:
		row.Judge = r.spelled(cell)
	case colProsecutor:
		row.Prosecutor = r.spelled(cell)
	case colDied:
		r.died(cell)
	default:
		r.readDate(meaning, cell)
	}
}

func (r *reading) readDate(meaning column, cell string) {
	row := &r.row
	switch meaning {
	case colBorn:
		row.Born = r.past(cell)
	case colDetained:
		row.Detained = r.past(cell)
	case colVerdict:
		row.Verdict = r.past(cell)
	case colAppeal:
		row.Appeal = r.date(cell)
	case colPenaltyStart:
		row.PenaltyStart = r.date(cell)
	case colRelease:
		row.Release = r.date(cell)
	}
}

// date reads a date that may lie in the future.
func (r *reading) date(cell string) Date {
	d, err := parseDate(cell)
	if err == nil && errors.Is(d.plausible(r.today), errImplausible) {
		err = errImplausible
	}
	return r.believed(d, err)
}

// past reads a date of something that has happened.
func (r *reading) past(cell string) Date {
	d, err := parseDate(cell)
	if err == nil {
		err = d.plausible(r.today)
	}
	return r.believed(d, err)
}

func (r *reading) believed(d Date, err error) Date {
	switch {
	case err == nil:
		return d
	case errors.Is(err, errFuture):
		r.complain(FutureDate, "lies in the future and is taken as unknown")
	case errors.Is(err, errImplausible):
		r.complain(ImplausibleDate, "is more than 130 years old and is taken as unknown")
	default:
		r.complain(BadDate, "is not a date that is understood")
	}
	return Date{}
}

// died reads a cell that is a date, a yes or a no.
func (r *reading) died(cell string) {
	switch word := fold(cell); word {
	case "", "0", "no", "false", "нет", "не", "-":
	case "1", "yes", "true", "да", "так":
		r.row.Died = true
	default: // a word that is no date is a complaint, not a death
		r.row.DiedOn = r.past(cell)
		r.row.Died = !r.row.DiedOn.IsZero()
	}
}

// spelled trims a cell and complains of look-alike letters in it.
func (r *reading) spelled(cell string) string {
	s := squeeze(cell)
	if _, mixed := repair(s); mixed {
		r.complain(Lookalike, "mixes Cyrillic letters with Latin ones that look like them")
	}
	return s
}
