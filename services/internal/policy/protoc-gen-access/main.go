// Command protoc-gen-access is the plugin of buf that writes docs/access.md: which role
// may call which RPC, from the policies of the contract. `make generate` runs it on all
// protos at once; a test of e2e tries each path of the table in each role.
package main

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

func main() {
	protogen.Options{}.Run(func(plugin *protogen.Plugin) error {
		plugin.SupportedFeatures = uint64(pluginpb.CodeGeneratorResponse_FEATURE_PROTO3_OPTIONAL)
		text, err := document(plugin.Files)
		if err != nil {
			return err
		}
		_, err = plugin.NewGeneratedFile("docs/access.md", "").Write([]byte(text))
		return err
	})
}

const preface = `# Who may call what

Made from the policies in proto/ by make generate; do not edit. A test tries each path in each role.

A column is a role; its mark says that the role may call. What else must hold stands under *needs*: *own* what belongs to the caller (their partner, their cases, what their secret opens), *fresh* a sign-in of the last 15 minutes, *another* that the caller did no earlier step on the same object, *rested* a grant that is older than 7 days, *key* an idempotency key. Services call for themselves where they are named, whatever the person's roles.

| column | role |
|---|---|
`

// columns are the roles in the order of the table, with their short headings.
var columns = []struct {
	role    policyv1.Role
	heading string
}{
	{policyv1.Role_ROLE_ANYONE, "any"}, {policyv1.Role_ROLE_PARTNER_PUBLIC, "pk"}, {policyv1.Role_ROLE_PARTNER, "sk"},
	{policyv1.Role_ROLE_DONOR, "donor"}, {policyv1.Role_ROLE_FAMILY, "family"}, {policyv1.Role_ROLE_CASEWORKER, "cw"},
	{policyv1.Role_ROLE_VERIFIER, "ver"}, {policyv1.Role_ROLE_APPROVER, "app"}, {policyv1.Role_ROLE_TREASURER, "tre"},
	{policyv1.Role_ROLE_PROTECTION_OFFICER, "off"}, {policyv1.Role_ROLE_AUDITOR, "aud"}, {policyv1.Role_ROLE_OPERATOR, "op"},
}

// document is the whole page.
func document(files []*protogen.File) (string, error) {
	var b strings.Builder
	b.WriteString(preface)
	var head, line strings.Builder
	for _, c := range columns {
		fmt.Fprintf(&b, "| %s | %s |\n", c.heading, strings.TrimPrefix(c.role.String(), "ROLE_"))
		head.WriteString(c.heading + " | ")
		line.WriteString("---|")
	}
	for _, f := range files {
		for _, s := range f.Services {
			fmt.Fprintf(&b, "\n## %s\n\n| RPC | REST | %sservices | needs |\n|---|---|%s---|---|\n", s.Desc.FullName(), head.String(), line.String())
			for _, m := range s.Methods {
				p, err := policy.Of(m.Desc)
				if err != nil {
					return "", err
				}
				b.WriteString(row(m, p))
			}
		}
	}
	return b.String(), nil
}

// row is the line of one RPC.
func row(m *protogen.Method, p *policyv1.Policy) string {
	cells := []string{string(m.Desc.Name()), paths(m)}
	for _, c := range columns {
		mark := ""
		if slices.Contains(p.GetRoles(), c.role) {
			mark = "x"
		}
		cells = append(cells, mark)
	}
	cells = append(cells, strings.Join(p.GetCallers(), ", "), strings.Join(needs(p), ", "))
	return "| " + strings.Join(cells, " | ") + " |\n"
}

// needs are the further conditions of a policy.
func needs(p *policyv1.Policy) (all []string) {
	for _, n := range []struct {
		word  string
		holds bool
	}{
		{"own", p.GetScope() != policyv1.Scope_SCOPE_ALL},
		{"fresh", p.GetStepUp()},
		{"another", p.GetFourEyes() == policyv1.FourEyes_FOUR_EYES_OTHER_PERSON},
		{"rested", p.GetRested()},
		{"key", p.GetIdempotency() == policyv1.Idempotency_IDEMPOTENCY_REQUIRED},
	} {
		if n.holds {
			all = append(all, n.word)
		}
	}
	return all
}

// paths are the REST paths of an RPC; none for what only services call.
func paths(m *protogen.Method) string {
	rule, _ := proto.GetExtension(m.Desc.Options(), annotations.E_Http).(*annotations.HttpRule)
	if rule == nil {
		return ""
	}
	var all []string
	for _, r := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
		for verb, path := range map[string]string{
			"GET": r.GetGet(), "POST": r.GetPost(), "PATCH": r.GetPatch(), "PUT": r.GetPut(), "DELETE": r.GetDelete(),
		} {
			if path != "" {
				all = append(all, "`"+verb+" "+path+"`")
			}
		}
	}
	return strings.Join(all, " ")
}
