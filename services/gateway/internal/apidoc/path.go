package apidoc

import (
	"strings"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/route"
)

// spell writes a path template as clients read it: each * becomes a variable
// named after the collection before it. It returns those variables in order,
// and the fields that the path fills.
func spell(template string) (path string, variables, fields []string) {
	path = route.Variable.ReplaceAllStringFunc(template, func(v string) string {
		parts := route.Variable.FindStringSubmatch(v)
		fields = append(fields, parts[1])
		if parts[2] == "" || parts[2] == "*" {
			variables = append(variables, camel(parts[1]))
			return "{" + camel(parts[1]) + "}"
		}
		segments := strings.Split(parts[2], "/")
		for i, s := range segments {
			if s == "*" && i > 0 {
				name := singular(segments[i-1])
				variables = append(variables, name)
				segments[i] = "{" + name + "}"
			}
		}
		return strings.Join(segments, "/")
	})
	return path, variables, fields
}

// singular names one of a collection: families, family.
func singular(collection string) string {
	switch {
	case strings.HasSuffix(collection, "ies"):
		return strings.TrimSuffix(collection, "ies") + "y"
	case strings.HasSuffix(collection, "s"):
		return strings.TrimSuffix(collection, "s")
	default:
		return collection
	}
}

// camel writes a proto field's name as JSON does.
func camel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		if i > 0 && w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// lower makes the first letter of a name small.
func lower(name string) string { return strings.ToLower(name[:1]) + name[1:] }
