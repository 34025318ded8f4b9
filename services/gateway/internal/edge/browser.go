package edge

import "net/http"

// secure sets the headers of every answer; the documentation page loosens its
// own policy as far as it needs.
func secure(h http.Header, id string) {
	h.Set("X-Request-Id", id)
	h.Set("Cache-Control", "no-store")
	h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

// shared are the paths that a partner's page may call from a browser: those that
// a publishable key opens. Whether the page's origin is the partner's is judged
// by the donations service, which sees the Origin header.
var shared = map[string]string{
	"/v1/pledges": http.MethodPost,
	ReceiptScript: http.MethodGet,
}

// ReceiptScript is the path of the script that makes receipt tokens.
const ReceiptScript = "/receipt-token.js"

// browser lets pages of other origins use the shared paths, and answers their
// preflight; it reports whether the request is answered.
func browser(w http.ResponseWriter, r *http.Request) bool {
	method, ok := shared[r.URL.Path]
	origin := r.Header.Get("Origin")
	if !ok || origin == "" {
		return false
	}
	preflight := r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") == method
	if r.Method != method && !preflight {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", origin) // no cookies, so nothing of the user's is shared
	h.Set("Access-Control-Expose-Headers", "Location, Retry-After, X-Request-Id, Idempotent-Replayed")
	h.Set("Vary", "Origin")
	if !preflight {
		return false
	}
	h.Set("Access-Control-Allow-Methods", method)
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Accept-Language")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}
