package camt

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/money"
)

// maxID is the length of ids in ISO 20022.
const maxID = 35

// afterDay is what may follow a day: nothing, a time, a time zone.
var afterDay = regexp.MustCompile(`^(T([01]\d|2[0-4]):[0-5]\d:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$`)

// cursor reads values out of nodes and keeps the first problem; after it the
// values mean nothing.
type cursor struct {
	problem *problem
}

func (c *cursor) wrong(n *node, reason string) {
	if c.problem == nil {
		c.problem = wrong(n.line, reason)
	}
}

// need returns a child that must be there, and reports its parent where it is
// not. It never returns nil.
func (c *cursor) need(n *node, path ...string) *node {
	if found := n.child(path...); found != nil {
		return found
	}
	c.wrong(n, "element "+n.name+" lacks "+strings.Join(path, "/"))
	return &node{name: path[len(path)-1], line: n.line}
}

// id reads an identifier, empty for a nil node.
func (c *cursor) id(n *node) string {
	if n == nil {
		return ""
	}
	if n.text == "" || len([]rune(n.text)) > maxID {
		c.wrong(n, "element "+n.name+" must have 1 to 35 characters")
	}
	return n.text
}

// word reads a code of capitals and digits, empty for a nil node.
func (c *cursor) word(n *node) string {
	if n == nil {
		return ""
	}
	if n.text == "" || len(n.text) > 4 || strings.Trim(n.text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
		c.wrong(n, "element "+n.name+" must be a code of one to four capitals and digits")
	}
	return n.text
}

// credit reads a direction.
func (c *cursor) credit(n *node) bool {
	if n.text != "CRDT" && n.text != "DBIT" {
		c.wrong(n, "element "+n.name+" must be CRDT or DBIT")
	}
	return n.text == "CRDT"
}

// day reads the day of a date or of a time as the bank wrote it, empty for a
// nil node: the clock that counts is the bank's.
func (c *cursor) day(n *node) string {
	if n == nil {
		return ""
	}
	if len(n.kids) > 0 {
		return c.day(n.kids[0])
	}
	text := n.text
	if len(text) >= 10 && afterDay.MatchString(text[10:]) {
		if _, err := time.Parse(time.DateOnly, text[:10]); err == nil {
			return text[:10]
		}
	}
	c.wrong(n, "element "+n.name+" must be a date or a time of ISO 8601")
	return ""
}

// number reads a whole number, not below 0.
func (c *cursor) number(n *node) int64 {
	text, _, _ := strings.Cut(n.text, ".")
	if strings.Trim(strings.TrimPrefix(n.text, text), ".0") != "" {
		text = ""
	}
	v, err := strconv.ParseUint(strings.TrimPrefix(text, "+"), 10, 63)
	if err != nil {
		c.wrong(n, "element "+n.name+" must be a whole number")
	}
	return int64(v)
}

// flag reads a truth value.
func (c *cursor) flag(n *node) bool {
	if n == nil {
		return false
	}
	switch n.text {
	case "true", "1":
		return true
	case "false", "0":
		return false
	}
	c.wrong(n, "element "+n.name+" must be true or false")
	return false
}

// amount reads an amount exactly. Zeros behind the currency's decimals are
// accepted, other digits there are not.
func (c *cursor) amount(n *node) money.Amount {
	if !money.Known(n.currency) {
		c.wrong(n, "element "+n.name+" must have a current currency of ISO 4217")
		return money.Amount{}
	}
	text := strings.TrimPrefix(n.text, "+")
	if strings.HasPrefix(text, ".") && len(text) > 1 {
		text = "0" + text
	}
	if len(text) > 1 {
		text = strings.TrimSuffix(text, ".")
	}
	minor, err := money.ParseDecimal(text, n.currency)
	if err != nil {
		c.wrong(n, "element "+n.name+" must be a number, not negative, with no more decimals than its currency has")
	}
	return money.Amount{MinorUnits: minor, Currency: n.currency}
}

// maybeAmount is amount for an element that may be missing.
func (c *cursor) maybeAmount(n *node) *money.Amount {
	if n == nil {
		return nil
	}
	a := c.amount(n)
	return &a
}

// code joins the parts of a bank transaction code, empty where there is none.
func (c *cursor) code(n *node) string {
	domain := n.child("Domn")
	if domain == nil {
		return ""
	}
	return c.word(c.need(domain, "Cd")) + "/" + c.word(c.need(domain, "Fmly", "Cd")) + "/" + c.word(c.need(domain, "Fmly", "SubFmlyCd"))
}
