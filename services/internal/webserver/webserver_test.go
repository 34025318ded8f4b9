package webserver_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/webserver"
)

// site is a server whose requests end when hold is closed.
type site struct {
	url   string
	asked chan struct{}
	hold  chan struct{}
	stop  context.CancelFunc
	done  chan error // what Serve returns
}

func serve(t *testing.T, s *http.Server, drain time.Duration) *site {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &site{url: "http://" + lis.Addr().String(), asked: make(chan struct{}, 1), hold: make(chan struct{}), done: make(chan error, 1)}
	s.Handler = http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		w.asked <- struct{}{}
		<-w.hold
		io.WriteString(out, "whole") //nolint:errcheck // the client is the test
	})
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	t.Cleanup(cancel)
	go func() { w.done <- webserver.Serve(ctx, s, lis, drain) }()
	return w
}

// get asks for a page in the background.
func get(client *http.Client, url string) chan string {
	answer := make(chan string, 1)
	go func() {
		resp, err := client.Get(url) //nolint:noctx // ends with the server
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		answer <- string(b)
	}()
	return answer
}

func TestARequestThatRunsAtTheEndIsAnswered(t *testing.T) {
	t.Parallel()
	w := serve(t, &http.Server{ReadHeaderTimeout: time.Second}, 20*time.Second)
	answer := get(http.DefaultClient, w.url)
	<-w.asked
	w.stop()
	select {
	case err := <-w.done:
		t.Errorf("it ends before its request: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(w.hold)
	if got, err := <-answer, <-w.done; got != "whole" || err != nil {
		t.Errorf("answer %q, %v", got, err)
	}
}

func TestARequestThatTakesTooLongIsCutOff(t *testing.T) {
	t.Parallel()
	w := serve(t, &http.Server{ReadHeaderTimeout: time.Second}, 50*time.Millisecond)
	defer close(w.hold)
	answer := get(http.DefaultClient, w.url)
	<-w.asked
	w.stop()
	if err := <-w.done; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("serve: %v", err)
	}
	if got := <-answer; got == "whole" {
		t.Error("the request was answered")
	}
}

func TestWithACertificateItSpeaksHTTPS(t *testing.T) {
	t.Parallel()
	lender := httptest.NewTLSServer(nil) // lends its certificate, and a client that trusts it
	defer lender.Close()
	w := serve(t, &http.Server{ReadHeaderTimeout: time.Second, TLSConfig: lender.TLS.Clone()}, time.Second)
	close(w.hold)
	if got := <-get(lender.Client(), "https"+w.url[len("http"):]); got != "whole" {
		t.Errorf("over HTTPS: %q", got)
	}
	w.stop()
	if err := <-w.done; err != nil {
		t.Error(err)
	}
}

func TestAListenerThatFailsEndsIt(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	lis.Close()
	s := &http.Server{ReadHeaderTimeout: time.Second}
	if err := webserver.Serve(t.Context(), s, lis, time.Second); !errors.Is(err, net.ErrClosed) {
		t.Errorf("serve: %v", err)
	}
}
