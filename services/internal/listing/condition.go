package listing

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Condition is one that holds for all rows of a list, whatever filter it is given.
type Condition struct {
	ways []way
}

// way is one way in which a condition may hold.
type way struct {
	sql  string
	args []any
}

// Where is a condition in SQL; "%s" stands for an argument.
func Where(sql string, args ...any) Condition { return Condition{ways: []way{{sql, args}}} }

// Under is the condition of the children of a parent, or of any for resource.Any.
func Under(column, id string) Condition {
	if id == resource.Any {
		return Where("TRUE")
	}
	return Where(column+" = %s", id)
}

// Either holds where one of several conditions does. Each is looked up on its own.
func Either(conditions ...Condition) Condition {
	var all Condition
	for _, c := range conditions {
		all.ways = append(all.ways, c.ways...)
	}
	return all
}

// builder collects the arguments of a query.
type builder struct {
	args []any
}

// parameter takes an argument and returns what stands for it.
func (b *builder) parameter(arg any) string {
	b.args = append(b.args, arg)
	return "$" + strconv.Itoa(len(b.args))
}

// ways are the ways in which all conditions hold.
func (b *builder) ways(conditions []Condition) []string {
	ways := []string{" TRUE"}
	for _, c := range conditions {
		var longer []string
		for _, w := range c.ways {
			parameters := make([]any, len(w.args))
			for i, arg := range w.args {
				parameters[i] = b.parameter(arg)
			}
			for _, so := range ways {
				longer = append(longer, so+" AND "+fmt.Sprintf(w.sql, parameters...))
			}
		}
		ways = longer
	}
	return ways
}

// after is the condition of the rows after the last one seen.
func (b *builder) after(o order, p page.Page) (string, error) {
	if len(p.After) == 0 {
		return "", nil
	}
	last, err := p.Keys(o.skip + len(o.keys))
	if err != nil {
		return "", err
	}
	var columns, values []string
	for i, k := range o.keys {
		value, err := k.value(last[o.skip+i])
		if err != nil {
			return "", page.BadToken().With(err)
		}
		columns, values = append(columns, k.SQL), append(values, b.parameter(value)+"::"+k.cast())
	}
	operator := " > "
	if o.descending {
		operator = " < "
	}
	return " AND (" + strings.Join(columns, ", ") + ")" + operator + "(" + strings.Join(values, ", ") + ")", nil
}

// value is a key of a row as page.At and page.Numbered write it.
func (k Key) value(text string) (any, error) {
	switch k.Kind {
	case Number:
		return strconv.ParseInt(text, 10, 64)
	case Time:
		return time.Parse(time.RFC3339Nano, text)
	}
	return text, nil
}

// cast is the type of a key's column.
func (k Key) cast() string {
	switch k.Kind {
	case Number:
		return "bigint"
	case Time:
		return "timestamptz"
	}
	return "text"
}
