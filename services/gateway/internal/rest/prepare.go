package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/edge"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/problem"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/route"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/strict"
)

// call is what later steps know of a request of the contract.
type call struct {
	route route.Route
	url   string // path and query as asked
}

type callKey struct{}

// prepare runs before each handler, when it is known which RPC is meant.
func (m *Mux) prepare(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, vars map[string]string) {
		if p, ok := r.Context().Value(probeKey{}).(*probe); ok {
			p.found = true
			return
		}
		seen := edge.From(r.Context())
		r.Header.Set("X-Request-Id", seen.ID)
		pattern, _ := runtime.HTTPPattern(r.Context())
		seen.Pattern = route.Key(r.Method, pattern.String())
		known, ok := m.routes[seen.Pattern]
		if !ok { // served by hand
			next(w, r, vars)
			return
		}
		if known.Policy.GetRateClass() == policyv1.RateClass_RATE_CLASS_SECRET {
			if result := m.limits.Guesses.Take(seen.Caller); !result.Allowed {
				edge.Refuse(w, seen.ID, result)
				return
			}
		}
		if err := check(w, r, known); err != nil {
			refuse(w, seen.ID, err)
			return
		}
		leave, ok := m.limits.Calls.Enter(seen.Who) // not before the body is there: it may come slowly
		if !ok {
			problem.Write(w, seen.ID, problem.Overloaded())
			return
		}
		defer leave()
		seen.Judged = !known.Open()
		ctx, cancel := context.WithTimeout(context.WithValue(r.Context(), callKey{}, call{known, r.URL.RequestURI()}), callTimeout)
		defer cancel()
		next(w, r.WithContext(ctx), vars)
	}
}

// refuse answers a request that did not pass its checks.
func refuse(w http.ResponseWriter, id string, err error) {
	var p *asProblem
	if errors.As(err, &p) {
		problem.Write(w, id, p.Problem)
		return
	}
	problem.Write(w, id, problem.From(err))
}

// asProblem is a refusal that only HTTP knows.
type asProblem struct{ problem.Problem }

// Error returns the reason.
func (p *asProblem) Error() string { return p.Reason }

// check refuses a query or body that is not strictly of the contract, and leaves
// the body to be read again.
func check(w http.ResponseWriter, r *http.Request, known route.Route) error {
	if err := strict.Query(known.RPC.Input(), r.URL.RawQuery, known.Taken); err != nil {
		return err
	}
	if !known.HasBody {
		return nil
	}
	if r.ContentLength > maxBody {
		return &asProblem{problem.TooLarge()}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return &asProblem{problem.TooLarge()}
	case err != nil:
		return &asProblem{problem.Incomplete()}
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 {
		return nil // the same as an empty object
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &asProblem{problem.WrongType()}
	}
	if err := strict.Body(known.Body(), body); err != nil || r.Method == http.MethodPatch {
		return err
	}
	return strict.Taken(known.Body(), body)
}
