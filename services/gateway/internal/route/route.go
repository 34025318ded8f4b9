// Package route knows from the contract which RPC stands behind each REST path,
// what its body and query may hold, and under which policy it is called.
package route

import (
	"fmt"
	"regexp"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// contract is the prefix of the proto packages that are ours.
const contract = "solidarity."

// Route is one binding of an RPC to a REST path.
type Route struct {
	// RPC is the method of the contract.
	RPC protoreflect.MethodDescriptor
	// Policy is the method's policy.
	Policy *policyv1.Policy
	// HasBody says that a JSON body is taken.
	HasBody bool
	// BodyField is the request's field that the body fills; empty where the body
	// is the whole request.
	BodyField string
	// PathFields are the request's fields that the path fills.
	PathFields []string
}

// Open reports whether the method needs no credential in the header.
func (r Route) Open() bool { return policy.Public(r.Policy.GetRoles()) }

// Table holds the routes by Key.
type Table map[string]Route

// Key names a route by its HTTP method and path pattern, as
// runtime.Pattern.String writes it.
func Key(method, pattern string) string { return method + " " + pattern }

// Load reads the routes of every service of the contract that is linked in.
func Load() (Table, error) {
	table := Table{}
	var failed error
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), contract) {
			return true
		}
		for i := range f.Services().Len() {
			methods := f.Services().Get(i).Methods()
			for j := range methods.Len() {
				if failed = table.add(methods.Get(j)); failed != nil {
					return false
				}
			}
		}
		return true
	})
	return table, failed
}

func (t Table) add(m protoreflect.MethodDescriptor) error {
	rule, ok := proto.GetExtension(m.Options(), annotations.E_Http).(*annotations.HttpRule)
	if !ok || rule == nil {
		return nil // internal
	}
	p, err := policy.Of(m)
	if err != nil {
		return err
	}
	for _, binding := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		method, template := Verb(binding)
		if method == "" {
			return fmt.Errorf("method %s has a path of an unknown kind", m.FullName())
		}
		r := Route{RPC: m, Policy: p, HasBody: binding.GetBody() != "", PathFields: pathFields(template)}
		if binding.GetBody() != "*" {
			r.BodyField = binding.GetBody()
		}
		t[Key(method, normal(template))] = r
	}
	return nil
}

// Verb is a binding's HTTP method and path template; empty where it is of an
// unknown kind.
func Verb(rule *annotations.HttpRule) (method, template string) {
	switch p := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		return "GET", p.Get
	case *annotations.HttpRule_Post:
		return "POST", p.Post
	case *annotations.HttpRule_Patch:
		return "PATCH", p.Patch
	case *annotations.HttpRule_Put:
		return "PUT", p.Put
	case *annotations.HttpRule_Delete:
		return "DELETE", p.Delete
	default:
		return "", ""
	}
}

// Variable matches {field} and {field=pattern} in a path template; its groups are
// field and pattern.
var Variable = regexp.MustCompile(`\{([a-z0-9_.]+)(?:=([^}]*))?\}`)

func pathFields(template string) []string {
	var fields []string
	for _, m := range Variable.FindAllStringSubmatch(template, -1) {
		fields = append(fields, m[1])
	}
	return fields
}

// normal writes a template as runtime.Pattern does: {field} is {field=*}.
func normal(template string) string {
	return Variable.ReplaceAllStringFunc(template, func(v string) string {
		if strings.Contains(v, "=") {
			return v
		}
		return strings.TrimSuffix(v, "}") + "=*}"
	})
}

// Body returns the message that a JSON body fills.
func (r Route) Body() protoreflect.MessageDescriptor {
	if r.BodyField == "" {
		return r.RPC.Input()
	}
	return r.RPC.Input().Fields().ByName(protoreflect.Name(r.BodyField)).Message()
}

// Taken reports whether a field of the request is filled by path or body and so
// may not be given in the query.
func (r Route) Taken(field protoreflect.Name) bool {
	if string(field) == r.BodyField || r.HasBody && r.BodyField == "" {
		return true
	}
	for _, p := range r.PathFields {
		if first, _, _ := strings.Cut(p, "."); first == string(field) {
			return true
		}
	}
	return false
}

// Creates reports whether the RPC is a standard Create, which answers 201.
func (r Route) Creates() bool { return strings.HasPrefix(string(r.RPC.Name()), "Create") }
