package apidoc

import (
	"strings"

	"google.golang.org/protobuf/compiler/protogen"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/policy"
)

// tag names the operations of one service.
type tag struct {
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
}

// group names the services of one audience. Some viewers show x-tagGroups; others
// go by the order of tags, which is the same.
type group struct {
	Name        string   `yaml:"name"`
	Description string   `yaml:"x-description"` // of our own: the extension has none
	Tags        []string `yaml:"tags,flow"`
}

// audiences returns the comment of each audience of the contract.
func audiences(files []*protogen.File) map[policyv1.Audience]string {
	about := map[policyv1.Audience]string{}
	name := policyv1.Audience(0).Descriptor().FullName()
	for _, f := range files {
		for _, e := range f.Enums {
			if e.Desc.FullName() != name {
				continue
			}
			for _, v := range e.Values {
				about[policyv1.Audience(v.Desc.Number())] = text(v.Comments.Leading)
			}
		}
	}
	return about
}

// group lists the tags that are used, and which of them are for whom. The first
// sentence of an audience's comment is its name.
func (w *writer) group(services []*protogen.Service, about map[policyv1.Audience]string) {
	var last policyv1.Audience
	for _, s := range services {
		if !w.tags[s.GoName] {
			continue
		}
		w.doc.Tags = append(w.doc.Tags, tag{Name: s.GoName, Description: text(s.Comments.Leading)})
		if a := policy.AudienceOf(s.Desc); a != last {
			last = a
			name := first(about[a])
			description := strings.TrimSpace(strings.TrimPrefix(about[a], name+"."))
			w.doc.Groups = append(w.doc.Groups, group{Name: name, Description: description})
		}
		g := &w.doc.Groups[len(w.doc.Groups)-1]
		g.Tags = append(g.Tags, s.GoName)
	}
}
