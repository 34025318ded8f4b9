package rpc_test

import (
	"strings"
	"testing"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	_ "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
)

// upper is a type's name in the form of enum values: PAYMENT_PLAN_STATE.
func upper(name protoreflect.Name) string {
	var b strings.Builder
	for i, r := range string(name) {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

// One way for all: no enum stands in a message, and each value begins with the
// name of its type.
func TestEnumsAreFlatWithTheirTypesPrefix(t *testing.T) {
	t.Parallel()
	seen := 0
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), "solidarity.") {
			return true
		}
		for i := range f.Enums().Len() {
			e := f.Enums().Get(i)
			for j := range e.Values().Len() {
				if name := string(e.Values().Get(j).Name()); !strings.HasPrefix(name, upper(e.Name())+"_") {
					t.Errorf("%s is a value of %s", name, e.FullName())
				}
			}
			seen++
		}
		for i := range f.Messages().Len() {
			nested(t, f.Messages().Get(i))
		}
		return true
	})
	if seen < 40 {
		t.Errorf("only %d enums were found", seen)
	}
}

// nested finds enums inside of a message and of those in it.
func nested(t *testing.T, m protoreflect.MessageDescriptor) {
	for i := range m.Enums().Len() {
		t.Errorf("%s stands in a message", m.Enums().Get(i).FullName())
	}
	for i := range m.Messages().Len() {
		nested(t, m.Messages().Get(i))
	}
}
