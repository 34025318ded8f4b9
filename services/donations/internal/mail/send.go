package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/doctor"
)

// patience bounds one conversation.
const patience = 15 * time.Second

// ErrRefused is the error of a message that the server will never take.
var ErrRefused = errors.New("the mail server refuses the message")

// errPlain is the error of a server without TLS.
var errPlain = errors.New("the mail server offers no STARTTLS")

// Server is where messages are handed over.
type Server struct {
	// Addr is host and port, From the sender's address.
	Addr, From string
	// User and Password are empty for a server that asks for none.
	User, Password string
	// Plain goes without TLS, for development.
	Plain bool
	// TLS is how the server is trusted; nil for the system's way.
	TLS *tls.Config
}

// Send hands a message over. An error says nothing of the address. ErrRefused is for good;
// after any other the outcome may be unknown: sent again, it is the same message.
func (s Server) Send(ctx context.Context, m Message) error {
	return s.talk(ctx, func(c *smtp.Client) error {
		if err := c.Mail(s.From); err != nil {
			return err
		}
		if err := c.Rcpt(m.To); err != nil {
			return err
		}
		w, err := c.Data()
		if err != nil {
			return err
		}
		if _, err := w.Write(m.text(s.From)); err != nil {
			return err
		}
		return w.Close()
	})
}

// Examine says what is wrong with the server and how it is spoken to.
func (s Server) Examine(ctx context.Context) []doctor.Finding {
	r := doctor.About("e-mail")
	if s.Addr == "" {
		return nil
	}
	if err := s.talk(ctx, (*smtp.Client).Noop); err != nil {
		r.Fault(err.Error(), "look at the settings --smtp-…, and whether the server can be reached from here")
	}
	return r.Findings()
}

// talk has a conversation with the server, enciphered and signed in.
func (s Server) talk(ctx context.Context, say func(*smtp.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	host, _, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fmt.Errorf("reach mail server: %w", err)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.Addr)
	if err != nil {
		return fmt.Errorf("reach mail server: %w", err)
	}
	end, _ := ctx.Deadline()
	c, err := s.greet(conn, end, host)
	if err != nil {
		return errors.Join(fmt.Errorf("greet mail server: %w", silent(err)), conn.Close())
	}
	defer c.Close() //nolint:errcheck // what counts has been answered
	if err := say(c); err != nil {
		return fmt.Errorf("send message: %w", silent(err))
	}
	_ = c.Quit() // the message is taken
	return nil
}

func (s Server) greet(conn net.Conn, end time.Time, host string) (*smtp.Client, error) {
	if err := conn.SetDeadline(end); err != nil {
		return nil, err
	}
	c, err := smtp.NewClient(conn, host)
	if err != nil {
		return nil, err
	}
	if !s.Plain {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return nil, errPlain
		}
		trust := &tls.Config{MinVersion: tls.VersionTLS12}
		if s.TLS != nil {
			trust = s.TLS.Clone()
		}
		trust.ServerName = host
		if err := c.StartTLS(trust); err != nil {
			return nil, err
		}
	}
	if s.User == "" {
		return c, nil
	}
	return c, c.Auth(smtp.PlainAuth("", s.User, s.Password, host))
}

// silent keeps of a server's answer its code alone: its words may repeat the address.
func silent(err error) error {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return err
	}
	if answer.Code >= 550 && answer.Code < 560 {
		return fmt.Errorf("%w: %d", ErrRefused, answer.Code)
	}
	return fmt.Errorf("the mail server answers %d", answer.Code)
}
