// Package page makes and reads the opaque tokens of list calls. A token says
// after which row the next page starts and is bound by an HMAC to the request
// that it continues, so that it cannot be made up, nor used for another list.
package page

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Sizes of a page in rows.
const (
	DefaultSize = 50
	MaxSize     = 500
)

// macBytes is how much of the HMAC a token carries.
const macBytes = 16

// Page is what a list call asks for.
type Page struct {
	// Size is how many rows to answer, from 1 to MaxSize; fetch one more to see
	// whether there is a next page.
	Size int
	// After are the keys of the last row seen, nil for the first page.
	After []string
}

// Pager makes and reads tokens. It is safe for concurrent use.
type Pager struct{ secret []byte }

// New makes a Pager; every replica of a service needs the same secret.
func New(secret []byte) *Pager { return &Pager{secret: secret} }

// request is what list requests have in common.
type request interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
}

// Parse reads size and token of a list request. A negative size, and a token that
// was not made by Next for the same request, are faults that name the field.
func (p *Pager) Parse(req request) (Page, error) {
	size := int(req.GetPageSize())
	switch {
	case size < 0:
		return Page{}, fault.Field("pageSize", "must not be negative")
	case size == 0:
		size = DefaultSize
	case size > MaxSize:
		size = MaxSize
	}
	if req.GetPageToken() == "" {
		return Page{Size: size}, nil
	}
	after, err := p.open(req)
	if err != nil {
		return Page{}, err
	}
	return Page{Size: size, After: after}, nil
}

// Next returns the token of the page after the row with these keys.
func (p *Pager) Next(req proto.Message, keys ...string) string {
	body, err := json.Marshal(keys)
	if err != nil {
		panic(fmt.Sprintf("write a page token: %v", err)) // strings always marshal
	}
	return base64.RawURLEncoding.EncodeToString(append(p.sign(req, body), body...))
}

func (p *Pager) open(req request) ([]string, error) {
	refusal := fault.Field("pageToken", "must be the nextPageToken of the same request, unchanged")
	token, err := base64.RawURLEncoding.Strict().DecodeString(req.GetPageToken())
	if err != nil || len(token) < macBytes {
		return nil, refusal
	}
	mac, body := token[:macBytes], token[macBytes:]
	if !hmac.Equal(mac, p.sign(req, body)) {
		return nil, refusal
	}
	var keys []string
	if err := json.Unmarshal(body, &keys); err != nil {
		return nil, refusal.With(err)
	}
	return keys, nil
}

// sign covers the request's type and content, size and token left out, and body.
func (p *Pager) sign(req proto.Message, body []byte) []byte {
	bare := proto.Clone(req)
	message := bare.ProtoReflect()
	for _, name := range []protoreflect.Name{"page_size", "page_token"} {
		if field := message.Descriptor().Fields().ByName(name); field != nil {
			message.Clear(field)
		}
	}
	canonical, err := proto.MarshalOptions{Deterministic: true}.Marshal(bare)
	if err != nil {
		panic(fmt.Sprintf("write a list request: %v", err)) // it came in as this message
	}
	mac := hmac.New(sha256.New, p.secret)
	fmt.Fprintf(mac, "page|%s|%d|", message.Descriptor().FullName(), len(canonical))
	mac.Write(canonical)
	mac.Write(body)
	return mac.Sum(nil)[:macBytes]
}
