package seal

import (
	"fmt"
	"strconv"
	"strings"
)

// Column is a sealed column of a service's database. Each service lists its own, and
// a test holds the list against the tables: what is sealed somewhere else opens
// nowhere.
type Column struct {
	// Table and Name are those of the database.
	Table, Name string
	// Subject is whose keys seal it.
	Subject Kind
}

// At is the place of a value in the column: of which subject, in the row with which
// primary key, and the how-manieth value that the place has had, from 1.
func (c Column) At(s Subject, row string, version int) Place {
	return Place{column: c, subject: s, row: row, version: version}
}

// String returns the column as PostgreSQL writes it.
func (c Column) String() string { return c.Table + "." + c.Name }

// Place says where a sealed value belongs, and to whom. A value opens nowhere else.
type Place struct {
	column  Column
	subject Subject
	row     string
	version int
}

// String says where the place is, and whose.
func (p Place) String() string {
	return fmt.Sprintf("%s of %s for %s", p.column, p.row, p.subject)
}

// associatedData is what binds a value to its place. None of its parts may contain
// "|", and the subject must be of the column's kind.
func (p Place) associatedData() ([]byte, error) {
	c := p.column
	if c.Table == "" || c.Name == "" || p.row == "" || strings.Contains(c.Table+c.Name+p.row, "|") {
		return nil, fmt.Errorf("the place in %s is not complete", c)
	}
	if p.subject.name == "" || p.subject.kind != c.Subject {
		return nil, fmt.Errorf("%s is not sealed for a subject of kind %q", c, p.subject.kind)
	}
	return []byte(strings.Join([]string{c.Table, c.Name, p.row, strconv.Itoa(p.version)}, "|")), nil
}
