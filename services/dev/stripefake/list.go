package stripefake

import (
	"slices"
	"strings"
)

// defaultLimit and maxLimit are Stripe's for lists.
const (
	defaultLimit = 10
	maxLimit     = 100
)

// listing makes the handler that lists objects of a kind, newest first, with
// Stripe's cursors, its "created" range, and filters by the named fields.
func listing(kind, url string, filters ...string) handler {
	return func(s *Server, c call) (object, *apiError) {
		return s.listed(kind, url, c.params, func(o object) bool { return passes(o, c.params, filters) })
	}
}

// listed lists the objects of a kind that let takes.
func (s *Server) listed(kind, url string, params object, let func(object) bool) (object, *apiError) {
	limit := int64(defaultLimit)
	if _, given := params["limit"]; given {
		limit = params.number("limit")
	}
	if limit < 1 || limit > maxLimit {
		return nil, coded("parameter_invalid_integer", "limit", "Invalid limit: must be between 1 and 100.")
	}
	found, more, refused := s.matching(kind, params, int(limit), let)
	if refused != nil {
		return nil, refused
	}
	return object{"object": "list", "url": url, "has_more": more, "data": found}, nil
}

// matching returns the first objects behind the cursor that let takes, and whether
// there are more.
func (s *Server) matching(kind string, params object, limit int, let func(object) bool) (found []any, more bool, refused *apiError) {
	after, before := params.text("starting_after"), params.text("ending_before")
	for _, cursor := range []string{after, before} {
		if cursor == "" {
			continue
		}
		if _, refused := s.find(kind, cursor); refused != nil {
			return nil, false, refused
		}
	}
	ids := s.store.order[kind]
	candidates := slices.Backward(ids)
	switch {
	case after != "":
		candidates = slices.Backward(ids[:slices.Index(ids, after)])
	case before != "": // those next to the cursor
		candidates = slices.All(ids[slices.Index(ids, before)+1:])
		defer func() { slices.Reverse(found) }()
	}
	found = []any{}
	for _, id := range candidates {
		if o := s.store.rows[id]; let(o) {
			if len(found) == limit {
				return found, true, nil
			}
			found = append(found, o)
		}
	}
	return found, false, nil
}

// passes compares one object with the filters of a list.
func passes(o, params object, filters []string) bool {
	for _, field := range filters {
		want := params.text(field)
		if want != "" && o.text(field) != want && o.text("_"+field) != want {
			return false
		}
	}
	if types := params.list("types"); len(types) > 0 && !contains(types, o.text("type")) {
		return false
	}
	if _, exact := params["created"].(map[string]any); !exact && params.number("created") != 0 {
		return o.number("created") == params.number("created")
	}
	return within(o.number("created"), params.sub("created"))
}

// within compares a time with one of Stripe's ranges.
func within(at int64, bounds object) bool {
	for bound := range bounds {
		limit := bounds.number(bound)
		if bound == "gt" && at <= limit || bound == "gte" && at < limit ||
			bound == "lt" && at >= limit || bound == "lte" && at > limit {
			return false
		}
	}
	return true
}

func contains(list []any, text string) bool {
	for _, v := range list {
		if v == text {
			return true
		}
	}
	return false
}

// expand returns a copy of o with the named references replaced by the objects
// that they name; "data." goes into each object of a list.
func (s *Server) expand(o object, paths []any) (object, *apiError) {
	out := s.shown(o)
	for _, path := range paths {
		text, _ := path.(string)
		if refused := s.expandInto(out, text); refused != nil {
			return nil, refused
		}
	}
	return out, nil
}

func (s *Server) expandInto(o object, path string) *apiError {
	field, rest, _ := strings.Cut(path, ".")
	value, known := o[field]
	if !known {
		return invalid("expand", "This property cannot be expanded ("+path+").")
	}
	switch v := value.(type) {
	case string:
		target, stored := s.store.rows[v]
		if !stored {
			return invalid("expand", "This property cannot be expanded ("+path+").")
		}
		value = s.shown(target)
		o[field] = value
	case []any:
		for _, element := range v {
			if refused := s.expandInto(asObject(element), rest); refused != nil {
				return refused
			}
		}
		return nil
	}
	if target, ok := value.(object); ok && rest != "" {
		return s.expandInto(target, rest)
	}
	return nil
}

// shown returns a copy of an object as a caller sees it now.
func (s *Server) shown(o object) object {
	out := object{}
	for name, value := range o {
		if !strings.HasPrefix(name, "_") {
			out[name] = value
		}
	}
	if data, ok := out["data"].([]any); ok {
		copies := make([]any, len(data))
		for i, element := range data {
			copies[i] = s.shown(asObject(element))
		}
		out["data"] = copies
	}
	if o.text("object") == "balance_transaction" && o.number("available_on") <= s.now() {
		out["status"] = "available"
	}
	return out
}
