package gateway_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/solidarity-fund/solidarity/api/openapi"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/route"
)

// description is what these tests look at of the OpenAPI description.
type description struct {
	Paths map[string]map[string]struct {
		Tags        []string
		Summary     string
		OperationID string   `yaml:"operationId"`
		Roles       []string `yaml:"x-roles"`
		Parameters  []struct {
			Name, In, Description string
			Required              bool
		}
		RequestBody map[string]any `yaml:"requestBody"`
		Responses   map[string]any
		Security    []map[string][]string
	}
	Tags       []struct{ Name, Description string }
	Components struct {
		Schemas map[string]struct {
			Type, Description string
			Properties        map[string]struct {
				Description string
				Ref         string `yaml:"$ref"`
			}
		}
	}
}

func readDescription(t *testing.T) description {
	t.Helper()
	var d description
	if err := yaml.Unmarshal(openapi.YAML(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheDescriptionSaysWhatEachOperationIs(t *testing.T) {
	t.Parallel()
	d := readDescription(t)
	tags := map[string]bool{}
	for _, tag := range d.Tags {
		tags[tag.Name] = tag.Description != ""
	}
	ids := map[string]string{}
	variable := regexp.MustCompile(`\{([^}]*)\}`)
	for path, operations := range d.Paths {
		for method, o := range operations {
			what := method + " " + path
			if other, twice := ids[o.OperationID]; twice || o.OperationID == "" {
				t.Errorf("%s and %s have the id %q", what, other, o.OperationID)
			}
			ids[o.OperationID] = what
			if o.Summary == "" || strings.HasSuffix(o.Summary, ".") || len(o.Tags) != 1 || !tags[o.Tags[0]] {
				t.Errorf("%s: summary %q, tags %v", what, o.Summary, o.Tags)
			}
			var inPath []string
			for _, p := range o.Parameters {
				if p.In == "path" {
					inPath = append(inPath, p.Name)
				}
				if p.In != "path" && p.Description == "" && p.Name != "format" {
					t.Errorf("%s: %s is not described", what, p.Name)
				}
			}
			var want []string
			for _, v := range variable.FindAllStringSubmatch(path, -1) {
				want = append(want, v[1])
			}
			if !slices.Equal(inPath, want) {
				t.Errorf("%s: path parameters %v, want %v", what, inPath, want)
			}
			if _, ok := o.Responses["default"]; !ok || len(o.Responses) < 2 {
				t.Errorf("%s answers %v", what, slices.Collect(maps.Keys(o.Responses)))
			}
		}
	}
}

// A client made from the description finds everything that it refers to.
func TestEveryReferenceOfTheDescriptionLeadsSomewhere(t *testing.T) {
	t.Parallel()
	d := readDescription(t)
	references := regexp.MustCompile(`\$ref: ["']?#/components/schemas/(\w+)`).FindAllSubmatch(openapi.YAML(), -1)
	used := map[string]bool{"Problem": true}
	for _, r := range references {
		name := string(r[1])
		used[name] = true
		if _, ok := d.Components.Schemas[name]; !ok {
			t.Errorf("there is no schema %s", name)
		}
	}
	for name, s := range d.Components.Schemas {
		if !used[name] {
			t.Errorf("nothing refers to the schema %s", name)
		}
		if s.Description == "" {
			t.Errorf("the schema %s is not described", name)
		}
		for property, p := range s.Properties {
			if p.Description == "" && p.Ref == "" {
				t.Errorf("%s.%s is not described", name, property)
			}
		}
	}
}

// The description says who may call what as the contract does.
func TestTheDescriptionNamesTheRolesOfTheContract(t *testing.T) {
	t.Parallel()
	byID := map[string][]policyv1.Role{}
	routes, err := route.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range routes {
		name := string(r.RPC.Name())
		byID[strings.ToLower(name[:1])+name[1:]] = r.Policy.GetRoles()
	}
	open := []string{"ANYONE", "DONOR", "FAMILY"}
	checked := 0
	for path, operations := range readDescription(t).Paths {
		for method, o := range operations {
			roles, ok := byID[o.OperationID]
			if !ok {
				continue // served by hand
			}
			checked++
			var want []string
			for _, r := range roles {
				want = append(want, strings.TrimPrefix(r.String(), "ROLE_"))
			}
			if !slices.Equal(o.Roles, want) {
				t.Errorf("%s %s: roles %v, the contract says %v", method, path, o.Roles, want)
			}
			anybody := slices.ContainsFunc(want, func(r string) bool { return slices.Contains(open, r) })
			if needs := len(o.Security) > 0; needs == anybody {
				t.Errorf("%s %s for %v: security %v", method, path, want, o.Security)
			}
		}
	}
	if checked < 60 {
		t.Errorf("%d operations were checked", checked)
	}
}
