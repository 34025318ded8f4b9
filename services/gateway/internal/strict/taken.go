package strict

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Taken refuses what a body that passed Body says of fields that are only answered:
// ignoring it would let a client believe that it has decided something. A change of a
// resource may carry them, since clients send back what they have read.
func Taken(m protoreflect.MessageDescriptor, text []byte) error { return taken(m, "", text) }

func taken(m protoreflect.MessageDescriptor, path string, text []byte) error {
	return members(text, func(key string, value []byte) error {
		f := m.Fields().ByJSONName(key)
		if f == nil {
			f = m.Fields().ByTextName(key)
		}
		at := join(path, f.JSONName())
		switch {
		case kind(value) == 'n':
			return nil
		case outputOnly(f):
			return fault.Field(at, fault.FieldNotAllowed, "is only answered, never taken")
		case f.Message() == nil || f.IsMap() || f.Message().FullName().Parent() == "google.protobuf":
			return nil
		case f.IsList():
			return eachTaken(f.Message(), at, value)
		default:
			return taken(f.Message(), at, value)
		}
	})
}

func eachTaken(m protoreflect.MessageDescriptor, path string, text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	_, _ = d.Token() // well-formed: checked before
	for i := 0; d.More(); i++ {
		var element json.RawMessage
		if err := d.Decode(&element); err != nil {
			return malformed("The body is not valid JSON.")
		}
		if err := taken(m, path+"["+strconv.Itoa(i)+"]", element); err != nil {
			return err
		}
	}
	return nil
}

func outputOnly(f protoreflect.FieldDescriptor) bool {
	behaviors, _ := proto.GetExtension(f.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY)
}
