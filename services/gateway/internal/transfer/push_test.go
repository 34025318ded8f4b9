package transfer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"google.golang.org/grpc"
)

// sink is a client stream that remembers what it was sent.
type sink struct {
	grpc.ClientStreamingClient[string, int]
	got    strings.Builder
	closed bool
}

func (s *sink) Send(piece *string) error {
	s.got.WriteString(*piece)
	return nil
}

func (s *sink) CloseAndRecv() (*int, error) {
	s.closed = true
	n := s.got.Len()
	return &n, nil
}

func wrap(b []byte) *string {
	s := string(b)
	return &s
}

func TestPushSendsABodyWhole(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 7} {
		s := &sink{}
		got, err := push(iotest.HalfReader(strings.NewReader(strings.Repeat("x", n))), s, wrap, func() {})
		if err != nil || *got != n || !s.closed {
			t.Errorf("%d bytes: %v, closed %t", n, err, s.closed)
		}
	}
}

func TestPushCancelsWhatIsNotWhole(t *testing.T) {
	t.Parallel()
	long := func() io.Reader { return strings.NewReader(strings.Repeat("x", chunkSize+10)) }
	for want, body := range map[error]io.Reader{
		errBroken: io.MultiReader(long(), iotest.ErrReader(io.ErrUnexpectedEOF)),
		errLarge:  http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(long()), chunkSize),
	} {
		s := &sink{}
		ctx, cancel := context.WithCancel(t.Context())
		_, err := push(body, s, wrap, cancel)
		if !errors.Is(err, want) || s.closed || ctx.Err() == nil {
			t.Errorf("%v: %v, closed %t, cancelled %t", want, err, s.closed, ctx.Err() != nil)
		}
	}
}
