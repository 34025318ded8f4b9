package rpc

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

// markSize is the length of the mark that binds a page token to its caller, in bytes.
const markSize = 16

// continues takes the caller's mark off the token of a page. A token that was made for
// somebody else is refused like one that was made up. A service that calls for itself
// needs none: what it has begun for one person it may end for nobody.
func (g *guard) continues(ctx context.Context, req any) error {
	m, ok := req.(page.Request)
	if !ok || m.GetPageToken() == "" || !g.fromFront(ctx) {
		return nil
	}
	token, mark, _ := strings.Cut(m.GetPageToken(), ".")
	if !hmac.Equal([]byte(mark), []byte(g.mark(ctx, token))) {
		return page.BadToken()
	}
	set(m, "page_token", token)
	return nil
}

// turned puts the caller's mark on the token of the next page.
func (g *guard) turned(ctx context.Context, resp any) any {
	m, ok := resp.(interface {
		proto.Message
		GetNextPageToken() string
	})
	if ok && m.GetNextPageToken() != "" && g.fromFront(ctx) {
		set(m, "next_page_token", m.GetNextPageToken()+"."+g.mark(ctx, m.GetNextPageToken()))
	}
	return resp
}

func (g *guard) mark(ctx context.Context, token string) string {
	mac := hmac.New(sha256.New, g.options.Idempotency)
	mac.Write([]byte("page|" + identity.From(ctx).Subject() + "|" + token)) // no record of a call begins so
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:markSize])
}

// fromFront reports whether a call was brought by a service that brings those of people.
func (g *guard) fromFront(ctx context.Context) bool {
	_, front := g.fronts[identity.From(ctx).Service]
	return front
}

func set(m proto.Message, field protoreflect.Name, text string) {
	r := m.ProtoReflect()
	r.Set(r.Descriptor().Fields().ByName(field), protoreflect.ValueOfString(text))
}
