package listing

import (
	"encoding/hex"
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

// way is one way in which conditions may hold.
type way struct {
	sql  string
	args []any
	// few is the condition that holds for few rows, empty where there is none.
	few string
}

// and is a way that has a further condition.
func (w way) and(sql string) way {
	w.sql += " AND " + sql
	return w
}

// Where is a condition in SQL; "%s" stands for an argument.
func Where(sql string, args ...any) Condition { return Condition{ways: []way{{sql: sql, args: args}}} }

// Few is Where for a condition that holds for few rows, which are looked up and then
// ordered: it needs no index that goes on with the keys of the list.
func Few(sql string, args ...any) Condition {
	return Condition{ways: []way{{few: sql, args: args}}}
}

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

// ways are the ways in which all conditions hold, with their arguments written.
func (b *builder) ways(conditions []Condition) []way {
	ways := []way{{sql: " TRUE"}}
	for _, c := range conditions {
		var longer []way
		for _, w := range c.ways {
			parameters := make([]any, len(w.args))
			for i, arg := range w.args {
				parameters[i] = b.parameter(arg)
			}
			for _, so := range ways {
				if w.few != "" {
					so.few += " AND " + fmt.Sprintf(w.few, parameters...)
				} else {
					so.sql += " AND " + fmt.Sprintf(w.sql, parameters...)
				}
				longer = append(longer, so)
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
		// The planner takes rows of the same day, which it knows by statistics, for none
		// after the last one seen; it cannot know what a query gives.
		columns, values = append(columns, k.SQL), append(values, "(SELECT "+b.parameter(value)+"::"+k.cast()+")")
	}
	operator := " > "
	if o.descending {
		operator = " < "
	}
	return " AND (" + strings.Join(columns, ", ") + ")" + operator + "(" + strings.Join(values, ", ") + ")", nil
}

// value is a key of a row as page.At and page.Numbered write it, or as hexadecimal digits.
func (k Key) value(text string) (any, error) {
	switch k.Kind {
	case Number:
		return strconv.ParseInt(text, 10, 64)
	case Time:
		return time.Parse(time.RFC3339Nano, text)
	case Bytes:
		return hex.DecodeString(text)
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
	case Bytes:
		return "bytea"
	}
	return "text"
}
