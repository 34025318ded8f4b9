package filter

import (
	"strings"

	"go.einride.tech/aip/filtering"
	expr "google.golang.org/genproto/googleapis/api/expr/v1alpha1"
)

// Asked is what a filter asks about a field.
type Asked struct {
	Field string
	// Days is true where it compares with the beginning of a UTC day only.
	Days bool
}

// Fields returns what a filter asks about which fields, before it is known which there
// are; nothing for a text that is no filter, which Parse refuses.
func Fields(text string) []Asked {
	if len(text) > maxLen {
		return nil
	}
	var parser filtering.Parser
	parser.Init(text)
	parsed, err := parser.Parse()
	if err != nil {
		return nil
	}
	return fieldsOf(parsed.GetExpr())
}

func fieldsOf(e *expr.Expr) (all []Asked) {
	args := e.GetCallExpr().GetArgs()
	for i, arg := range args {
		if name := arg.GetIdentExpr().GetName(); name != "" {
			all = append(all, Asked{Field: name, Days: i == 0 && len(args) == 2 && midnight(args[1])})
		}
		all = append(all, fieldsOf(arg)...)
	}
	return all
}

// midnight reports whether a value is the beginning of a UTC day.
func midnight(value *expr.Expr) bool {
	if call := value.GetCallExpr(); call.GetFunction() == filtering.FunctionTimestamp && len(call.GetArgs()) == 1 {
		value = call.GetArgs()[0]
	}
	return strings.HasSuffix(value.GetConstExpr().GetStringValue(), "T00:00:00Z")
}

// Demands reports whether a filter asks for what a field stands for.
func Demands(text, field string) bool {
	for _, a := range Fields(text) {
		if a.Field == field {
			return true
		}
	}
	return false
}
