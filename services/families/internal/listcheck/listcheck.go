// Package listcheck reads a file of a source list as an import would, without a register:
// it says row by row what would be taken and what would be held back, and stores nothing.
package listcheck

import (
	"cmp"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/families/internal/sourcelist"
)

// Report is what is understood of a file.
type Report struct {
	// Format and Encoding are words such as "NAMES_RUSSIAN" and "UTF_8".
	Format   string `json:"format"`
	Encoding string `json:"encoding"`
	// UnknownColumns are headings that mean nothing to us; their cells are kept.
	UnknownColumns []string `json:"unknownColumns,omitempty"`
	// Taken and HeldBack count Rows.
	Taken    int   `json:"taken"`
	HeldBack int   `json:"heldBack"`
	Rows     []Row `json:"rows"`
}

// Row is one row, as far as it is understood.
type Row struct {
	// Row counts from 1 after the header, Line is the file's line.
	Row  int `json:"row"`
	Line int `json:"line"`
	// Taken is false for a row that would be held back until two people decide.
	Taken          bool        `json:"taken"`
	SourceID       string      `json:"sourceId,omitempty"`
	Name           string      `json:"name"`
	Status         string      `json:"status"`
	BirthDate      string      `json:"birthDate,omitempty"`
	DetentionDate  string      `json:"detentionDate,omitempty"`
	SentenceMonths int         `json:"sentenceMonths,omitempty"`
	Facility       string      `json:"facility,omitempty"`
	Charges        []string    `json:"charges,omitempty"`
	Complaints     []Complaint `json:"complaints,omitempty"`
	Clashes        []Clash     `json:"clashes,omitempty"`
}

// Complaint is one thing that is wrong with a cell, or with the row.
type Complaint struct {
	Column   string `json:"column,omitempty"`
	Reason   string `json:"reason"`
	Message  string `json:"message"`
	Blocking bool   `json:"blocking"`
}

// Clash is why rows of the file are held back together.
type Clash struct {
	Kind string `json:"kind"`
	// With are the other rows.
	With []int `json:"with,omitempty"`
}

// Check reads a file. A fault about "file" is what an import of it would be refused for.
func Check(file io.Reader, today time.Time) (Report, error) {
	header, rows, err := sourcelist.Parse(file, today)
	if err != nil {
		return Report{}, err
	}
	out := Report{Format: header.Format.String(), Encoding: header.Encoding.String(), UnknownColumns: header.Unknown}
	clashes := newClashes()
	for parsed, err := range rows {
		if err != nil {
			return Report{}, err
		}
		if len(out.Rows) == prisonerimport.MaxRows {
			return Report{}, prisonerimport.TooManyRows()
		}
		row := prisonerimport.FromList(header, parsed)
		clashes.add(len(out.Rows), row)
		out.Rows = append(out.Rows, understood(parsed, row))
	}
	clashes.tell(out.Rows)
	for i, r := range out.Rows {
		blocked := slices.ContainsFunc(r.Complaints, func(c Complaint) bool { return c.Blocking })
		if out.Rows[i].Taken = !blocked && len(r.Clashes) == 0; out.Rows[i].Taken {
			out.Taken++
		} else {
			out.HeldBack++
		}
	}
	return out, nil
}

func understood(parsed sourcelist.Row, row prisonerimport.Row) Row {
	out := Row{
		Row: row.Number, Line: parsed.Line, SourceID: row.SourceID, Name: row.Facts.FullName, Status: string(row.Status),
		BirthDate: row.Facts.BirthDate, DetentionDate: row.Facts.DetentionDate, SentenceMonths: row.Facts.SentenceMonths,
		Facility: row.Facts.Facility, Charges: row.Facts.Charges,
	}
	for _, c := range row.Complaints {
		message := "is recognised by nothing: it has neither an id nor a date"
		for _, p := range parsed.Complaints {
			if p.Reason == c.Reason && p.Column == c.Column {
				message = p.Message
			}
		}
		out.Complaints = append(out.Complaints, Complaint{Column: c.Column, Reason: c.Reason, Message: message, Blocking: c.Blocking})
	}
	return out
}

// member is a row of a group.
type member struct {
	at    int // in the report
	row   int // its number
	birth string
}

// clashes are the rows of a file by what they may have in common.
type clashes struct {
	kinds  []prisonerimport.ClashKind
	groups map[prisonerimport.ClashKind]map[string][]member
}

func newClashes() clashes {
	c := clashes{
		kinds:  []prisonerimport.ClashKind{prisonerimport.SameID, prisonerimport.SharedURL, prisonerimport.SameNameAndBirth, prisonerimport.Anonymous},
		groups: map[prisonerimport.ClashKind]map[string][]member{},
	}
	for _, k := range c.kinds {
		c.groups[k] = map[string][]member{}
	}
	return c
}

// add notes a row by each of its keys.
func (c clashes) add(at int, row prisonerimport.Row) {
	m := member{at: at, row: row.Number, birth: row.Facts.BirthDate}
	id := row.SourceID
	if id == "" {
		id = row.Identity()
	}
	name, _ := row.Likenesses()
	for kind, key := range map[prisonerimport.ClashKind]string{
		prisonerimport.SameID: id, prisonerimport.SharedURL: row.URLKey(), prisonerimport.SameNameAndBirth: name,
	} {
		if key != "" {
			c.groups[kind][key] = append(c.groups[kind][key], m)
		}
	}
	if row.Anonymous {
		c.groups[prisonerimport.Anonymous][strconv.Itoa(at)] = []member{m}
	}
}

// tell notes at each row why it would be held back.
func (c clashes) tell(rows []Row) {
	for _, kind := range c.kinds {
		for _, group := range c.groups[kind] {
			for i, m := range group {
				var with []int
				for j, other := range group {
					if i != j && (kind != prisonerimport.SameNameAndBirth || prisonerimport.OneBirth(m.birth, other.birth)) {
						with = append(with, other.row)
					}
				}
				if len(with) > 0 || kind == prisonerimport.Anonymous {
					slices.SortFunc(with, cmp.Compare)
					rows[m.at].Clashes = append(rows[m.at].Clashes, Clash{Kind: string(kind), With: with})
				}
			}
		}
	}
}
