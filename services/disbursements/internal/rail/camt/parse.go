package camt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// maxBytes bounds a file; a statement of a hundred thousand entries fits.
const maxBytes = 20 << 20

// Parse reads a file. A statement in it that cannot be read is Refused, and those after
// it are read; a file without one that can be read is refused whole. The fault names the
// line and the reason, and holds nothing of the file:
//   - STATEMENT_NOT_XML: it is no XML, or has what statements have no need of.
//   - STATEMENT_INVALID: it is not a statement.
//   - STATEMENT_TOO_LARGE: it has more than 20 MiB, or a million elements.
//
// Check says whether a statement adds up.
func Parse(in io.Reader) (File, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxBytes+1))
	if err != nil {
		return File{}, fmt.Errorf("read statement: %w", err)
	}
	if len(data) > maxBytes {
		return File{}, fault.New(fault.Invalid, fault.ReasonStatementTooLarge, "The statement has more than 20 MiB.")
	}
	r := &reader{file: File{SHA256: sha256.Sum256(data)}}
	root, version, err := parseTree(bytes.TrimPrefix(data, []byte("\ufeff")), versions(), many(), r.took)
	if err != nil {
		return File{}, refuse(err)
	}
	r.file.Version = version
	if err := r.finish(root); err != nil {
		return File{}, refuse(err)
	}
	return r.file, nil
}

// refuse turns a problem into a fault.
func refuse(err error) error {
	var p *problem
	if !errors.As(err, &p) {
		return err
	}
	f := fault.New(fault.Invalid, fault.ReasonStatementInvalid, "The file is not a statement that can be read; nothing was taken from it.")
	switch {
	case p.syntax:
		f = fault.New(fault.Invalid, fault.ReasonStatementNotXML, "The file is not XML as banks write it; nothing was taken from it.")
	case p.large:
		f = fault.New(fault.Invalid, fault.ReasonStatementTooLarge, "The statement has more than 20 MiB, or more elements than a bank's.")
	}
	f.Violations = []fault.Violation{{Field: fmt.Sprintf("line %d", p.line), Reason: fault.FieldMalformed, Description: p.reason}}
	return f
}

// reader makes statements of the elements that the tree does not keep.
type reader struct {
	file    File
	cursor  cursor  // of the statement that is being read
	entries []Entry // of it
}

// took takes an entry, or the statement around those that came before it.
func (r *reader) took(n *node, wrong *problem) {
	if n.name == "Ntry" {
		if e := r.cursor.entry(n); r.cursor.problem == nil {
			r.entries = append(r.entries, e)
		}
		return
	}
	s := Statement{Line: n.line, Notification: n.name == "Ntfctn"}
	if wrong == nil {
		s = r.cursor.statement(n, s.Notification, r.entries)
		wrong = r.cursor.problem
	}
	if wrong != nil {
		s = Statement{Line: n.line, Notification: s.Notification, Refused: refuse(wrong)}
	}
	r.file.Statements = append(r.file.Statements, s)
	r.cursor, r.entries = cursor{}, nil
}

// finish reads what stands around the statements. A file in which none can be read is
// refused for what is wrong with the first.
func (r *reader) finish(root *node) error {
	body := root.child("BkToCstmrStmt")
	if body == nil {
		body = root.child("BkToCstmrDbtCdtNtfctn")
	}
	if body == nil {
		return wrong(root.line, "element Document is empty")
	}
	var c cursor
	r.file.MessageID = c.id(c.need(c.need(body, "GrpHdr"), "MsgId"))
	if len(r.file.Statements) == 0 {
		c.wrong(body, "the file holds no statement")
	}
	if c.problem != nil {
		return c.problem
	}
	for _, s := range r.file.Statements {
		if s.Refused == nil {
			return nil
		}
	}
	return r.file.Statements[0].Refused
}
