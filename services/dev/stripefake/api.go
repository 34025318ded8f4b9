package stripefake

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// maxBody bounds a request; Stripe's are far smaller.
const maxBody = 256 << 10

// call is one API call whose parameters the contract has accepted.
type call struct {
	id     string // in the path, empty where there is none
	params object
	origin string // "http://host" that it came to
}

// handler has the effect of one call, under the server's lock.
type handler func(*Server, call) (object, *apiError)

func (s *Server) routes() {
	for route, h := range handlers() {
		s.mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) { s.serveCall(w, r, route, h) })
	}
	s.mux.HandleFunc("/v1/", func(w http.ResponseWriter, r *http.Request) {
		reply(w, http.StatusNotFound, (&apiError{
			Type: "invalid_request_error", Message: "Unrecognized request URL (" + r.Method + ": " + r.URL.Path + "), or the fake does not serve it.",
		}).body())
	})
	s.mux.HandleFunc("GET /pay/{session}", s.showPage)
	s.mux.HandleFunc("POST /pay/{session}", s.submitPage)
	s.controls()
}

// serveCall is the way of every API call: who, what, again or new, effect.
func (s *Server) serveCall(w http.ResponseWriter, r *http.Request, route string, h handler) {
	w.Header().Set("Request-Id", newID("req_"))
	w.Header().Set("Stripe-Version", APIVersion)
	if refused := s.admit(r); refused != nil {
		reply(w, refused.status, refused.body())
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return // the caller is gone or talks nonsense
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.remember(r, body)
	params, refused := s.contract.check(route, r)
	if refused != nil {
		reply(w, refused.status, refused.body())
		return
	}
	trouble := s.disturb(r)
	if trouble.before(w) {
		return
	}
	answer := s.once(w, r, body, func() keptAnswer {
		return s.run(h, call{id: r.PathValue(wildcard(route)), params: params, origin: s.origin(r)}, trouble)
	})
	if trouble.after(w) {
		return
	}
	reply(w, answer.Status, answer.Body)
}

// run has the effect and renders the answer; the lock is held.
func (s *Server) run(h handler, c call, trouble *Disruption) keptAnswer {
	if trouble.failsInside() {
		return refusal(outage())
	}
	result, refused := h(s, c)
	if refused == nil {
		result, refused = s.expand(result, c.params.list("expand"))
	}
	if refused != nil {
		return refusal(refused)
	}
	return keptAnswer{Status: http.StatusOK, Body: result.snapshot()}
}

// admit checks the key and the version.
func (s *Server) admit(r *http.Request) *apiError {
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if user, _, basic := r.BasicAuth(); basic {
		key, ok = user, true
	}
	if !ok || !strings.HasPrefix(key, "sk_test_") || s.opts.Key != "" && key != s.opts.Key {
		return &apiError{status: http.StatusUnauthorized, Type: "invalid_request_error", Message: "Invalid API Key provided."}
	}
	if v := r.Header.Get("Stripe-Version"); v != "" && v != APIVersion {
		return invalid("", "The fake speaks API version "+APIVersion+" only.")
	}
	return nil
}

// origin returns the address of this server as browsers see it.
func (s *Server) origin(r *http.Request) string {
	if s.opts.PublicURL != "" {
		return strings.TrimSuffix(s.opts.PublicURL, "/")
	}
	return "http://" + r.Host
}

// reading makes the handler that returns one object.
func reading(kind string) handler {
	return func(s *Server, c call) (object, *apiError) { return s.find(kind, c.id) }
}

// wildcard returns the name in braces of a route, empty where there is none.
func wildcard(route string) string {
	_, rest, _ := strings.Cut(route, "{")
	name, _, _ := strings.Cut(rest, "}")
	return name
}

func reply(w http.ResponseWriter, status int, body json.RawMessage) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(bytes.Clone(body), 10)) //nolint:errcheck // a caller that is gone is owed nothing
}
