// Package listing makes the query of one page of a list: which rows a filter asks for,
// in which order, and after which row. A page costs the same however long the list is:
// each state, and each way in which a caller reaches rows, is looked up by an index of
// its own.
package listing

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/internal/filter"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
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

// Rows reads a page of the rows that all conditions hold for; columns select from what
// holds l.Rows under its alias.
func Rows[T any](ctx context.Context, q postgres.Querier, what string, scan pgx.RowToFunc[T], columns string, l List, p page.Page, conditions ...Condition) ([]T, error) {
	asked, err := l.page(p, conditions)
	if err != nil {
		return nil, err
	}
	return postgres.Many(ctx, q, what, scan, columns+asked.sql, asked.args...)
}

// query is the query of a page, behind the columns and tables of the rows.
type query struct {
	sql  string
	args []any
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
	ways := l.inStates(b.ways(conditions), where, p)
	after, err := b.after(o, p)
	if err != nil {
		return query{}, err
	}
	for i, way := range ways {
		ways[i] = l.found(o, way+" AND "+where.SQL+after, p.Limit())
	}
	return query{
		sql: " WHERE " + l.Alias + ".ctid = ANY (ARRAY(SELECT place FROM (" + strings.Join(ways, " UNION ") + ") found" +
			o.by(place) + limit(p.Limit()) + "))" + o.by(o.sql),
		args: append([]any{withValues}, b.args...),
	}, nil
}

// withValues has PostgreSQL plan a page with the values that it is asked for: an owner
// of three rows and one of thousands need different indexes.
const withValues = pgx.QueryExecModeCacheDescribe

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

// inStates splits each way by the states that rows of the page may have, where those
// are not all. The words of states are of the contract, and never input.
func (l List) inStates(ways []string, where filter.Condition, p page.Page) []string {
	states, narrow := where.Among(State)
	if _, mine := where.Fixed(Allowed); mine {
		states = slices.DeleteFunc(slices.Clone(p.Open), func(s string) bool { return narrow && !slices.Contains(states, s) })
		narrow = true
	}
	if !narrow {
		return ways
	}
	var split []string
	for _, way := range ways {
		if len(states) == 0 {
			split = append(split, way+" AND FALSE")
		}
		for _, state := range states {
			split = append(split, way+" AND "+l.Columns[State].SQL+" = '"+state+"'")
		}
	}
	return split
}

// found is the query of the first rows of one way: where they lie, and their keys.
func (l List) found(o order, condition string, rows int) string {
	keys := ""
	for i := range o.keys {
		keys += ", " + o.sql(i) + " AS " + place(i)
	}
	return "(SELECT " + l.Alias + ".ctid AS place" + keys + " FROM " + l.Rows + " " + l.Alias +
		" WHERE" + condition + o.by(o.sql) + limit(rows) + ")"
}

// place is the name of the key i of a row that was found.
func place(i int) string { return fmt.Sprintf("k%d", i) }

func limit(rows int) string { return fmt.Sprintf(" LIMIT %d", rows) }
