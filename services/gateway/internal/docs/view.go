package docs

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// page is what the template gets.
type page struct {
	Title, Version, Description string
	Audiences                   []audience
	Schemas                     []named
	Reasons                     []reasons
}

// audience is for whom the services below it are.
type audience struct {
	ID, Name, Description string
	Services              []service
}

type service struct {
	ID, Name, Description string
	Operations            []shown
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
	p := page{Title: api.Info.Title, Version: api.Info.Version, Description: api.Info.Description, Reasons: api.Reasons}
	services := servicesOf(api)
	for _, g := range api.Groups {
		a := audience{ID: slug(g.Name), Name: g.Name, Description: g.Description}
		for _, tag := range g.Tags {
			a.Services = append(a.Services, services[tag])
		}
		p.Audiences = append(p.Audiences, a)
	}
	for name, s := range api.Components.Schemas {
		p.Schemas = append(p.Schemas, named{name, s})
	}
	slices.SortFunc(p.Schemas, func(a, b named) int { return cmp.Compare(a.Name, b.Name) })
	return p
}

// servicesOf returns the services by tag, each with its operations by path.
func servicesOf(api document) map[string]service {
	services := map[string]service{}
	for _, t := range api.Tags {
		services[t.Name] = service{ID: t.Name, Name: title(t.Name), Description: t.Description}
	}
	for path, operations := range api.Paths {
		for method, o := range operations {
			for _, tag := range o.Tags {
				s := services[tag]
				s.Operations = append(s.Operations,
					shown{operation: o, Method: strings.ToUpper(method), Path: path, Answers: api.answers(o.Responses)})
				services[tag] = s
			}
		}
	}
	for _, s := range services {
		slices.SortFunc(s.Operations, func(a, b shown) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
		})
	}
	return services
}

// answers returns what an operation answers, by status.
func (d document) answers(responses map[string]body) []answer {
	var list []answer
	for status, b := range responses {
		if shared, ok := strings.CutPrefix(b.Ref, "#/components/responses/"); ok {
			b = d.Components.Responses[shared]
		}
		list = append(list, answer{status, b})
	}
	slices.SortFunc(list, func(a, b answer) int { return cmp.Compare(a.Status, b.Status) })
	return list
}

// title writes the name of a service in words: PaymentPlanService, "Payment plan".
func title(name string) string {
	var out strings.Builder
	for i, r := range strings.TrimSuffix(name, "Service") {
		if i > 0 && unicode.IsUpper(r) {
			out.WriteByte(' ')
			r = unicode.ToLower(r)
		}
		out.WriteRune(r)
	}
	return out.String()
}

// slug makes the fragment of an address: "Staff: money", "staff-money".
func slug(name string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) }), "-")
}
