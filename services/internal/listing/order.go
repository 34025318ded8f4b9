package listing

import (
	"slices"
	"strings"

	"go.einride.tech/aip/ordering"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Kind is what a key of a list is.
type Kind int

// The kinds of keys: a text, a whole number, a time, which may be kept as a UTC day, and
// bytes, which page.Page has as hexadecimal digits.
const (
	Text Kind = iota
	Number
	Time
	Bytes
)

// Key is one of the columns that a list is ordered by.
type Key struct {
	// Name is its field in answers, SQL its column. One without a name only goes on with
	// those before it: rows may share it.
	Name, SQL string
	Kind      Kind
}

// maxOrder bounds what a list is ordered by, in bytes.
const maxOrder = 100

// order is what one page is ordered by.
type order struct {
	keys       []Key
	skip       int
	descending bool
}

// order reads the field "order_by" of a list request.
func (l List) order(text string) (order, error) {
	if text == "" {
		return order{keys: l.Keys, descending: l.Newest}, nil
	}
	var asked ordering.OrderBy
	names := make([]string, len(l.Keys))
	for i, k := range l.Keys {
		names[i] = k.Name
	}
	known := strings.Join(slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "" }), ", ")
	refusal := fault.Field("orderBy", fault.FieldUnknownValue, "must be one of "+known+`, or one followed by " desc"`)
	if len(text) > maxOrder {
		return order{}, refusal
	}
	if err := asked.UnmarshalString(text); err != nil || len(asked.Fields) != 1 {
		return order{}, refusal.With(err)
	}
	first := slices.Index(names, asked.Fields[0].Path)
	if first < 0 {
		return order{}, refusal
	}
	return order{keys: l.Keys[first:], skip: first, descending: asked.Fields[0].Desc}, nil
}

// sql is the column of key i.
func (o order) sql(i int) string { return o.keys[i].SQL }

// by is the clause that orders by the keys under their names.
func (o order) by(name func(i int) string) string {
	direction := ""
	if o.descending {
		direction = " DESC"
	}
	clauses := make([]string, len(o.keys))
	for i := range o.keys {
		clauses[i] = name(i) + direction
	}
	return " ORDER BY " + strings.Join(clauses, ", ")
}
