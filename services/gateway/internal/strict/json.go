// Package strict refuses requests that protojson and grpc-gateway would bend
// into shape: unknown and duplicate keys, numbers that are not whole, text that
// is not text. It checks against the contract's descriptors before anything is
// decoded, and names the field that is wrong.
package strict

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// maxDepth bounds how deep objects and lists may lie in each other.
const maxDepth = 24

// Body checks the JSON text of a message.
func Body(m protoreflect.MessageDescriptor, text []byte) error {
	if !utf8.Valid(text) {
		return malformed("The body is not valid UTF-8.")
	}
	if err := wellFormed(text); err != nil {
		return err
	}
	return object(m, "", text)
}

// malformed is the fault of a body of which no field can be blamed.
func malformed(sentence string) error {
	return fault.New(fault.Invalid, fault.ReasonMalformedBody, sentence)
}

// wellFormed checks that text is one JSON value, not nested too deep. The rest
// of this package relies on it.
func wellFormed(text []byte) error {
	if !json.Valid(text) {
		return malformed("The body is not valid JSON.")
	}
	depth := 0
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		token, err := d.Token()
		if err != nil {
			return nil //nolint:nilerr // the end: the text is valid
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth > maxDepth {
			return malformed("The body is nested too deep.")
		}
	}
}

// object checks text against a message; path is where it stands.
func object(m protoreflect.MessageDescriptor, path string, text []byte) error {
	if kind(text) != '{' {
		if path == "" {
			return malformed("The body is not a JSON object.")
		}
		return fault.Field(path, fault.FieldWrongType, "must be an object")
	}
	seen := map[protoreflect.Name]bool{}
	return members(text, func(key string, value []byte) error {
		f := m.Fields().ByJSONName(key)
		if f == nil {
			f = m.Fields().ByTextName(key)
		}
		if f == nil {
			return fault.Field(join(path, printable(key)), fault.FieldUnknownField, "is not a field of this request")
		}
		at := join(path, f.JSONName())
		if seen[f.Name()] {
			return fault.Field(at, fault.FieldGivenTwice, "is given more than once")
		}
		seen[f.Name()] = true
		return field(f, at, value)
	})
}

func field(f protoreflect.FieldDescriptor, path string, text []byte) error {
	switch {
	case kind(text) == 'n': // null is the same as leaving the field out
		return nil
	case f.IsMap():
		return mapping(f, path, text)
	case f.IsList():
		return list(f, path, text)
	default:
		return value(f, path, text)
	}
}

func list(f protoreflect.FieldDescriptor, path string, text []byte) error {
	if kind(text) != '[' {
		return fault.Field(path, fault.FieldWrongType, "must be a list")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	_, _ = d.Token() // well-formed: checked before
	for i := 0; d.More(); i++ {
		var element json.RawMessage
		if err := d.Decode(&element); err != nil {
			return malformed("The body is not valid JSON.")
		}
		at := path + "[" + strconv.Itoa(i) + "]"
		if kind(element) == 'n' {
			return fault.Field(at, fault.FieldWrongType, "must not be null")
		}
		if err := value(f, at, element); err != nil {
			return err
		}
	}
	return nil
}

func mapping(f protoreflect.FieldDescriptor, path string, text []byte) error {
	if kind(text) != '{' {
		return fault.Field(path, fault.FieldWrongType, "must be an object")
	}
	seen := map[string]bool{}
	return members(text, func(key string, element []byte) error {
		at := join(path, printable(key))
		if seen[key] {
			return fault.Field(at, fault.FieldGivenTwice, "is given more than once")
		}
		seen[key] = true
		if kind(element) == 'n' {
			return fault.Field(at, fault.FieldWrongType, "must not be null")
		}
		if strings.ContainsAny(key, "\x00\ufffd") { // the latter stands for half a surrogate pair
			return fault.Field(at, fault.FieldMalformed, "is not text")
		}
		return value(f.MapValue(), at, element)
	})
}

// members calls each with the keys of a well-formed object and their values.
func members(text []byte, each func(key string, value []byte) error) error {
	d := json.NewDecoder(bytes.NewReader(text))
	_, _ = d.Token() // the opening brace
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return malformed("The body is not valid JSON.")
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return malformed("The body is not valid JSON.")
		}
		if err := each(fmt.Sprint(key), value); err != nil {
			return err
		}
	}
	return nil
}

// kind is the first byte of a JSON value, which tells its kind.
func kind(text []byte) byte {
	text = bytes.TrimLeft(text, " \t\r\n")
	if len(text) == 0 {
		return 0
	}
	return text[0]
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// printable returns a key that an answer may repeat: one that could be a field
// of some contract. Anything else is not repeated, since it may be a value that
// slipped into the wrong place.
func printable(key string) string {
	if len(key) == 0 || len(key) > 40 {
		return "?"
	}
	for _, c := range []byte(key) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_') {
			return "?"
		}
	}
	return key
}
