// Package page makes and reads the opaque tokens of list calls. A token says
// after which row the next page starts; it is encrypted and bound to the request
// that it continues, so that it cannot be read, made up or used for another list.
package page

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
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

// Page is what a list call asks for.
type Page struct {
	// Size is how many rows to answer, from 1 to MaxSize.
	Size int
	// After are the keys of the last row seen, nil for the first page.
	After []string
	// Filter and OrderBy say which rows and in which order, as the request has them.
	Filter, OrderBy string
	// Open are the states in which a row is open to the caller, for lists that can be
	// asked for those only.
	Open []string
}

// Pager makes and reads tokens. It is safe for concurrent use.
type Pager struct{ aead cipher.AEAD }

// New makes a Pager; every replica of a service needs the same secret.
func New(secret []byte) *Pager {
	key := sha256.Sum256(secret)
	block, err := aes.NewCipher(key[:])
	if err != nil {
		panic(fmt.Sprintf("make a page cipher: %v", err)) // 32 bytes are a key
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(fmt.Sprintf("make a page cipher: %v", err)) // AES has the right block size
	}
	return &Pager{aead: aead}
}

// Request is what list requests have in common.
type Request interface {
	proto.Message
	GetPageSize() int32
	GetPageToken() string
}

// Parse reads size and token of a list request. A negative size, and a token that
// was not made by Next for the same request, are faults that name the field.
func (p *Pager) Parse(req Request) (Page, error) {
	size := int(req.GetPageSize())
	switch {
	case size < 0:
		return Page{}, fault.Field("pageSize", fault.FieldOutOfRange, "must not be negative")
	case size == 0:
		size = DefaultSize
	case size > MaxSize:
		size = MaxSize
	}
	asked := Page{Size: size}
	if r, ok := req.(interface{ GetFilter() string }); ok {
		asked.Filter = r.GetFilter()
	}
	if r, ok := req.(interface{ GetOrderBy() string }); ok {
		asked.OrderBy = r.GetOrderBy()
	}
	if req.GetPageToken() == "" {
		return asked, nil
	}
	var err error
	if asked.After, err = p.open(req); err != nil {
		return Page{}, err
	}
	return asked, nil
}

// Next returns the token of the page after the row with these keys. What they say,
// a time to the microsecond for one, can be read by this pager alone.
func (p *Pager) Next(req proto.Message, keys ...string) string {
	body, err := json.Marshal(keys)
	if err != nil {
		panic(fmt.Sprintf("write a page token: %v", err)) // strings always marshal
	}
	nonce := make([]byte, p.aead.NonceSize(), p.aead.NonceSize()+len(body)+p.aead.Overhead())
	rand.Read(nonce) // never fails: it aborts the program instead
	return base64.RawURLEncoding.EncodeToString(p.aead.Seal(nonce, nonce, body, binding(req)))
}

func (p *Pager) open(req Request) ([]string, error) {
	token, err := base64.RawURLEncoding.Strict().DecodeString(req.GetPageToken())
	if err != nil || len(token) < p.aead.NonceSize() {
		return nil, BadToken()
	}
	nonce, sealed := token[:p.aead.NonceSize()], token[p.aead.NonceSize():]
	body, err := p.aead.Open(nil, nonce, sealed, binding(req))
	if err != nil {
		return nil, BadToken()
	}
	var keys []string
	if err := json.Unmarshal(body, &keys); err != nil {
		return nil, BadToken().With(err)
	}
	return keys, nil
}

// binding is the request's type and content, size and token left out: a token is
// good for nothing else.
func binding(req proto.Message) []byte {
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
	return append([]byte("page|"+message.Descriptor().FullName()+"|"), canonical...)
}
