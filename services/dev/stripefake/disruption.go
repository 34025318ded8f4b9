package stripefake

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What a Disruption may do to a call.
const (
	Error429   = "error429"   // too many requests, without an effect
	Error500   = "error500"   // the answer of a failed effect, kept for the idempotency key
	Error503   = "error503"   // refused before anything happened
	DropBefore = "dropBefore" // the connection breaks before the effect
	DropAfter  = "dropAfter"  // the connection breaks after the effect
	ErrorAfter = "errorAfter" // the effect happens, the answer is a 500
	Delay      = "delay"      // nothing but Delay
)

// Disruption makes the next matching calls go wrong.
type Disruption struct {
	// Match is a beginning of "METHOD /path"; empty matches every call.
	Match string `json:"match"`
	// Effect is one of the constants above.
	Effect string `json:"effect"`
	// Times is how many calls it hits; zero is one.
	Times int `json:"times"`
	// Delay passes before anything else.
	Delay time.Duration `json:"-"`
}

// Request is one API call as it arrived, without its key.
type Request struct {
	Method string      `json:"method"`
	Path   string      `json:"path"`
	Params url.Values  `json:"params"`
	Header http.Header `json:"header"`
}

// Disrupt adds a disruption; each call is hit by the first that matches.
func (s *Server) Disrupt(d Disruption) error {
	if !slices.Contains([]string{Error429, Error500, Error503, DropBefore, DropAfter, ErrorAfter, Delay}, d.Effect) {
		return fmt.Errorf("unknown effect")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d.Times = max(d.Times, 1)
	s.disruptions = append(s.disruptions, &d)
	return nil
}

// maxRemembered bounds how many calls Requests can return.
const maxRemembered = 20_000

// Requests returns the API calls so far, for tests of what leaves a system; of
// very many the older ones are forgotten.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

func (s *Server) remember(r *http.Request, body []byte) {
	params := r.URL.Query()
	if form, err := url.ParseQuery(string(body)); err == nil {
		for name, values := range form {
			params[name] = append(params[name], values...)
		}
	}
	header := r.Header.Clone()
	header.Del("Authorization")
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == maxRemembered {
		s.requests = slices.Delete(s.requests, 0, maxRemembered/2)
	}
	s.requests = append(s.requests, Request{Method: r.Method, Path: r.URL.Path, Params: params, Header: header})
}

// disturb takes what is to go wrong with a call, nil where nothing is.
func (s *Server) disturb(r *http.Request) *Disruption {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, d := range s.disruptions {
		if !strings.HasPrefix(r.Method+" "+r.URL.Path, d.Match) {
			continue
		}
		if d.Times--; d.Times == 0 {
			s.disruptions = slices.Delete(s.disruptions, i, i+1)
		}
		return d
	}
	return nil
}

// before goes wrong before the effect; true says that all is answered.
func (d *Disruption) before(w http.ResponseWriter) bool {
	if d == nil {
		return false
	}
	time.Sleep(d.Delay)
	switch d.Effect {
	case DropBefore:
		panic(http.ErrAbortHandler)
	case Error503:
		reply(w, http.StatusServiceUnavailable, outage().body())
		return true
	case Error429:
		reply(w, http.StatusTooManyRequests, coded("rate_limit", "", "Too many requests.").body())
		return true
	}
	return false
}

// failsInside says that the effect itself fails, which Stripe remembers for the
// idempotency key.
func (d *Disruption) failsInside() bool { return d != nil && d.Effect == Error500 }

// after goes wrong after the effect; true says that all is answered.
func (d *Disruption) after(w http.ResponseWriter) bool {
	switch {
	case d == nil:
		return false
	case d.Effect == DropAfter:
		panic(http.ErrAbortHandler)
	case d.Effect == ErrorAfter:
		reply(w, http.StatusInternalServerError, outage().body())
		return true
	}
	return false
}

func outage() *apiError {
	return &apiError{status: http.StatusInternalServerError, Type: "api_error", Message: "An unknown error occurred."}
}
