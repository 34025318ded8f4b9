package command

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"
)

func TestAServerThatSaysNothingMoreIsGivenUp(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			io.WriteString(w, "half")             //nolint:errcheck // the client is the test
			http.NewResponseController(w).Flush() //nolint:errcheck // the client is the test
		}
		<-over
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(over) })
	for _, path := range []string{"/nothing", "/half"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := patientClient(100 * time.Millisecond).Do(req)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		var timeout interface{ Timeout() bool }
		if !errors.Is(err, os.ErrDeadlineExceeded) && (!errors.As(err, &timeout) || !timeout.Timeout()) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
