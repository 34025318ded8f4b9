package docs

import (
	"cmp"
	"slices"
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
	Components struct{ Schemas map[string]schema }
	Tags       []struct{ Name, Description string }
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

// page is what the template gets.
type page struct {
	Title, Version, Description string
	Groups                      []group
	Schemas                     []named
}

type group struct {
	Name, Description string
	Operations        []shown
}

type shown struct {
	operation
	Method, Path string
	Answers      []answer
}

type answer struct {
	Status string
	body
}

type named struct {
	Name string
	schema
}

func view(api document) page {
	p := page{Title: api.Info.Title, Version: api.Info.Version, Description: api.Info.Description}
	groups := map[string]*group{}
	for path, operations := range api.Paths {
		for method, o := range operations {
			tag := "Other"
			if len(o.Tags) > 0 {
				tag = o.Tags[0]
			}
			if groups[tag] == nil {
				groups[tag] = &group{Name: tag}
			}
			groups[tag].Operations = append(groups[tag].Operations,
				shown{operation: o, Method: strings.ToUpper(method), Path: path, Answers: answers(o.Responses)})
		}
	}
	for _, t := range api.Tags {
		if g := groups[t.Name]; g != nil {
			g.Description = t.Description
		}
	}
	for _, g := range groups {
		slices.SortFunc(g.Operations, func(a, b shown) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
		})
		p.Groups = append(p.Groups, *g)
	}
	slices.SortFunc(p.Groups, func(a, b group) int { return cmp.Compare(a.Name, b.Name) })
	for name, s := range api.Components.Schemas {
		p.Schemas = append(p.Schemas, named{name, s})
	}
	slices.SortFunc(p.Schemas, func(a, b named) int { return cmp.Compare(a.Name, b.Name) })
	return p
}

func answers(responses map[string]body) []answer {
	var list []answer
	for status, b := range responses {
		list = append(list, answer{status, b})
	}
	slices.SortFunc(list, func(a, b answer) int { return cmp.Compare(a.Status, b.Status) })
	return list
}
