package apidoc

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/route"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// bearer names the one security scheme.
const bearer = "bearer"

// json is the media type of messages.
const json = "application/json"

type operation struct {
	Tags        []string              `yaml:"tags,flow"`
	Summary     string                `yaml:"summary"`
	Description string                `yaml:"description,omitempty"`
	OperationID string                `yaml:"operationId"`
	Roles       []string              `yaml:"x-roles,flow,omitempty"`
	Parameters  []parameter           `yaml:"parameters,omitempty"`
	RequestBody *requestBody          `yaml:"requestBody,omitempty"`
	Responses   map[string]*response  `yaml:"responses"`
	Security    []map[string][]string `yaml:"security"`
}

type parameter struct {
	Name        string  `yaml:"name"`
	In          string  `yaml:"in"`
	Description string  `yaml:"description,omitempty"`
	Required    bool    `yaml:"required,omitempty"`
	Schema      *schema `yaml:"schema"`
}

type requestBody struct {
	Required bool             `yaml:"required,omitempty"`
	Content  map[string]media `yaml:"content"`
}

type media struct {
	Schema *schema `yaml:"schema"`
}

type response struct {
	Ref         string            `yaml:"$ref,omitempty"`
	Description string            `yaml:"description,omitempty"`
	Headers     map[string]header `yaml:"headers,omitempty"`
	Content     map[string]media  `yaml:"content,omitempty"`
}

type header struct {
	Description string  `yaml:"description"`
	Schema      *schema `yaml:"schema"`
}

// method describes the nth binding of a method.
func (w *writer) method(m *protogen.Method, rule *annotations.HttpRule, n int) error {
	p, err := policy.Of(m.Desc)
	if err != nil {
		return err
	}
	verb, template := route.Verb(rule)
	if verb == "" {
		return fmt.Errorf("%s has a path of an unknown kind", m.Desc.FullName())
	}
	path, variables, filled := spell(template)
	comment := unnamed(m.GoName, text(m.Comments.Leading))
	o := &operation{
		Tags: []string{m.Parent.GoName}, Summary: first(comment), Description: rest(comment),
		OperationID: lower(m.GoName), Roles: roles(p), Security: security(p),
		Responses: map[string]*response{"default": {Ref: "#/components/responses/Problem"}},
	}
	if n > 0 {
		o.OperationID += strconv.Itoa(n + 1)
	}
	for _, v := range variables {
		o.Parameters = append(o.Parameters, parameter{Name: v, In: "path", Required: true, Schema: &schema{Type: "string"}})
	}
	if rule.GetBody() != "*" {
		o.Parameters = append(o.Parameters, w.query(m.Input, append(filled, rule.GetBody()))...)
	}
	o.Parameters = append(o.Parameters, headers(p)...)
	w.body(o, m, rule.GetBody(), filled)
	w.success(o, m)
	return w.put(path, strings.ToLower(verb), o)
}

// body describes what the path does not say already.
func (w *writer) body(o *operation, m *protogen.Method, field string, filled []string) {
	switch field {
	case "":
	case "*":
		o.RequestBody = &requestBody{Content: map[string]media{json: {w.message(m.Input)}}}
		w.leaveOut(m.Input, filled)
	default:
		for _, f := range m.Input.Fields {
			if string(f.Desc.Name()) == field {
				o.RequestBody = &requestBody{Required: true, Content: map[string]media{json: {w.message(f.Message)}}}
			}
		}
	}
}

// leaveOut takes the fields that a path fills out of the body's schema: a client would have
// to say them twice.
func (w *writer) leaveOut(m *protogen.Message, filled []string) {
	s := w.doc.Components.Schemas[w.names[string(m.Desc.FullName())]]
	for _, f := range m.Fields {
		if s == nil || !slices.Contains(filled, string(f.Desc.Name())) {
			continue
		}
		name := f.Desc.JSONName()
		s.Properties = slices.DeleteFunc(s.Properties, func(p property) bool { return p.name == name })
		s.Required = slices.DeleteFunc(s.Required, func(r string) bool { return r == name })
	}
}

func (w *writer) success(o *operation, m *protogen.Method) {
	r := &response{Description: "OK", Content: map[string]media{json: {w.message(m.Output)}}}
	status := http.StatusOK
	if strings.HasPrefix(m.GoName, "Create") {
		status = http.StatusCreated
		r.Description = "Created"
		r.Headers = map[string]header{"Location": {"Path of what was created.", &schema{Type: "string"}}}
	}
	o.Responses[strconv.Itoa(status)] = r
}

// query describes the fields that neither path nor body fill.
func (w *writer) query(m *protogen.Message, filled []string) []parameter {
	var out []parameter
	for _, f := range m.Fields {
		if slices.Contains(filled, string(f.Desc.Name())) || f.Desc.IsMap() {
			continue
		}
		if f.Message != nil && !strings.HasPrefix(string(f.Message.Desc.FullName()), "google.protobuf.") {
			continue
		}
		s := w.field(f)
		s.Description = ""
		out = append(out, parameter{
			Name: f.Desc.JSONName(), In: "query", Description: text(f.Comments.Leading),
			Required: behaves(f, annotations.FieldBehavior_REQUIRED), Schema: s,
		})
	}
	return out
}

func headers(p *policyv1.Policy) []parameter {
	about := "Makes a repeat of the request safe; the same as requestId."
	switch p.GetIdempotency() {
	case policyv1.Idempotency_IDEMPOTENCY_REQUIRED:
		about += " One of the two is required."
	case policyv1.Idempotency_IDEMPOTENCY_OPTIONAL:
	default:
		return nil
	}
	return []parameter{{Name: "Idempotency-Key", In: "header", Description: about, Schema: &schema{Type: "string", MaxLength: 255}}}
}

// open are roles that need no credential in a header.
var open = []policyv1.Role{policyv1.Role_ROLE_ANYONE, policyv1.Role_ROLE_DONOR, policyv1.Role_ROLE_FAMILY}

func security(p *policyv1.Policy) []map[string][]string {
	if slices.ContainsFunc(p.GetRoles(), func(r policyv1.Role) bool { return slices.Contains(open, r) }) {
		return []map[string][]string{}
	}
	return []map[string][]string{{bearer: {}}}
}

func roles(p *policyv1.Policy) []string {
	var names []string
	for _, r := range p.GetRoles() {
		names = append(names, strings.TrimPrefix(r.String(), "ROLE_"))
	}
	return names
}

// behaves reports whether a field has one of the behaviours of AIP-203.
func behaves(f *protogen.Field, b annotations.FieldBehavior) bool {
	list, _ := proto.GetExtension(f.Desc.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(list, b)
}
