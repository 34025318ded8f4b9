package apidoc

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/reflect/protoreflect"
)

type schema struct {
	Ref         string     `yaml:"$ref,omitempty"`
	AllOf       []*schema  `yaml:"allOf,omitempty"`
	Type        string     `yaml:"type,omitempty"`
	Format      string     `yaml:"format,omitempty"`
	Description string     `yaml:"description,omitempty"`
	ReadOnly    bool       `yaml:"readOnly,omitempty"`
	WriteOnly   bool       `yaml:"writeOnly,omitempty"`
	MaxLength   int        `yaml:"maxLength,omitempty"`
	Enum        []string   `yaml:"enum,omitempty"`
	Required    []string   `yaml:"required,flow,omitempty"`
	Properties  properties `yaml:"properties,omitempty"`
	Items       *schema    `yaml:"items,omitempty"`
	Additional  *schema    `yaml:"additionalProperties,omitempty"`
}

// properties keeps the order of the contract.
type properties []property

type property struct {
	name   string
	schema *schema
}

// IsZero lets omitempty leave out a message without fields.
func (p properties) IsZero() bool { return len(p) == 0 }

// MarshalYAML writes a mapping in its order.
func (p properties) MarshalYAML() (any, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, q := range p {
		var value yaml.Node
		if err := value.Encode(q.schema); err != nil {
			return nil, fmt.Errorf("write property %s: %w", q.name, err)
		}
		node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: q.name}, &value)
	}
	return node, nil
}

// nameSchemas gives every message of the contract a name: its own where no
// other service uses it, else with the service's before it.
func nameSchemas(files []*protogen.File) map[string]*protogen.Message {
	short := map[string][]*protogen.Message{}
	var walk func([]*protogen.Message)
	walk = func(messages []*protogen.Message) {
		for _, m := range messages {
			short[m.GoIdent.GoName] = append(short[m.GoIdent.GoName], m)
			walk(m.Messages)
		}
	}
	for _, f := range files {
		walk(f.Messages)
	}
	named := map[string]*protogen.Message{}
	for name, messages := range short {
		if len(messages) == 1 {
			named[name] = messages[0]
			continue
		}
		for _, m := range messages {
			service := strings.Split(string(m.Desc.FullName()), ".")[1]
			named[strings.ToUpper(service[:1])+service[1:]+name] = m
		}
	}
	return named
}

// message returns a reference to a message's schema, describing it at first use.
func (w *writer) message(m *protogen.Message) *schema {
	if s := known(m.Desc.FullName()); s != nil {
		return s
	}
	name := w.names[string(m.Desc.FullName())]
	ref := &schema{Ref: "#/components/schemas/" + name}
	if w.doc.Components.Schemas[name] != nil {
		return ref
	}
	s := &schema{Type: "object", Description: text(m.Comments.Leading)}
	w.doc.Components.Schemas[name] = s // before its fields: they may refer to it
	for _, f := range m.Fields {
		s.Properties = append(s.Properties, property{f.Desc.JSONName(), w.field(f)})
		if behaves(f, annotations.FieldBehavior_REQUIRED) {
			s.Required = append(s.Required, f.Desc.JSONName())
		}
	}
	return ref
}

// known are messages whose JSON is not an object.
func known(name protoreflect.FullName) *schema {
	switch name {
	case "google.protobuf.Timestamp":
		return &schema{Type: "string", Format: "date-time"}
	case "google.protobuf.Duration", "google.protobuf.FieldMask", "google.protobuf.StringValue":
		return &schema{Type: "string"}
	case "google.protobuf.BoolValue":
		return &schema{Type: "boolean"}
	case "google.protobuf.Int32Value":
		return &schema{Type: "integer", Format: "int32"}
	case "google.protobuf.Int64Value":
		return &schema{Type: "string", Format: "int64"}
	default:
		return nil
	}
}

// field describes a field with its comment.
func (w *writer) field(f *protogen.Field) *schema {
	s := w.value(f)
	switch {
	case f.Desc.IsMap():
		s = &schema{Type: "object", Additional: w.value(f.Message.Fields[1])}
	case f.Desc.IsList():
		s = &schema{Type: "array", Items: s}
	}
	if s.Ref != "" { // beside a reference nothing else may stand
		s = &schema{AllOf: []*schema{s}}
	}
	s.Description = text(f.Comments.Leading) + meanings(f.Enum)
	s.ReadOnly = behaves(f, annotations.FieldBehavior_OUTPUT_ONLY)
	s.WriteOnly = behaves(f, annotations.FieldBehavior_INPUT_ONLY)
	return s
}

func (w *writer) value(f *protogen.Field) *schema {
	switch f.Desc.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if f.Desc.IsMap() {
			return &schema{}
		}
		return w.message(f.Message)
	case protoreflect.EnumKind:
		return enum(f.Enum)
	case protoreflect.BoolKind:
		return &schema{Type: "boolean"}
	case protoreflect.BytesKind:
		return &schema{Type: "string", Format: "byte"}
	case protoreflect.StringKind:
		return &schema{Type: "string"}
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		return &schema{Type: "number", Format: f.Desc.Kind().String()}
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return &schema{Type: "string", Format: "int64"}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return &schema{Type: "string", Format: "uint64"}
	default:
		return &schema{Type: "integer", Format: "int32"}
	}
}

func enum(e *protogen.Enum) *schema {
	s := &schema{Type: "string"}
	for _, v := range e.Values {
		s.Enum = append(s.Enum, string(v.Desc.Name()))
	}
	return s
}

// meanings lists what an enum's values say, for the documentation of a field.
func meanings(e *protogen.Enum) string {
	if e == nil {
		return ""
	}
	var list strings.Builder
	list.WriteString("\n")
	for _, v := range e.Values {
		if v.Desc.Number() != 0 {
			fmt.Fprintf(&list, "\n- %s: %s", v.Desc.Name(), text(v.Comments.Leading))
		}
	}
	return list.String()
}
