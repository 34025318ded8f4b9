package prisonerimport

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/families/internal/prisoner"
	"github.com/solidarity-fund/solidarity/services/families/internal/sourcelist"
)

// maxSourceID bounds a list's id of a person, in bytes.
const maxSourceID = 64

// FromList turns a parsed row into the register's words.
func FromList(header sourcelist.Header, row sourcelist.Row) Row {
	facts := prisoner.Facts{
		FullName: row.Name, BirthDate: row.Born.String(), DetentionDate: row.Detained.String(),
		SentenceMonths: row.Months, Facility: row.Prison.Name,
	}
	if row.NameRepaired != row.Name {
		facts.Repaired = row.NameRepaired
	}
	for _, a := range row.Articles {
		facts.Charges = append(facts.Charges, a.Text)
	}
	for i, text := range row.Cells {
		column := ""
		if i < len(header.Columns) {
			column = header.Columns[i]
		}
		if text != "" {
			facts.Cells = append(facts.Cells, prisoner.Cell{Column: column, Text: text})
		}
	}
	if len(row.ID) > maxSourceID || strings.ContainsRune(row.ID, 0) {
		row.Complaints = append(row.Complaints, sourcelist.Complaint{Row: row.Number, Line: row.Line, Reason: sourcelist.NotText, Message: "has an id that is too long or no text"})
		row.ID = ""
	}
	out := Row{
		Number: row.Number, SourceID: row.ID, Status: prisoner.Status(row.Status.String()),
		URL: row.URL, Anonymous: row.Anonymous, Facts: facts,
	}
	for _, c := range row.Complaints {
		alone := sourcelist.Row{Complaints: []sourcelist.Complaint{c}}
		out.Complaints = append(out.Complaints, Complaint{Column: c.Column, Reason: c.Reason, Blocking: alone.Blocking()})
	}
	return out.identified()
}

// NoIdentity is the reason of the complaint about a row that has neither an id nor an
// Identity: the next file's row could not be told from a new person's.
const NoIdentity = "NO_IDENTITY"

// identified adds the complaint NoIdentity where it is due.
func (r Row) identified() Row {
	if r.SourceID == "" && r.Identity() == "" && !r.Anonymous {
		r.Complaints = append(r.Complaints, Complaint{Reason: NoIdentity, Blocking: true})
	}
	return r
}
