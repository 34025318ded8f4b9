package strict

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// whole is what a whole number looks like: no sign for plus, no leading zero,
// no point, no exponent.
var whole = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

// wellKnown is the prefix of messages whose JSON is their own affair.
const wellKnown = "google.protobuf."

// value checks one JSON value, not null, against a field's type.
func value(f protoreflect.FieldDescriptor, path string, text []byte) error {
	switch f.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if strings.HasPrefix(string(f.Message().FullName()), wellKnown) {
			return special(f.Message(), path, text)
		}
		return object(f.Message(), path, text)
	case protoreflect.BoolKind:
		if k := kind(text); k != 't' && k != 'f' {
			return fault.Field(path, fault.FieldWrongType, "must be true or false")
		}
		return nil
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		if k := kind(text); k != '-' && (k < '0' || k > '9') {
			return fault.Field(path, fault.FieldWrongType, "must be a number")
		}
		return nil
	case protoreflect.EnumKind, protoreflect.StringKind, protoreflect.BytesKind:
		s, ok := str(text)
		if !ok {
			return fault.Field(path, fault.FieldWrongType, "must be a string")
		}
		return scalar(f, path, s)
	default:
		if s, ok := str(text); ok {
			return scalar(f, path, s)
		}
		return scalar(f, path, strings.TrimSpace(string(text)))
	}
}

// scalar checks the text of a string, enum, bytes or integer field, from a body
// or a query.
func scalar(f protoreflect.FieldDescriptor, path, s string) error {
	switch f.Kind() {
	case protoreflect.StringKind:
		return visible(path, s)
	case protoreflect.EnumKind:
		return enum(f.Enum(), path, s)
	case protoreflect.BytesKind:
		if !base64Of(s) {
			return fault.Field(path, fault.FieldMalformed, "must be base 64")
		}
		return nil
	case protoreflect.BoolKind:
		if s != "true" && s != "false" {
			return fault.Field(path, fault.FieldWrongType, "must be true or false")
		}
		return nil
	default:
		return integer(f.Kind(), path, s)
	}
}

// base64Of reports whether s is base 64 as ProtoJSON takes it: of the standard or
// the URL alphabet, with or without padding.
func base64Of(s string) bool {
	enc := base64.StdEncoding
	if strings.ContainsAny(s, "-_") {
		enc = base64.URLEncoding
	}
	if len(s)%4 != 0 {
		enc = enc.WithPadding(base64.NoPadding)
	}
	_, err := enc.DecodeString(s)
	return err == nil
}

func integer(k protoreflect.Kind, path, s string) error {
	if !whole.MatchString(s) {
		return fault.Field(path, fault.FieldMalformed, "must be a whole number without sign, point or exponent")
	}
	var err error
	switch k {
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		_, err = strconv.ParseInt(s, 10, 64)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		_, err = strconv.ParseUint(s, 10, 64)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		_, err = strconv.ParseUint(s, 10, 32)
	default:
		_, err = strconv.ParseInt(s, 10, 32)
	}
	if err != nil {
		return fault.Field(path, fault.FieldOutOfRange, "is out of range")
	}
	return nil
}

// enum takes names only: a number would mean something else in a later version.
func enum(e protoreflect.EnumDescriptor, path, s string) error {
	if e.Values().ByName(protoreflect.Name(s)) != nil {
		return nil
	}
	names := make([]string, 0, e.Values().Len())
	for i := range e.Values().Len() {
		if v := e.Values().Get(i); v.Number() != 0 {
			names = append(names, string(v.Name()))
		}
	}
	return fault.Field(path, fault.FieldUnknownValue, "must be one of "+strings.Join(names, ", "))
}

// special checks a timestamp, duration, field mask or wrapper by decoding it.
func special(m protoreflect.MessageDescriptor, path string, text []byte) error {
	if protojson.Unmarshal(text, dynamicpb.NewMessage(m)) != nil {
		return fault.Field(path, fault.FieldMalformed, "is not a valid "+strings.ToLower(string(m.Name())))
	}
	return nil
}

// visible refuses what no text needs and nobody sees: controls but for tabs and line
// ends, marks of direction, and what has no width. Two texts that look alike would be
// different ones, and one could show as another.
func visible(path, s string) error {
	if strings.ContainsFunc(s, hidden) {
		return fault.Field(path, fault.FieldMalformed, "must not contain characters that nobody sees")
	}
	return nil
}

func hidden(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return false
	case unicode.IsControl(r): // C0, DEL, C1
		return true
	case r == 0x2028, r == 0x2029: // ends of line and paragraph that few programs know
		return true
	default: // soft hyphen, zero-width spaces and joiners, direction, invisible operators, byte order mark
		return unicode.Is(unicode.Cf, r)
	}
}

// str reads a JSON string as protojson does, which unlike encoding/json refuses
// half a surrogate pair.
func str(text []byte) (string, bool) {
	var s wrapperspb.StringValue
	if kind(text) != '"' || protojson.Unmarshal(text, &s) != nil {
		return "", false
	}
	return s.GetValue(), true
}
