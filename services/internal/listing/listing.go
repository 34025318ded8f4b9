// Package listing makes the query of one page of a list: which rows a filter asks for,
// in which order, and after which row. A page costs the same however long the list is:
// each state, and each way in which a caller reaches rows, is looked up by an index of
// its own.
package listing

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// Fields of filters that have a meaning here.
const (
	// State is the one by which lists are looked up state by state.
	State = "state"
	// Allowed is for what the caller can do something with now.
	Allowed = "allowed_to_me"
)

// List says what a list may be asked for.
type List struct {
	// Rows is the table whose rows are listed, Alias its name in the columns below.
	Rows, Alias string
	// Keys are what the list is ordered by; the last one tells rows apart. Each is a
	// name by which it can be ordered, with those after it. Times are fields of the
	// filter, too.
	Keys []Key
	// Newest is true for a list whose last rows come first unless it is asked for
	// otherwise.
	Newest bool
	// Columns are the fields of a filter. Each needs an index that goes on with Keys.
	Columns map[string]filter.Column
}

// query is the query of a page: what goes before the columns and tables of its rows,
// what behind them, and the arguments.
type query struct {
	found, rest string
	args        []any
}

// page makes the query of a page. The places of its rows are found first, so that
// what belongs to a row is read for those on the page only.
func (l List) page(p page.Page, conditions []Condition) (query, error) {
	o, err := l.order(p.OrderBy)
	if err != nil {
		return query{}, err
	}
	where, err := filter.Parse(p.Filter, l.columns(p), 1)
	if err != nil {
		return query{}, err
	}
	b := builder{args: where.Args}
	ways := l.inStates(b.ways(append(slices.Clone(conditions), l.few(where)...)), where, p)
	after, err := b.after(o, p)
	if err != nil {
		return query{}, err
	}
	found := make([]string, len(ways))
	for i, w := range ways {
		found[i] = l.find(o, w.and(where.SQL+after), p.Limit())
	}
	return query{
		found: "WITH found AS MATERIALIZED (SELECT ARRAY(SELECT place FROM (" + strings.Join(found, " UNION ") + ") f" +
			o.by(key) + limit(p.Limit()) + ") AS places) ",
		rest: " WHERE " + l.Alias + ".ctid = ANY ((SELECT places FROM found)::tid[])" +
			" ORDER BY array_position((SELECT places FROM found), " + l.Alias + ".ctid)",
		args: b.args,
	}, nil
}

// columns are the fields of a filter.
func (l List) columns(p page.Page) map[string]filter.Column {
	all := map[string]filter.Column{}
	maps.Copy(all, l.Columns)
	for _, k := range l.Keys {
		if k.Kind == Time {
			all[k.Name] = filter.Column{SQL: k.SQL, Time: true}
		}
	}
	if p.Open != nil {
		all[Allowed] = filter.Column{SQL: "TRUE", Bool: true, Required: true} // see inStates
	}
	return all
}

// few are the conditions of a filter that few rows hold for.
func (l List) few(where filter.Condition) (conditions []Condition) {
	for _, name := range slices.Sorted(maps.Keys(l.Columns)) {
		c := l.Columns[name]
		if value, demanded := where.Fixed(name); demanded && c.Few {
			conditions = append(conditions, Few(c.SQL+" = "+cmp.Or(c.Operand, "%s"), value))
		}
	}
	return conditions
}

// inStates splits each way by the states that rows of the page may have, where those
// are not all. The words of states are of the contract, and never input.
func (l List) inStates(ways []way, where filter.Condition, p page.Page) []way {
	states, narrow := where.Among(State)
	if _, mine := where.Fixed(Allowed); mine {
		states = slices.DeleteFunc(slices.Clone(p.Open), func(s string) bool { return narrow && !slices.Contains(states, s) })
		narrow = true
	}
	if !narrow {
		return ways
	}
	var split []way
	for _, w := range ways {
		if len(states) == 0 {
			split = append(split, w.and("FALSE"))
		}
		for _, state := range states {
			split = append(split, w.and(l.Columns[State].SQL+" = '"+state+"'"))
		}
	}
	return split
}

// find is the query of the first rows of one way: where they lie, and their keys. Those
// of a way of few rows are looked up first and ordered then.
func (l List) find(o order, w way, rows int) string {
	keys := ""
	for i := range o.keys {
		keys += ", " + o.sql(i) + " AS " + key(i)
	}
	from, place := l.Rows+" "+l.Alias, l.Alias+".ctid"
	if w.few != "" {
		from = "(SELECT *, ctid AS place FROM " + from + " WHERE TRUE" + w.few + " OFFSET 0) " + l.Alias
		place = l.Alias + ".place"
	}
	return "(SELECT " + place + " AS place" + keys + " FROM " + from + " WHERE" + w.sql + o.by(o.sql) + limit(rows) + ")"
}

// key is the name of the key i of a row that was found.
func key(i int) string { return fmt.Sprintf("k%d", i) }

func limit(rows int) string { return fmt.Sprintf(" LIMIT %d", rows) }
