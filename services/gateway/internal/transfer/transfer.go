// Package transfer serves what is not JSON: uploads in chunks, downloads as they
// come, the raw files of the Merkle log, and Stripe's webhook. A download that
// breaks off ends with a broken connection, never with what looks like its end.
package transfer

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/solidarity-fund/solidarity/services/gateway/internal/edge"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/limit"
	"github.com/solidarity-fund/solidarity/services/gateway/internal/problem"
)

const (
	chunkSize    = 64 << 10
	transferTime = 10 * time.Minute
	callTime     = 20 * time.Second
)

// begin gives a transfer its time, and its call the headers that services see.
func begin(w http.ResponseWriter, r *http.Request, length time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(r.Context(), length)
	deadline, _ := ctx.Deadline()
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(deadline) // where it cannot be set the server's own holds
	_ = c.SetWriteDeadline(deadline.Add(time.Second))
	md := metadata.MD{}
	for name := range r.Header {
		if to, ok := edge.Metadata(name); ok {
			md.Set(to, r.Header.Get(name))
		}
	}
	return metadata.NewOutgoingContext(ctx, md), cancel
}

func fail(w http.ResponseWriter, r *http.Request, p problem.Problem) {
	problem.Write(w, edge.From(r.Context()).ID, p)
}

// whole is begin for an upload. That the client has gone shows in the body; once
// the body is there the answer matters even if nobody waits for it.
func whole(w http.ResponseWriter, r *http.Request) (context.Context, context.CancelFunc) {
	return begin(w, r.WithContext(context.WithoutCancel(r.Context())), transferTime)
}

// enter lets an upload in: somebody must stand for it, who has few others open. It
// answers who is not let in. What is refused is not read: a client that is slow to send
// would hold the connection.
func enter(w http.ResponseWriter, r *http.Request, slots *limit.Slots) (leave func(), ok bool) {
	w.Header().Set("Connection", "close") // else net/http reads the body before it answers
	if r.Header.Get("Authorization") == "" {
		fail(w, r, problem.NoCredential())
		return nil, false
	}
	if leave, ok = slots.Enter(edge.From(r.Context()).Who); !ok {
		fail(w, r, problem.Overloaded())
	}
	return leave, ok
}

// admitted waits until the service has judged who uploads. Where it refuses them, the
// stream's answer says why.
func admitted(r *http.Request, s grpc.ClientStream, cancel context.CancelFunc) bool {
	late := time.AfterFunc(callTime, cancel)
	defer late.Stop()
	header, err := s.Header() // none of a stream that was refused; RecvMsg has the error
	edge.From(r.Context()).Judged = true
	return err == nil && header != nil
}

// typed reports whether the body has one of the media types.
func typed(r *http.Request, types ...string) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && slices.Contains(types, kind)
}

// errBroken says that a body did not arrive whole, errLarge that it is too large.
var (
	errBroken = errors.New("the body broke off")
	errLarge  = errors.New("the body is too large")
)

// tooLong reports whether a body says of itself that it is over a limit.
func tooLong(r *http.Request, limit int64) bool { return r.ContentLength > limit }

// push sends a body in chunks and returns the stream's answer. A body that
// breaks off is not ended but cancelled, so that nobody takes half for whole.
func push[Req, Res any](body io.Reader, s grpc.ClientStreamingClient[Req, Res], wrap func([]byte) *Req, cancel context.CancelFunc) (*Res, error) {
	chunk := make([]byte, chunkSize)
	for {
		n, err := fill(body, chunk)
		if n > 0 {
			if err := s.Send(wrap(chunk[:n])); err != nil {
				return s.CloseAndRecv() // tells why
			}
		}
		var large *http.MaxBytesError
		switch {
		case errors.Is(err, io.EOF):
			return s.CloseAndRecv()
		case errors.As(err, &large):
			cancel()
			return nil, errLarge
		case err != nil:
			cancel()
			return nil, errBroken
		}
	}
}

// fill reads until chunk is full or the body ends. Unlike io.ReadFull it tells
// the end from a body that broke off.
func fill(body io.Reader, chunk []byte) (n int, err error) {
	for n < len(chunk) && err == nil {
		var m int
		m, err = body.Read(chunk[n:])
		n += m
	}
	return n, err
}

// pull writes a stream's chunks as they come. An error before the first is a
// problem document; later the connection is broken.
func pull(w http.ResponseWriter, r *http.Request, contentType, file string, next func() ([]byte, error)) {
	chunk, err := next()
	if err != nil && !errors.Is(err, io.EOF) {
		fail(w, r, problem.From(err))
		return
	}
	w.Header().Set("Content-Type", contentType)
	if file != "" {
		w.Header().Set("Content-Disposition", `attachment; filename="`+file+`"`)
	}
	for !errors.Is(err, io.EOF) {
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if _, err := w.Write(chunk); err != nil {
			panic(http.ErrAbortHandler)
		}
		chunk, err = next()
	}
}
