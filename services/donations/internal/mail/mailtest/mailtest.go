// Package mailtest is a small mail server for tests: it speaks SMTP with STARTTLS and AUTH
// PLAIN on the loopback, and keeps what it takes.
package mailtest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Server is the mail server.
type Server struct {
	// Addr is where it listens, Trust how its certificate is known.
	Addr  string
	Trust *tls.Config

	own *tls.Config

	mu    sync.Mutex
	taken []string          // guarded by mu
	fail  map[string]string // by command, guarded by mu
}

// User and Password are whom it knows.
const (
	User     = "sender"
	Password = "a password of tests"
)

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	t.Helper()
	https := httptest.NewTLSServer(nil) // for its certificate
	https.Close()
	pool := x509.NewCertPool()
	pool.AddCert(https.Certificate())
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		Addr: listener.Addr().String(), Trust: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		own: &tls.Config{Certificates: https.TLS.Certificates, MinVersion: tls.VersionTLS12}, fail: map[string]string{},
	}
	var all sync.WaitGroup
	t.Cleanup(func() {
		_ = listener.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() { s.serve(conn) })
		}
	})
	return s
}

// Fail answers a command ("RCPT") with a line from now on; empty for as usual. "DROP" for
// "DATA" ends the connection once the message is taken.
func (s *Server) Fail(command, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail[command] = answer
}

// Taken are the messages, each after its envelope.
func (s *Server) Taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.taken...)
}

// talk is one conversation.
type talk struct {
	*bufio.Reader

	conn           net.Conn
	secret, signed bool
	envelope       string
}

func (c *talk) say(line string) { fmt.Fprintf(c.conn, "%s\r\n", line) }

func (s *Server) serve(conn net.Conn) {
	c := &talk{Reader: bufio.NewReader(conn), conn: conn}
	defer func() { _ = c.conn.Close() }()
	c.say("220 ready")
	for {
		line, err := c.ReadString('\n')
		if err != nil || !s.answer(c, strings.TrimSpace(line)) {
			return
		}
	}
}

// answer does a command; false ends the conversation.
func (s *Server) answer(c *talk, line string) bool {
	command, _, _ := strings.Cut(strings.ToUpper(line), " ")
	s.mu.Lock()
	fail := s.fail[command]
	s.mu.Unlock()
	switch {
	case fail != "" && fail != "DROP":
		c.say(fail)
	case command == "EHLO" && !c.secret:
		c.say("250-test\r\n250 STARTTLS")
	case command == "EHLO":
		c.say("250-test\r\n250 AUTH PLAIN")
	case command == "STARTTLS":
		c.say("220 go on")
		c.conn = tls.Server(c.conn, s.own)
		c.Reader, c.secret = bufio.NewReader(c.conn), true
	case command == "AUTH":
		want := base64.StdEncoding.EncodeToString([]byte("\x00" + User + "\x00" + Password))
		if c.signed = c.secret && strings.HasSuffix(line, " "+want); !c.signed {
			c.say("535 not known")
			return true
		}
		c.say("235 known")
	case command == "NOOP":
		c.say("250 ok")
	case command == "QUIT":
		c.say("221 bye")
		return false
	case !c.signed:
		c.say("530 sign in first")
	case command == "MAIL", command == "RCPT":
		c.envelope += line + "\n"
		c.say("250 ok")
	case command == "DATA":
		return s.take(c, fail)
	default:
		c.say("500 what")
	}
	return true
}

func (s *Server) take(c *talk, fail string) bool {
	c.say("354 go on")
	text := c.envelope
	for {
		line, err := c.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text += line
	}
	s.mu.Lock()
	s.taken = append(s.taken, text)
	s.mu.Unlock()
	if fail == "DROP" {
		return false
	}
	c.say("250 taken")
	return true
}
