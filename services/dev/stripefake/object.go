package stripefake

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"strings"
)

// object is one of Stripe's, field by field as in its JSON. Fields that begin
// with "_" are the fake's own and are never shown.
type object map[string]any

// text returns a field that is text, empty where it is missing or null.
func (o object) text(field string) string {
	s, _ := o[field].(string)
	return s
}

// number returns a field that is a whole number, 0 where it is missing or null.
func (o object) number(field string) int64 {
	switch n := o[field].(type) {
	case int64:
		return n
	case int:
		return int64(n)
	case float64:
		return int64(n)
	case json.Number:
		i, _ := n.Int64()
		return i
	}
	return 0
}

// sub returns a field that is an object, an empty one where it is not.
func (o object) sub(field string) object {
	return asObject(o[field])
}

// asObject returns an object as it was made or read, an empty one of anything else.
func asObject(v any) object {
	switch o := v.(type) {
	case object:
		return o
	case map[string]any:
		return o
	}
	return object{}
}

func (o object) list(field string) []any {
	l, _ := o[field].([]any)
	return l
}

// set writes several fields.
func (o object) set(fields object) object {
	for name, value := range fields {
		o[name] = value
	}
	return o
}

// snapshot returns the object's JSON as it is now, without the fake's fields.
func (o object) snapshot() json.RawMessage {
	shown := object{}
	for name, value := range o {
		if !strings.HasPrefix(name, "_") {
			shown[name] = value
		}
	}
	b, err := json.Marshal(shown)
	if err != nil {
		panic(err) // objects hold JSON only
	}
	return b
}

// newID returns an id of a kind that nobody can guess.
func newID(prefix string) string {
	var b [15]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic(err)
	}
	return prefix + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// create makes an object of a kind with an id and a time, and stores it.
func (s *Server) create(kind, prefix string, fields object) object {
	o := s.contract.shape(kind).set(object{"id": newID(prefix), "created": s.now(), "livemode": false}).set(fields)
	s.store.put(o)
	return o
}

// change writes fields of a stored object.
func (s *Server) change(o object, fields object) { s.store.put(o.set(fields)) }

// find returns a stored object of a kind, or Stripe's 404.
func (s *Server) find(kind, id string) (object, *apiError) {
	if o, ok := s.store.rows[id]; ok && o.text("object") == kind {
		return o, nil
	}
	return nil, missing(kind, id)
}
