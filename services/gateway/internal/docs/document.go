package docs

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// document is what the page shows of an OpenAPI description.
type document struct {
	Info struct {
		Title       string
		Version     string
		Description string
	}
	Paths      map[string]map[string]operation
	Components struct {
		Schemas   map[string]schema
		Responses map[string]body
	}
	Tags   []struct{ Name, Description string }
	Groups []struct {
		Name        string
		Description string `yaml:"x-description"`
		Tags        []string
	} `yaml:"x-tagGroups"`
	Reasons []reasons `yaml:"x-reasons"`
}

// reasons are why calls of one service are refused.
type reasons struct {
	Title   string
	Reasons []struct{ Reason, Description string }
}

type operation struct {
	Tags        []string
	Summary     string
	Description string
	OperationID string   `yaml:"operationId"`
	Roles       []string `yaml:"x-roles"`
	Parameters  []parameter
	RequestBody body `yaml:"requestBody"`
	Responses   map[string]body
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                schema
}

type body struct {
	Ref         string `yaml:"$ref"`
	Description string
	Content     map[string]struct{ Schema schema }
}

type schema struct {
	Ref         string `yaml:"$ref"`
	Type        string
	Format      string
	Description string
	Enum        []string
	Items       *schema
	Properties  properties
	AllOf       []schema `yaml:"allOf"`
	ReadOnly    bool     `yaml:"readOnly"`
}

// properties keeps the order of the contract, which a map would lose.
type properties []property

type property struct {
	Name   string
	Schema schema
}

// UnmarshalYAML reads a mapping in its order.
func (p *properties) UnmarshalYAML(node *yaml.Node) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		q := property{Name: node.Content[i].Value}
		if err := node.Content[i+1].Decode(&q.Schema); err != nil {
			return err
		}
		*p = append(*p, q)
	}
	return nil
}

// TypeName names a schema for the page: "string (int64)", "list of Pledge".
func (s schema) TypeName() string {
	switch {
	case s.Ref != "":
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	case len(s.AllOf) == 1:
		return s.AllOf[0].TypeName()
	case s.Items != nil:
		return "list of " + s.Items.TypeName()
	case s.Format != "":
		return s.Type + " (" + s.Format + ")"
	default:
		return s.Type
	}
}

// Link is the name of the schema that a type refers to, empty where none.
func (s schema) Link() string {
	switch {
	case s.Ref != "":
		return s.TypeName()
	case len(s.AllOf) == 1:
		return s.AllOf[0].Link()
	case s.Items != nil:
		return s.Items.Link()
	default:
		return ""
	}
}
