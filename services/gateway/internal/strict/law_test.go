package strict_test

import (
	"encoding/json"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"pgregory.net/rapid"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/strict"
)

// bodies are messages with every kind of field.
var bodies = []proto.Message{
	&donationsv1.Pledge{}, &familiesv1.Family{}, &familiesv1.AidRequest{}, &familiesv1.ReserveRequestsRequest{},
	&familiesv1.Destination{}, &disbursementsv1.PaymentPlan{}, &familiesv1.ListFamiliesRequest{},
}

// What a program writes as JSON of a message is taken, whatever the message holds.
func TestWhatProgramsWriteIsTaken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := proto.Clone(rapid.SampledFrom(bodies).Draw(t, "message"))
		fillFields(t, m.ProtoReflect(), 0)
		text, err := protojson.MarshalOptions{UseProtoNames: rapid.Bool().Draw(t, "proto names"), EmitDefaultValues: rapid.Bool().Draw(t, "defaults")}.Marshal(m)
		if err != nil {
			t.Skip("a text that JSON cannot hold")
		}
		if err := strict.Body(descriptor(m), text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		read := proto.Clone(m)
		proto.Reset(read)
		if err := protojson.Unmarshal(text, read); err != nil || !proto.Equal(read, m) {
			t.Fatalf("%s is read as %v, %v", text, read, err)
		}
	})
}

// fillFields sets fields of a message at random.
func fillFields(t *rapid.T, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.ContainingOneof() != nil || rapid.IntRange(0, 2).Draw(t, "skip") == 0 || f.Message() != nil && (depth > 2 || f.Message().ParentFile().Package() == "google.protobuf") {
			continue
		}
		one := func(empty protoreflect.Value) protoreflect.Value {
			switch f.Kind() {
			case protoreflect.StringKind:
				return protoreflect.ValueOfString(rapid.StringOf(rapid.RuneFrom([]rune("aЯў \"\\/<&é😀"))).Draw(t, "text"))
			case protoreflect.BytesKind:
				return protoreflect.ValueOfBytes(rapid.SliceOfN(rapid.Byte(), 0, 9).Draw(t, "bytes"))
			case protoreflect.BoolKind:
				return protoreflect.ValueOfBool(rapid.Bool().Draw(t, "bool"))
			case protoreflect.EnumKind:
				values := f.Enum().Values()
				return protoreflect.ValueOfEnum(values.Get(rapid.IntRange(0, values.Len()-1).Draw(t, "enum")).Number())
			case protoreflect.Int32Kind:
				return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, "int32"))
			case protoreflect.Int64Kind:
				return protoreflect.ValueOfInt64(rapid.Int64().Draw(t, "int64"))
			default:
				fillFields(t, empty.Message(), depth+1)
				return empty
			}
		}
		switch {
		case f.IsMap(), f.Kind() == protoreflect.DoubleKind, f.Kind() == protoreflect.FloatKind:
		case f.IsList():
			list := m.Mutable(f).List()
			for range rapid.IntRange(0, 2).Draw(t, "elements") {
				list.Append(one(list.NewElement()))
			}
		default:
			m.Set(f, one(m.NewField(f)))
		}
	}
}

// One key more, or one twice, spoils any body.
func TestNoBodyHasRoomForAnotherKey(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := proto.Clone(rapid.SampledFrom(bodies).Draw(t, "message"))
		fillFields(t, m.ProtoReflect(), 0)
		text, err := protojson.Marshal(m)
		if err != nil || string(text) == "{}" {
			t.Skip("nothing to spoil")
		}
		var parts map[string]json.RawMessage
		if err := json.Unmarshal(text, &parts); err != nil {
			t.Fatal(err)
		}
		for key, value := range parts {
			twice := `{"` + key + `": ` + string(value) + `, ` + string(text[1:])
			if got := wrongField(strict.Body(descriptor(m), []byte(twice))); got != key {
				t.Fatalf("%s: blames %q, not %q", twice, got, key)
			}
			break
		}
		more := `{"surprise": 1, ` + string(text[1:])
		if got := wrongField(strict.Body(descriptor(m), []byte(more))); got != "surprise" {
			t.Fatalf("%s: blames %q", more, got)
		}
	})
}
