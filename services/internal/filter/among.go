package filter

import (
	"maps"
	"slices"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
)

// Among returns the words that an enum's field may have for the filter to hold,
// sorted; ok is false where that may be any of them.
func (c Condition) Among(field string) (words []string, ok bool) {
	all := map[string]bool{}
	for _, word := range c.columns[field].Words {
		all[word] = true
	}
	if c.checked == nil {
		return nil, false
	}
	may, _ := among{field: field, column: c.columns[field], all: all}.of(c.checked)
	return slices.Sorted(maps.Keys(may)), len(may) < len(all)
}

// among finds the words of one field with which an expression may hold.
type among struct {
	field  string
	column Column
	all    map[string]bool
}

// of returns the words with which e may hold; exact is true where it holds with each
// of them, whatever else there is.
func (a among) of(e *expr.Expr) (may map[string]bool, exact bool) {
	call := e.GetCallExpr()
	args := call.GetArgs()
	switch call.GetFunction() {
	case filtering.FunctionAnd, filtering.FunctionOr:
		left, leftExact := a.of(args[0])
		right, rightExact := a.of(args[1])
		both := call.GetFunction() == filtering.FunctionAnd
		may := maps.Clone(a.all)
		maps.DeleteFunc(may, func(w string, _ bool) bool {
			return both && (!left[w] || !right[w]) || !both && !left[w] && !right[w]
		})
		return may, leftExact && rightExact
	case filtering.FunctionNot:
		if inner, exact := a.of(args[0]); exact {
			return a.without(inner), true
		}
	case filtering.FunctionEquals, filtering.FunctionNotEquals:
		if args[0].GetIdentExpr().GetName() != a.field {
			break
		}
		word, err := a.column.word(a.field, args[1])
		if err != nil {
			break
		}
		one := map[string]bool{word: true}
		if call.GetFunction() == filtering.FunctionNotEquals {
			one = a.without(one)
		}
		return one, true
	}
	return a.all, false
}

// without returns all words but some.
func (a among) without(some map[string]bool) map[string]bool {
	rest := maps.Clone(a.all)
	maps.DeleteFunc(rest, func(w string, _ bool) bool { return some[w] })
	return rest
}
