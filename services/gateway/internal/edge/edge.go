// Package edge stands before everything the gateway serves: it names each
// request, drops every header that nobody needs, counts callers, and sets the
// headers by which browsers keep out of harm's way.
package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/problem"
)

// Options are what an Edge needs.
type Options struct {
	// Log receives one line a request: path pattern, status, duration.
	Log *slog.Logger
	Now func() time.Time
	// General limits all requests of a caller: of a credential that a service has found
	// good, from one address; of an address for all others.
	General *limit.Limiter
	// Keys limits each secret key of a partner, PublicKeys each publishable one, from
	// wherever it is used; nil for no limit of its own.
	Keys, PublicKeys *limit.Limiter
	// Guesses limits what could guess a secret: rejected credentials, and
	// methods of the class RATE_CLASS_SECRET.
	Guesses *limit.Limiter
	// Known are the credentials that a service has found good.
	Known *limit.Known
	// ProxyHops is how many proxies of ours stand before the gateway; each adds
	// one address to X-Forwarded-For. 0 takes the connection's own address.
	ProxyHops int
}

// Edge is the outermost handler.
type Edge struct {
	Options
	next http.Handler
}

// New returns an edge before next.
func New(o Options, next http.Handler) *Edge { return &Edge{Options: o, next: next} }

// ServeHTTP lets a request in.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := e.Now()
	seen := &Seen{ID: requestID(r.Header), Caller: address(r, e.ProxyHops)}
	out := &recorder{ResponseWriter: w}
	defer e.finish(out, r, seen, start)
	secure(out.Header(), seen.ID)
	if browser(out, r) {
		return
	}
	clean, err := sanitised(r, e.ProxyHops)
	if err != nil {
		problem.Write(out, seen.ID, problem.From(err))
		return
	}
	if !e.admit(out, clean, seen) {
		return
	}
	if clean.Method == http.MethodHead { // as GET; net/http leaves the body out (RFC 9110, 9.3.2)
		clean.Method = http.MethodGet
	}
	e.next.ServeHTTP(out, clean.WithContext(context.WithValue(r.Context(), seenKey{}, seen)))
	e.learn(clean.Header.Get("Authorization"), out.status, seen)
}

// learn remembers what the answer says of the credential.
func (e *Edge) learn(bearer string, status int, seen *Seen) {
	switch {
	case status == http.StatusUnauthorized:
		e.Guesses.Take(seen.Caller)
	case bearer != "" && seen.Judged && status < http.StatusInternalServerError:
		e.Known.Add(bearer)
	}
}

// admit counts the request: an unknown credential waits where its address has had too
// many refused, and so does a caller in a hurry. Who brings a credential that was good
// lately is told from others behind the same address; an invented one is not.
func (e *Edge) admit(w http.ResponseWriter, r *http.Request, seen *Seen) bool {
	bearer := r.Header.Get("Authorization")
	seen.Who = seen.Caller
	good := bearer != "" && e.Known.Has(bearer)
	if good {
		seen.Who = seen.Caller + " " + bearer
	} else if bearer != "" {
		if guesses := e.Guesses.Peek(seen.Caller); !guesses.Allowed {
			Refuse(w, seen.ID, guesses)
			return false
		}
	}
	result := e.General.Take(seen.Who)
	if good && result.Allowed {
		result = e.ofKey(bearer, result)
	}
	if result.Limit > 0 {
		w.Header().Set("RateLimit-Limit", strconv.Itoa(result.Limit))
		w.Header().Set("RateLimit-Remaining", strconv.Itoa(result.Remaining))
		w.Header().Set("RateLimit-Reset", seconds(result.Reset))
	}
	if !result.Allowed {
		Refuse(w, seen.ID, result)
	}
	return result.Allowed
}

// ofKey counts a request of a partner's key, all its callers together, and returns the
// narrower result.
func (e *Edge) ofKey(bearer string, general limit.Result) limit.Result {
	of := e.Keys
	switch key := strings.TrimPrefix(bearer, "Bearer "); {
	case strings.HasPrefix(key, "pk_"):
		of = e.PublicKeys
	case !strings.HasPrefix(key, "sk_"):
		return general
	}
	if of == nil {
		return general
	}
	if r := of.Take(bearer); r.Limit > 0 && (!r.Allowed || general.Limit == 0 || r.Remaining < general.Remaining) {
		return r
	}
	return general
}

// Refuse answers a request that came too soon.
func Refuse(w http.ResponseWriter, id string, r limit.Result) {
	h := w.Header()
	h.Set("RateLimit-Limit", strconv.Itoa(r.Limit))
	h.Set("RateLimit-Remaining", "0")
	h.Set("RateLimit-Reset", seconds(r.Reset))
	problem.Write(w, id, problem.TooMany(r.Retry))
}

// finish logs the request and turns a panic into an answer, or into a broken
// connection where the answer has begun.
func (e *Edge) finish(w *recorder, r *http.Request, seen *Seen, start time.Time) {
	caught := recover()
	if err, ok := caught.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		e.log(r, seen, "aborted", w.status, start)
		panic(http.ErrAbortHandler)
	}
	if caught != nil {
		e.Log.ErrorContext(r.Context(), "panic", "request", seen.ID, "type", fmt.Sprintf("%T", caught), "stack", string(debug.Stack()))
		if w.status != 0 {
			panic(http.ErrAbortHandler)
		}
		problem.Write(w, seen.ID, problem.Internal())
	}
	e.log(r, seen, "request", w.status, start)
}

// log never writes the path itself: anything may stand in it.
func (e *Edge) log(r *http.Request, seen *Seen, message string, status int, start time.Time) {
	level := slog.LevelInfo
	if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" { // asked all the time
		level = slog.LevelDebug
	}
	e.Log.Log(r.Context(), level, message, "request", seen.ID, "path", seen.Pattern, "status", status,
		"took", e.Now().Sub(start))
}

// Seen is what the gateway knows of a request.
type Seen struct {
	// ID follows the request through services and logs.
	ID string
	// Caller is the client's address, for counting only: never logged, never
	// passed on.
	Caller string
	// Who is counted: the address, with the credential where that was good lately.
	// Like Caller it is for counting only.
	Who string
	// Judged says that a service has judged the credential.
	Judged bool
	// Pattern is the HTTP method and path pattern that matched; empty where none
	// did.
	Pattern string
}

type seenKey struct{}

// From returns what is known of the context's request.
func From(ctx context.Context) *Seen {
	if s, ok := ctx.Value(seenKey{}).(*Seen); ok {
		return s
	}
	return &Seen{}
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status and passes it on.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write begins a successful answer where none has begun.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
