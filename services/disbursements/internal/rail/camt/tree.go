package camt

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// namespacePrefix comes before the version in the namespace of every message.
const namespacePrefix = "urn:iso:std:iso:20022:tech:xsd:"

// shape says which elements may stand in an element. An element whose shape is
// nil is known, and its content is passed over unread.
type shape map[string]shape

// node is one element that was kept.
type node struct {
	name     string
	line     int
	currency string // the attribute Ccy
	text     string // of an element without children
	kids     []*node
}

// problem is what is wrong with a file, and where.
type problem struct {
	line   int
	reason string
	syntax bool // it is not even XML
	large  bool // it has more than is read
}

// Error returns the line and the reason.
func (p *problem) Error() string { return fmt.Sprintf("line %d: %s", p.line, p.reason) }

func wrong(line int, reason string) *problem { return &problem{line: line, reason: reason} }

// builder makes the tree of a file while it reads it.
type builder struct {
	decoder *xml.Decoder
	space   string // the namespace that all elements have to be in
	many    []string
	depth   int // of elements that are open
	left    int // elements that may still come
	bounds  map[string]int
	// took is told of each element that does not stay in the tree, with what is wrong in
	// it; the tree of a file is never in memory as a whole.
	took func(n *node, wrong *problem)
}

// maxDepth bounds how deep elements are nested, also in what is passed over; the
// schemas stay below 20.
const maxDepth = 64

// parseTree reads a document of one of the known versions and returns its root
// and version. There is no document type, no entity of its own, no element out
// of place.
//
// Statements and their entries do not stay in the tree: took gets each, an entry before
// the statement that it is of. A statement with something wrong in it is told with that,
// and those after it are read.
func parseTree(data []byte, versions map[string]shape, many []string, took func(*node, *problem)) (*node, string, error) {
	b := &builder{decoder: xml.NewDecoder(bytes.NewReader(data)), many: many, left: maxElements, bounds: bounds(), took: took}
	b.decoder.CharsetReader = charset
	for {
		token, err := b.next()
		if err != nil {
			return nil, "", err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			if text, isText := token.(xml.CharData); isText && len(bytes.TrimSpace(text)) > 0 {
				return nil, "", &problem{line: b.line(), reason: "there is text before the first element", syntax: true}
			}
			continue
		}
		version := strings.TrimPrefix(start.Name.Space, namespacePrefix)
		content, known := versions[version]
		if start.Name.Local != "Document" || !known {
			return nil, "", wrong(b.line(), "the file is not a camt.053 or camt.054 of the versions 2 to 13")
		}
		b.space = start.Name.Space
		root, err := b.element(start, content)
		if err == nil {
			err = b.end()
		}
		return root, version, err
	}
}

// element reads up to the end of an element that has begun.
func (b *builder) element(start xml.StartElement, content shape) (*node, error) {
	n := &node{name: start.Name.Local, line: b.line()}
	if err := b.count(n); err != nil {
		return nil, err
	}
	for _, a := range start.Attr {
		if a.Name.Local == "Ccy" && a.Name.Space == "" {
			n.currency = a.Value
		}
	}
	var text strings.Builder
	for {
		token, err := b.next()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := b.child(n, t, content); err != nil {
				return nil, err
			}
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			n.text = strings.TrimSpace(text.String())
			if n.text != "" && (len(n.kids) > 0 || len(content) > 0 && n.name != "Sts") {
				return nil, wrong(n.line, "element "+n.name+" holds text where elements belong")
			}
			return n, nil
		}
	}
}

func (b *builder) child(n *node, start xml.StartElement, content shape) error {
	name := start.Name.Local
	inner, known := content[name]
	if !known || start.Name.Space != b.space {
		return wrong(b.line(), "element "+n.name+" holds an element that does not belong there")
	}
	if inner == nil {
		return b.skip()
	}
	if !slices.Contains(b.many, name) && n.child(name) != nil {
		return wrong(b.line(), "element "+name+" stands twice in element "+n.name)
	}
	switch name {
	case "Stmt", "Ntfctn":
		return b.statement(start, inner)
	case "Ntry":
		kid, err := b.element(start, inner)
		if err == nil {
			b.took(kid, nil)
		}
		return err
	}
	kid, err := b.element(start, inner)
	n.kids = append(n.kids, kid)
	return err
}

// statement reads one statement. What is wrong in it is its own: reading goes on behind it.
func (b *builder) statement(start xml.StartElement, content shape) error {
	outside, at := b.depth-1, &node{name: start.Name.Local, line: b.line()}
	kid, err := b.element(start, content)
	var p *problem
	switch {
	case err == nil:
		b.took(kid, nil)
		return nil
	case !errors.As(err, &p) || p.syntax || p.large:
		return err
	}
	for b.depth > outside {
		if _, err := b.next(); err != nil {
			return err
		}
	}
	b.took(at, p)
	return nil
}

// skip passes over an element without keeping anything of it.
func (b *builder) skip() error {
	for depth := 1; depth > 0; {
		token, err := b.next()
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// end makes sure that nothing comes after the document.
func (b *builder) end() error {
	for {
		token, err := b.decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if text, ok := token.(xml.CharData); err != nil || !ok && !isComment(token) || ok && len(bytes.TrimSpace(text)) > 0 {
			return &problem{line: b.line(), reason: "there is something after the document", syntax: true}
		}
	}
}

func isComment(token xml.Token) bool {
	_, ok := token.(xml.Comment)
	return ok
}

// next returns a token and refuses what a statement has no need of.
func (b *builder) next() (xml.Token, error) {
	token, err := b.decoder.Token()
	if err != nil {
		return nil, &problem{line: b.line(), reason: "the file is not well-formed XML", syntax: true}
	}
	switch t := token.(type) {
	case xml.StartElement:
		if b.depth++; b.depth > maxDepth {
			return nil, wrong(b.line(), "elements are nested too deep")
		}
	case xml.EndElement:
		b.depth--
	case xml.Directive:
		return nil, &problem{line: b.line(), reason: "the file has a document type, which is not allowed", syntax: true}
	case xml.ProcInst:
		if t.Target != "xml" {
			return nil, &problem{line: b.line(), reason: "the file has a processing instruction, which is not allowed", syntax: true}
		}
	}
	return token, nil
}

func (b *builder) line() int {
	line, _ := b.decoder.InputPos()
	return line
}

// charset reads the encodings that banks use besides UTF-8. What is kept of a
// file is ASCII, in which they are alike.
func charset(label string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "us-ascii", "ascii":
		return in, nil
	case "iso-8859-1", "iso-8859-15", "windows-1252":
		data, err := io.ReadAll(in)
		var out []byte
		for _, c := range data {
			out = utf8.AppendRune(out, rune(c))
		}
		return bytes.NewReader(out), err
	}
	return nil, errors.New("encoding that is not read")
}
