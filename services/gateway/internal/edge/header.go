package edge

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// forwarded are the headers that services see, with their names there. All
// others end here, above all Grpc-Metadata-* and X-Forwarded-*.
var forwarded = map[string]string{
	"Authorization":   "authorization",
	"Idempotency-Key": "idempotency-key",
	"If-Match":        "if-match",
	"Accept-Language": "accept-language",
	"Origin":          "origin",
	"X-Request-Id":    "x-request-id",
}

// local are the headers that only the gateway itself reads.
var local = []string{"Accept", "Content-Type", "Stripe-Signature"}

// Metadata returns the name under which services see a header, and whether they
// see it at all.
func Metadata(name string) (string, bool) {
	to, ok := forwarded[http.CanonicalHeaderKey(name)]
	return to, ok
}

// Longest values of headers, in bytes: together they fit what services take.
const (
	maxValue      = 1 << 10
	maxCredential = 8 << 10
)

// longest returns how long a header may be.
func longest(name string) int {
	if name == "Authorization" || name == "Stripe-Signature" {
		return maxCredential
	}
	return maxValue
}

// sanitised returns the request with only those headers that are known here, and
// without what says where it came from. A proxy that nobody has told of is refused: all
// who come through it would be counted as one.
func sanitised(r *http.Request, hops int) (*http.Request, error) {
	if hops == 0 && r.Header.Get("X-Forwarded-For") != "" {
		return nil, fault.Field("X-Forwarded-For", fault.FieldNotAllowed, "is not taken: no proxy is set (--proxy-hops)")
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, fault.Field("Content-Encoding", fault.FieldNotAllowed, "compressed bodies are not taken")
	}
	kept := http.Header{}
	for name := range forwarded {
		if err := keep(kept, r.Header, name); err != nil {
			return nil, err
		}
	}
	for _, name := range local {
		if err := keep(kept, r.Header, name); err != nil {
			return nil, err
		}
	}
	if key, given := r.Header["Idempotency-Key"]; given && key[0] == "" {
		return nil, fault.Field("Idempotency-Key", fault.FieldWrongLength, "must have 1 to 255 characters")
	}
	kept.Del("X-Request-Id")
	clean := r.Clone(r.Context())
	clean.Header, clean.RemoteAddr, clean.Host = kept, "", ""
	clean.Trailer, clean.TransferEncoding = nil, nil
	return clean, nil
}

func keep(to, from http.Header, name string) error {
	values := from.Values(name)
	if len(values) == 0 {
		return nil
	}
	if len(values) > 1 && name != "Accept" && name != "Accept-Language" {
		return fault.Field(name, fault.FieldGivenTwice, "is given more than once")
	}
	value := strings.Join(values, ", ")
	if len(value) > longest(name) {
		return fault.Field(name, fault.FieldTooLong, fmt.Sprintf("must have at most %d characters", longest(name)))
	}
	for _, c := range []byte(value) {
		if c < ' ' || c > '~' { // gRPC would drop the header, and with it its meaning
			return fault.Field(name, fault.FieldMalformed, "must be printable ASCII")
		}
	}
	to.Set(name, value)
	return nil
}

// uuid is the only form in which a client may name a request itself: nothing
// else is sure to carry no person's data into the logs.
var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func requestID(h http.Header) string {
	if id := strings.ToLower(h.Get("X-Request-Id")); uuid.MatchString(id) {
		return id
	}
	return resource.NewID(resource.KindCall)
}

// address returns the client's address: the connection's, or the one that the
// outermost of our own proxies has seen. Of an IPv6 address only the network
// counts, since a client has all of it.
func address(r *http.Request, hops int) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if hops > 0 {
		seen := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if i := len(seen) - hops; i >= 0 && seen[i] != "" {
			host = strings.TrimSpace(seen[i])
		}
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return "unknown"
	}
	if ip = ip.Unmap(); ip.Is6() {
		if network, err := ip.WithZone("").Prefix(64); err == nil {
			return network.String()
		}
	}
	return ip.String()
}
