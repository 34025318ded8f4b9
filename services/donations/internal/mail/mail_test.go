package mail_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/mail"
	"github.com/solidarity-fund/solidarity/services/donations/internal/mail/mailtest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/sheet"
)

func server(s *mailtest.Server) mail.Server {
	return mail.Server{Addr: s.Addr, From: "post@example.org", User: mailtest.User, Password: mailtest.Password, TLS: s.Trust}
}

// A message goes enciphered and signed in, and says nothing of amount or purpose.
func TestAMessageIsHandedOverAndTellsNothing(t *testing.T) {
	t.Parallel()
	for _, l := range []sheet.Language{sheet.Belarusian, sheet.Russian, sheet.English} {
		s := mailtest.New(t)
		m := mail.Message{To: "jane@friends.example", Language: l, Key: "k1", At: time.Date(2027, 3, 15, 9, 0, 0, 0, time.UTC)}
		if err := server(s).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		taken := s.Taken()
		if len(taken) != 1 {
			t.Fatalf("%d messages", len(taken))
		}
		head, body, _ := strings.Cut(taken[0], "\r\n\r\n")
		for _, want := range []string{"MAIL FROM:<post@example.org>", "RCPT TO:<jane@friends.example>", "\nMessage-ID: <k1@example.org>\r\n", "Date: Mon, 15 Mar 2027 09:00:00 +0000"} {
			if !strings.Contains(head, want) {
				t.Errorf("%s: no %q in %s", l, want, head)
			}
		}
		text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(body, "\r\n", ""))
		if err != nil || len(text) < 60 || sheet.Tells(string(text)) != "" || strings.Contains(string(text), "@") {
			t.Errorf("%s: %q, %v", l, text, err)
		}
	}
}

// No error repeats the address, and what is for good is told from what is not.
func TestWhatTheServerAnswersIsToldByItsCodeAlone(t *testing.T) {
	t.Parallel()
	s := mailtest.New(t)
	m := mail.Message{To: "jane@friends.example", Language: sheet.English, Key: "k"}
	for _, c := range []struct {
		command, answer string
		final           bool
	}{{"RCPT", "550 no jane@friends.example here", true}, {"RCPT", "450 jane@friends.example later", false}, {"MAIL", "451 later", false}, {"DATA", "DROP", false}} {
		s.Fail(c.command, c.answer)
		err := server(s).Send(t.Context(), m)
		if err == nil || errors.Is(err, mail.ErrRefused) != c.final || strings.Contains(err.Error(), "jane") {
			t.Errorf("%s: %v", c.answer, err)
		}
		s.Fail(c.command, "")
	}
	wrong := server(s)
	wrong.Password = "x"
	if err := wrong.Send(t.Context(), m); err == nil || errors.Is(err, mail.ErrRefused) {
		t.Errorf("a wrong password: %v", err)
	}
	untrusted := server(s)
	untrusted.TLS = nil
	if err := untrusted.Send(t.Context(), m); err == nil {
		t.Error("a certificate that nobody knows is trusted")
	}
	plain := server(s)
	plain.Plain = true
	if err := plain.Send(t.Context(), m); err == nil {
		t.Error("the server takes a message in the open")
	}
	s.Fail("EHLO", "250 test")
	if err := server(s).Send(t.Context(), m); err == nil || !strings.Contains(err.Error(), "STARTTLS") {
		t.Errorf("a server without TLS: %v", err)
	}
}

func TestTheServerIsExamined(t *testing.T) {
	t.Parallel()
	s := mailtest.New(t)
	if found := server(s).Examine(t.Context()); len(found) != 0 {
		t.Errorf("all is well: %v", found)
	}
	if found := (mail.Server{}).Examine(t.Context()); len(found) != 0 {
		t.Errorf("none is set: %v", found)
	}
	s.Fail("AUTH", "535 no")
	if found := server(s).Examine(t.Context()); len(found) != 1 || strings.Contains(found[0].Problem, mailtest.Password) {
		t.Errorf("a wrong password: %v", found)
	}
}

func TestOnlyABareAddressIsTaken(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"jane@friends.example", "j.d+x@a-b.example.org"} {
		if got, err := mail.Address("donorEmail", good); err != nil || got != good {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "jane", "@friends.example", "jane@", "Jane <jane@friends.example>", "<jane@friends.example>", "a@b.example, c@d.example", "jane@friends.example\r\nBcc: x@y.example",
		" jane@friends.example", "jän@friends.example", `"a b"@friends.example`, "jane@[127.0.0.1]", strings.Repeat("a", 250) + "@b.example",
	} {
		if _, err := mail.Address("donorEmail", bad); err == nil || bad != "" && strings.Contains(err.Error(), bad) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
