// Package sourcelist reads the lists of prisoners that human-rights groups
// publish, in both headers in use and three languages, and makes made-up ones for
// tests and demonstrations. It keeps every cell as it was and says beside it what
// is understood of it; what is not understood becomes a complaint, never a guess.
package sourcelist

// Format is one of the two headers in real use.
type Format int

// The formats. The zero Format is invalid.
const (
	// Registry is the long header with ids and statuses as words of a program:
	// "id,url,name,status,…".
	Registry Format = iota + 1
	// Names is the short header in English: "Name and surname,Status,…".
	Names
	// NamesBelarusian is Names with a Belarusian header.
	NamesBelarusian
	// NamesRussian is Names with a Russian header.
	NamesRussian
)

// Encoding is how a file's text is encoded.
type Encoding int

// The encodings. The zero Encoding is invalid.
const (
	UTF8        Encoding = iota + 1
	UTF8Mark             // UTF-8 that begins with a byte order mark
	Windows1251          // the usual encoding of Cyrillic text before UTF-8
	UTF16Little          // UTF-16 with the low byte first, with a mark or without
	UTF16Big             // UTF-16 with the high byte first
)

// Header is what a file's first row and encoding say.
type Header struct {
	Format   Format
	Encoding Encoding
	// Columns are the header's cells as they were; Row.Cells are in this order.
	Columns []string
	// Unknown are those of Columns that mean nothing to us; their cells are kept.
	Unknown []string
}

// Status is a person's standing with the group that keeps the list.
type Status int

// The statuses. StatusUnknown stands for a word that we do not know.
const (
	StatusUnknown Status = iota
	Active               // recognised and imprisoned
	Former               // was recognised, is free
	NotRecognised        // convicted, not recognised as a political prisoner
)

// Sex is as the list says.
type Sex int

// The sexes. SexUnknown stands for an empty or unknown word.
const (
	SexUnknown Sex = iota
	Female
	Male
)

// Liberty says whether the prison cell names a prison at all.
type Liberty int

// What a prison cell may say.
const (
	LibertyUnknown  Liberty = iota // the cell is empty
	Imprisoned                     // it names a prison
	Released                       // "released"
	AwaitingPenalty                // at liberty until the penalty begins
)

// Date is as much of a date as is known.
type Date struct {
	// Year is 0 for an unknown date; Month and Day are 0 where unknown.
	Year, Month, Day int
}

// Article is one charge.
type Article struct {
	// Text is the line as it was.
	Text string
	// Code is "CRIMINAL" or "ADMINISTRATIVE".
	Code string
	// Number is the article ("342", "361-1"), empty where none was found.
	Number string
	// Part is the part of the article ("2"), empty for the whole of it.
	Part string
}

// Prison is where a person is held.
type Prison struct {
	Liberty Liberty
	// Name and Address are empty unless Liberty is Imprisoned.
	Name, Address string
}

// Row is one row of a list.
type Row struct {
	// Number counts the rows after the header, from 1; Line is the file's line on
	// which the row begins, from 1.
	Number, Line int
	// Cells are all cells as they were, in the order of Header.Columns; empty last
	// ones may be missing.
	Cells []string

	// ID and URL are the list's own; Names formats have none.
	ID, URL string
	// Name is trimmed, with single spaces, else as spelled.
	Name string
	// NameRepaired is Name with Latin letters inside Cyrillic words replaced by
	// the Cyrillic ones that they look like; equal to Name where there are none.
	NameRepaired string
	// Anonymous is true for somebody whom the list does not name ("Citizen K.").
	Anonymous bool
	Status    Status
	// RecognisedLate is true for somebody recognised only after release.
	RecognisedLate bool
	Sex            Sex
	Born           Date
	Detained       Date
	Verdict        Date
	PenaltyStart   Date
	Release        Date
	Appeal         Date
	// Died is true where the list says so at all; DiedOn is the date if it is one.
	Died     bool
	DiedOn   Date
	Articles []Article
	// Months is the length of the sentence, 0 where the list gives none that is
	// understood.
	Months int
	Prison Prison
	// Judge and Prosecutor are trimmed.
	Judge, Prosecutor string

	// Complaints are what is wrong with this row, in the order of the columns.
	Complaints []Complaint
}

// Complaint names one thing that is wrong, by row and column, never by value.
type Complaint struct {
	// Row and Line are those of Row.
	Row, Line int
	// Column is the header's cell, empty for the row as a whole.
	Column string
	// Reason is one of the reasons below; Message a fixed sentence.
	Reason, Message string
}

// The reasons of complaints. A row with a blocking one is not to be merged.
const (
	NoName          = "NO_NAME"           // blocking
	ColumnCount     = "COLUMN_COUNT"      // blocking: more cells than the header
	NotText         = "NOT_TEXT"          // blocking: bytes that are no text in the file's encoding
	UnknownStatus   = "UNKNOWN_STATUS"    // blocking
	BadDate         = "BAD_DATE"          // the date is taken as unknown
	FutureDate      = "FUTURE_DATE"       // the date is taken as unknown
	ImplausibleDate = "IMPLAUSIBLE_DATE"  // older than 130 years; taken as unknown
	UnknownSex      = "UNKNOWN_SEX"       // taken as unknown
	Lookalike       = "LOOKALIKE_LETTERS" // see NameRepaired
)

// Blocking reports whether the row may not be merged as it is.
func (r Row) Blocking() bool {
	for _, c := range r.Complaints {
		switch c.Reason {
		case NoName, ColumnCount, NotText, UnknownStatus:
			return true
		}
	}
	return false
}
