// Package catalogue reads the reasons of the contract, with what their comments
// say, for what is generated from them: constants, a document, the reference page.
package catalogue

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/compiler/protogen"
)

// contract is the prefix of the proto packages that are ours.
const contract = "solidarity."

// common is the package whose reasons all services have.
const common = "type"

// Group is the reasons of one service.
type Group struct {
	// Service is its name, empty for the reasons that all services have.
	Service string
	// Reasons are in the order of the contract.
	Reasons []Reason
}

// Reason is one reason.
type Reason struct {
	// Word is as answers show it, "FUND_CLOSED".
	Word string
	// About says when it comes and what to do.
	About string
}

// Catalogue is all reasons of the contract.
type Catalogue struct {
	// Groups are why calls are refused, those of all services first.
	Groups []Group
	// Fields are what is wrong with fields.
	Fields []Reason
}

// Read reads the enums Reason and FieldReason. It fails where one word stands for
// two reasons.
func Read(files []*protogen.File) (Catalogue, error) {
	var c Catalogue
	for _, f := range files {
		pkg, ours := strings.CutPrefix(string(f.Desc.Package()), contract)
		if !ours {
			continue
		}
		service := strings.TrimSuffix(pkg, ".v1")
		if service == common {
			service = ""
		}
		for _, e := range f.Enums {
			switch e.Desc.Name() {
			case "Reason":
				c.Groups = append(c.Groups, Group{Service: service, Reasons: values(e, "REASON_")})
			case "FieldReason":
				c.Fields = append(c.Fields, values(e, "FIELD_REASON_")...)
			}
		}
	}
	slices.SortFunc(c.Groups, func(a, b Group) int { return cmp.Compare(a.Service, b.Service) })
	return c, c.check()
}

// check finds a word that two services have.
func (c Catalogue) check() error {
	seen := map[string]string{}
	for _, g := range c.Groups {
		for _, r := range g.Reasons {
			if other, twice := seen[r.Word]; twice {
				return fmt.Errorf("%s is a reason of %q and of %q", r.Word, other, g.Service)
			}
			seen[r.Word] = g.Service
		}
	}
	return nil
}

func values(e *protogen.Enum, prefix string) []Reason {
	var list []Reason
	for _, v := range e.Values {
		if v.Desc.Number() != 0 {
			list = append(list, Reason{
				Word:  strings.TrimPrefix(string(v.Desc.Name()), prefix),
				About: strings.Join(strings.Fields(string(v.Comments.Leading)), " "),
			})
		}
	}
	return list
}
