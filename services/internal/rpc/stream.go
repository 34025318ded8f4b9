package rpc

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
)

// contextStream is a server stream with another context, whose end ends waiting.
type contextStream struct {
	grpc.ServerStream
	ctx  context.Context
	show func(any) any // what of an answer its reader may see
}

// Context returns the context with the caller and the deadline in it.
func (s *contextStream) Context() context.Context { return s.ctx }

// RecvMsg refuses a message that is too large, as a request is.
func (s *contextStream) RecvMsg(m any) error {
	if err := s.within(func() error { return s.ServerStream.RecvMsg(m) }); err != nil {
		return err
	}
	return fits(m)
}

// SendMsg gives up when the deadline passes, however slowly the client reads.
func (s *contextStream) SendMsg(m any) error {
	return s.within(func() error { return s.ServerStream.SendMsg(s.show(m)) })
}

// within waits for a step of the stream no longer than its context lasts: the
// transport knows only the deadline that the client has set. A step that is left
// behind ends when the handler has returned, which closes the stream.
func (s *contextStream) within(step func() error) error {
	done := make(chan error, 1)
	go func() { done <- step() }()
	select {
	case err := <-done:
		return err
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// faultStream is a client stream whose errors are faults.
type faultStream struct {
	grpc.ClientStream
	caller context.Context    // who has opened it; the stream's own ends with it
	single bool               // the server answers once
	cancel context.CancelFunc // lets go of the deadline
}

// RecvMsg receives a message; the end of the stream stays io.EOF.
func (s faultStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	told := s.told(err)
	if err != nil || s.single {
		s.cancel()
	}
	return told
}

// SendMsg sends a message; io.EOF says that RecvMsg will tell the error.
func (s faultStream) SendMsg(m any) error { return s.told(s.ClientStream.SendMsg(m)) }

func (s faultStream) told(err error) error {
	if errors.Is(err, io.EOF) {
		return err
	}
	return fromStatus(s.caller, err)
}
