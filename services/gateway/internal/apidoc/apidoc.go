// Package apidoc writes the OpenAPI description of the REST interface from the
// protos: paths as clients write them, comments as documentation, policies as
// security, and the few paths that are served by hand.
package apidoc

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/compiler/protogen"
	"google.golang.org/protobuf/proto"

	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// contract is the prefix of the proto packages that are ours.
const contract = "solidarity."

// document is an OpenAPI 3.0 description, in the order in which it is written.
type document struct {
	OpenAPI    string                           `yaml:"openapi"`
	Info       info                             `yaml:"info"`
	Servers    []server                         `yaml:"servers"`
	Tags       []tag                            `yaml:"tags"`
	Groups     []group                          `yaml:"x-tagGroups"`
	Paths      map[string]map[string]*operation `yaml:"paths"`
	Components components                       `yaml:"components"`
	Reasons    []reasons                        `yaml:"x-reasons"`
}

type info struct {
	Title       string            `yaml:"title"`
	Version     string            `yaml:"version"`
	Description string            `yaml:"description"`
	License     map[string]string `yaml:"license"`
}

type server struct {
	URL string `yaml:"url"`
}

type components struct {
	Schemas         map[string]*schema        `yaml:"schemas"`
	Responses       map[string]*response      `yaml:"responses"`
	SecuritySchemes map[string]securityScheme `yaml:"securitySchemes"`
}

type securityScheme struct {
	Type        string `yaml:"type"`
	Scheme      string `yaml:"scheme"`
	Description string `yaml:"description"`
}

const introduction = `The REST interface of the solidarity fund, by those who use it. Each call says which roles may make it; GET /v1/funds is a first one that needs no key.

Amounts are whole minor units of an ISO 4217 currency: "5000" of EUR is 50.00. 64-bit integers are strings in JSON.

Lists have pageSize, pageToken and nextPageToken; an empty nextPageToken is the end.

A repeated request with the same Idempotency-Key (or requestId) has one effect, and its answer the header Idempotent-Replayed. Give each new request a key of its own, and repeat with the same key what got no answer.

Every error is a problem document (RFC 9457): reason is a word for programs, type its place in the list of reasons, detail a sentence for people; violations name wrong fields, each with a reason of its own.`

// writer collects what the description needs.
type writer struct {
	doc   document
	named map[string]*protogen.Message // by the name of their schema
	names map[string]string            // full name of a message → its schema's name
	seen  map[string]bool              // operation ids
	tags  map[string]bool              // tags of operations
}

// Describe returns the description of the services in files, in YAML.
func Describe(files []*protogen.File) ([]byte, error) {
	w := &writer{named: nameSchemas(files), names: map[string]string{}, seen: map[string]bool{}, tags: map[string]bool{}}
	for name, m := range w.named {
		w.names[string(m.Desc.FullName())] = name
	}
	w.doc = document{
		OpenAPI: "3.0.3",
		Info: info{
			Title: "Solidarity", Version: "1", Description: introduction,
			License: map[string]string{"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
		},
		Servers: []server{{URL: "/"}},
		Paths:   map[string]map[string]*operation{},
		Components: components{
			Schemas:   map[string]*schema{"Problem": problemSchema()},
			Responses: map[string]*response{"Problem": problemResponse()},
			SecuritySchemes: map[string]securityScheme{bearer: {
				Type: "http", Scheme: "bearer",
				Description: "Staff: an OIDC access token. Partners: a secret key, or the publishable key to start a pledge.",
			}},
		},
	}
	services := servicesOf(files)
	for _, s := range services {
		if err := w.service(s); err != nil {
			return nil, err
		}
	}
	if err := w.byHand(); err != nil {
		return nil, err
	}
	w.group(services, audiences(files))
	if err := w.reasons(files); err != nil {
		return nil, err
	}
	return encode(w.doc)
}

// servicesOf returns the services of the contract, by audience.
func servicesOf(files []*protogen.File) []*protogen.Service {
	var services []*protogen.Service
	for _, f := range files {
		if strings.HasPrefix(string(f.Desc.Package()), contract) {
			services = append(services, f.Services...)
		}
	}
	slices.SortStableFunc(services, func(a, b *protogen.Service) int {
		return cmp.Compare(policy.AudienceOf(a.Desc), policy.AudienceOf(b.Desc))
	})
	return services
}

func encode(doc document) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("# Made from the protos by protoc-gen-apidoc. DO NOT EDIT.\n")
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return nil, fmt.Errorf("write description: %w", err)
	}
	return out.Bytes(), nil
}

func (w *writer) service(s *protogen.Service) error {
	for _, m := range s.Methods {
		rule, ok := proto.GetExtension(m.Desc.Options(), annotations.E_Http).(*annotations.HttpRule)
		if !ok || rule == nil {
			continue
		}
		for i, binding := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
			if err := w.method(m, binding, i); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *writer) put(path, method string, o *operation) error {
	if w.doc.Paths[path] == nil {
		w.doc.Paths[path] = map[string]*operation{}
	}
	if w.doc.Paths[path][method] != nil {
		return fmt.Errorf("%s %s is described twice", method, path)
	}
	if w.seen[o.OperationID] {
		return fmt.Errorf("two operations are called %s", o.OperationID)
	}
	w.seen[o.OperationID], w.tags[o.Tags[0]] = true, true
	w.doc.Paths[path][method] = o
	return nil
}

// text is a comment without its marks; lines of a paragraph are joined.
func text(c protogen.Comments) string {
	var paragraphs []string
	for _, p := range strings.Split(strings.TrimSpace(string(c)), "\n\n") {
		lines := strings.Split(p, "\n")
		for i := range lines {
			lines[i] = strings.TrimSpace(lines[i])
		}
		paragraphs = append(paragraphs, strings.TrimSpace(strings.Join(lines, " ")))
	}
	return strings.Join(paragraphs, "\n\n")
}

// unnamed is the comment of a method that begins with its name, without the name,
// which says nothing to who reads paths.
func unnamed(name, comment string) string {
	if said, ok := strings.CutPrefix(comment, name+" "); ok && said != "" {
		return strings.ToUpper(said[:1]) + said[1:]
	}
	return comment
}

// first is the first sentence of a text, without its full stop.
func first(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	if i := strings.Index(s, ". "); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSuffix(s, ".")
}

// rest is the whole text where it says more than its first sentence.
func rest(s string) string {
	if first(s) == strings.TrimSuffix(s, ".") {
		return ""
	}
	return s
}
