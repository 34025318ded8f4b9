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

// Parse reads a whole file or refuses it whole. Its fault names the line and the
// reason, and holds nothing of the file:
//   - STATEMENT_NOT_XML: it is no XML, or has what statements have no need of.
//   - STATEMENT_INVALID: it is not a statement.
//   - STATEMENT_TOO_LARGE: it has more than 20 MiB.
//
// Check says whether a statement adds up.
func Parse(r io.Reader) (File, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return File{}, fmt.Errorf("read statement: %w", err)
	}
	if len(data) > maxBytes {
		return File{}, fault.New(fault.Invalid, fault.ReasonStatementTooLarge, "The statement has more than 20 MiB.")
	}
	root, version, err := parseTree(bytes.TrimPrefix(data, []byte("\ufeff")), versions(), many())
	if err != nil {
		return File{}, refuse(err)
	}
	f := File{Version: version, SHA256: sha256.Sum256(data)}
	if err := f.fill(root); err != nil {
		return File{}, refuse(err)
	}
	return f, nil
}

// refuse turns a problem into a fault.
func refuse(err error) error {
	var p *problem
	if !errors.As(err, &p) {
		return err
	}
	f := fault.New(fault.Invalid, fault.ReasonStatementInvalid, "The file is not a statement that can be read; nothing was taken from it.")
	if p.syntax {
		f = fault.New(fault.Invalid, fault.ReasonStatementNotXML, "The file is not XML as banks write it; nothing was taken from it.")
	}
	f.Violations = []fault.Violation{{Field: fmt.Sprintf("line %d", p.line), Reason: fault.FieldMalformed, Description: p.reason}}
	return f
}

func (f *File) fill(root *node) error {
	body, name := root.child("BkToCstmrStmt"), "Stmt"
	if body == nil {
		body, name = root.child("BkToCstmrDbtCdtNtfctn"), "Ntfctn"
	}
	if body == nil {
		return wrong(root.line, "element Document is empty")
	}
	var c cursor
	f.MessageID = c.id(c.need(c.need(body, "GrpHdr"), "MsgId"))
	for _, n := range body.all(name) {
		f.Statements = append(f.Statements, c.statement(n, name == "Ntfctn"))
	}
	if len(f.Statements) == 0 {
		c.wrong(body, "the file holds no statement")
	}
	if c.problem != nil {
		return c.problem
	}
	return nil
}
