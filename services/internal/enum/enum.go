// Package enum is the one way between an enum of the contract and the words of the
// domain and the tables.
package enum

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Enum is a generated enum whose zero value is named UNSPECIFIED after the prefix
// that all its names have.
type Enum interface {
	~int32
	protoreflect.Enum
}

// Word is an enum value's name without the prefix that all names of the enum have;
// empty for the unspecified value and for one that the contract does not have.
func Word[E Enum](e E) string {
	v := e.Descriptor().Values().ByNumber(e.Number())
	if v == nil || e == 0 {
		return ""
	}
	return strings.TrimPrefix(string(v.Name()), prefix(e))
}

// RequiredWord is Word; it refuses the unspecified value and values that the
// contract does not have, naming field.
func RequiredWord[E Enum](field string, e E) (string, error) {
	w := Word(e)
	if w == "" {
		return "", fault.Field(field, fault.FieldRequired, "is required, and must be a known value")
	}
	return w, nil
}

// OptionalWord is Word; it refuses values that the contract does not have, naming
// field. The unspecified value is fine.
func OptionalWord[E Enum](field string, e E) (string, error) {
	w := Word(e)
	if w == "" && e != 0 {
		return "", fault.Field(field, fault.FieldUnknownValue, "must be a known value")
	}
	return w, nil
}

// Value is the enum value of a word; unspecified for an empty or unknown one.
func Value[E Enum, W ~string](w W) E {
	var zero E
	v := zero.Descriptor().Values().ByName(protoreflect.Name(prefix(zero) + string(w)))
	if v == nil {
		return zero
	}
	return E(v.Number())
}

// prefix is what the names of an enum begin with: the name of its zero value
// without UNSPECIFIED.
func prefix[E Enum](e E) string {
	return strings.TrimSuffix(string(e.Descriptor().Values().ByNumber(0).Name()), "UNSPECIFIED")
}
