package strict

import (
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Query checks the query of a request against its message. taken tells which
// fields path or body fill, which the query then may not.
func Query(m protoreflect.MessageDescriptor, query string, taken func(protoreflect.Name) bool) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return fault.New(fault.Invalid, fault.ReasonMalformedQuery, "The query could not be read.")
	}
	seen := map[string]bool{}
	for _, key := range sortedKeys(values) {
		path, f := find(m, key)
		if f == nil || taken(path[0].Name()) {
			return fault.Field(printable(key), fault.FieldUnknownField, "is not a query parameter of this request")
		}
		at := jsonPath(path)
		if seen[at] || len(values[key]) > 1 && !f.IsList() {
			return fault.Field(at, fault.FieldGivenTwice, "is given more than once")
		}
		seen[at] = true
		for _, v := range values[key] {
			if err := parameter(f, at, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func sortedKeys(values url.Values) []string {
	keys := make([]string, 0, len(values))
	for k := range values {
		keys = append(keys, k)
	}
	slices.Sort(keys) // so that of two faults always the same is named
	return keys
}

// find follows a dotted key to a field that a query can fill.
func find(m protoreflect.MessageDescriptor, key string) ([]protoreflect.FieldDescriptor, protoreflect.FieldDescriptor) {
	var path []protoreflect.FieldDescriptor
	parts := strings.Split(key, ".")
	for i, part := range parts {
		f := m.Fields().ByJSONName(part)
		if f == nil {
			f = m.Fields().ByTextName(part)
		}
		if f == nil || f.IsMap() {
			return nil, nil
		}
		path = append(path, f)
		if i == len(parts)-1 {
			return path, f
		}
		if f.Message() == nil || f.IsList() {
			return nil, nil
		}
		m = f.Message()
	}
	return nil, nil
}

func jsonPath(path []protoreflect.FieldDescriptor) string {
	names := make([]string, len(path))
	for i, f := range path {
		names[i] = f.JSONName()
	}
	return strings.Join(names, ".")
}

func parameter(f protoreflect.FieldDescriptor, path, v string) error {
	if !utf8.ValidString(v) {
		return fault.Field(path, fault.FieldMalformed, "must be valid UTF-8")
	}
	if f.Message() == nil {
		return scalar(f, path, v)
	}
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
	known := strings.HasPrefix(string(f.Message().FullName()), wellKnown)
	if !known || protojson.Unmarshal([]byte(quoted), dynamicpb.NewMessage(f.Message())) != nil {
		return fault.Field(path, fault.FieldMalformed, "cannot be given like this in a query")
	}
	return nil
}

// Free is for Query where neither path nor body fills a field.
func Free(protoreflect.Name) bool { return false }
