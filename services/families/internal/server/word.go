package server

import (
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// enum is a generated enum.
type enum interface {
	~int32
	protoreflect.Enum
}

// word is an enum value's name without the prefix that all names of the enum
// have; empty for the unspecified value.
func word[E enum](e E) string {
	if e == 0 {
		return ""
	}
	v := e.Descriptor().Values().ByNumber(e.Number())
	if v == nil {
		return ""
	}
	return strings.TrimPrefix(string(v.Name()), prefix(e))
}

// required is word, refusing unspecified and unknown values.
func required[E enum](field string, e E) (string, error) {
	w := word(e)
	if w == "" {
		return "", fault.Field(field, "is required, and must be a known value")
	}
	return w, nil
}

// known refuses values that the contract does not have; unspecified is fine.
func known[E enum](field string, e E) (string, error) {
	w := word(e)
	if w == "" && e != 0 {
		return "", fault.Field(field, "must be a known value")
	}
	return w, nil
}

// value is the enum value of a word; unspecified for an empty or unknown one.
func value[E enum](w string) E {
	var zero E
	v := zero.Descriptor().Values().ByName(protoreflect.Name(prefix(zero) + w))
	if v == nil {
		return zero
	}
	return E(v.Number())
}

// prefix is what the names of an enum begin with: the name of its zero value
// without UNSPECIFIED.
func prefix[E enum](e E) string {
	return strings.TrimSuffix(string(e.Descriptor().Values().ByNumber(0).Name()), "UNSPECIFIED")
}

// moment writes a time, absent where it is zero.
func moment(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// calendarDay writes a UTC day, empty where it is zero.
func calendarDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// calendarMonth writes the UTC month of a time.
func calendarMonth(t time.Time) string { return t.UTC().Format("2006-01") }
