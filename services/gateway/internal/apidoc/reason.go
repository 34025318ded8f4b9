package apidoc

import (
	"google.golang.org/protobuf/compiler/protogen"

	"github.com/solidarity-fund/solidarity/services/internal/fault/catalogue"
)

// reasons are why calls of one service are refused.
type reasons struct {
	Title   string   `yaml:"title"`
	Reasons []reason `yaml:"reasons"`
}

type reason struct {
	Reason      string `yaml:"reason"`
	Description string `yaml:"description"`
}

// reasons lists the reasons of all services, and at last those of fields.
func (w *writer) reasons(files []*protogen.File) error {
	c, err := catalogue.Read(files)
	if err != nil {
		return err
	}
	for _, g := range c.Groups {
		title := "Reasons of " + g.Service
		if g.Service == "" {
			title = "Reasons of all services"
		}
		w.doc.Reasons = append(w.doc.Reasons, reasons{title, listed(g.Reasons)})
	}
	w.doc.Reasons = append(w.doc.Reasons, reasons{"What is wrong with a field", listed(c.Fields)})
	return nil
}

func listed(list []catalogue.Reason) []reason {
	out := make([]reason, len(list))
	for i, r := range list {
		out[i] = reason{r.Word, r.About}
	}
	return out
}
