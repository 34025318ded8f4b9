package rest

import (
	"context"
	"net/http"
	"net/url"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// outgoing lets through the only header that services send to clients.
func outgoing(name string) (string, bool) {
	return "Idempotent-Replayed", name == "idempotent-replayed"
}

// decorate sets what HTTP clients look for beside the body: ETag, the next
// page, and the place of what was created.
func decorate(ctx context.Context, w http.ResponseWriter, answer proto.Message) error {
	asked, ok := ctx.Value(callKey{}).(call)
	if !ok || answer == nil {
		return nil
	}
	m := answer.ProtoReflect()
	if etag := text(m, "etag"); etag != "" {
		w.Header().Set("ETag", `"`+etag+`"`)
	}
	if token := text(m, "next_page_token"); token != "" {
		w.Header().Set("Link", "<"+nextPage(asked.url, token)+`>; rel="next"`)
	}
	if name := text(m, "name"); name != "" && asked.route.Creates() {
		w.Header().Set("Location", "/v1/"+name)
		w.WriteHeader(http.StatusCreated)
	}
	return nil
}

// text returns a string field of a message, empty where it has no such field.
func text(m protoreflect.Message, name protoreflect.Name) string {
	f := m.Descriptor().Fields().ByName(name)
	if f == nil || f.Kind() != protoreflect.StringKind || f.IsList() {
		return ""
	}
	return m.Get(f).String()
}

func nextPage(asked, token string) string {
	u, err := url.Parse(asked)
	if err != nil { // cannot happen: it has been parsed before
		return asked
	}
	q := u.Query()
	q.Del("page_token")
	q.Set("pageToken", token)
	u.RawQuery = q.Encode()
	return u.RequestURI()
}
