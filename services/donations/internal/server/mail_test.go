package server_test

import (
	"strings"
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	post "github.com/solidarity-fund/solidarity/services/donations/internal/mail"
	"github.com/solidarity-fund/solidarity/services/donations/internal/mail/mailtest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

const donorsAddress = "alesia@friends.example"

// mailing lets the service speak to a mail server of the test.
func (w *years) mailing() *mailtest.Server {
	s := mailtest.New(w.t)
	w.worker.Mailer = post.Server{Addr: s.Addr, From: "post@example.org", User: mailtest.User, Password: mailtest.Password, TLS: s.Trust}
	return s
}

func (w *years) pledgeWithMail(p testPartner) (*donationsv1.Pledge, string) {
	w.t.Helper()
	asked := pledgeOf(5000, "general")
	asked.DonorEmail, asked.Language = donorsAddress, "be"
	made := w.pledge(p, asked)
	return made, strings.TrimPrefix(made.GetName(), "pledges/")
}

// A donor is told once that the payment has come, and the address is nowhere then.
func TestADonorIsToldOnceAndTheAddressIsDeleted(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	s := w.mailing()
	made, id := w.pledgeWithMail(w.newPartner())
	if made.GetDonorEmail() != "" || holds(w.dump(), donorsAddress) || w.count("mails", "true") != 1 {
		t.Error("the address can be read, or is not kept")
	}
	// before it is paid nothing is sent,
	if err := w.worker.Mail(t.Context(), id); err != nil || len(s.Taken()) != 0 {
		t.Errorf("before: %v, %v", s.Taken(), err)
	}
	w.use(made, visa)
	w.pass(day)
	if owed, err := w.store.OwedMails(t.Context(), w.read(), "", 10); err != nil || len(owed) != 1 || owed[0] != id {
		t.Errorf("owed: %v, %v", owed, err)
	}
	// then it is sent once, though it is asked for twice,
	w.drain(store.DutyMail)
	for range 2 {
		if err := w.worker.Mail(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	if taken := s.Taken(); len(taken) != 1 || !strings.Contains(taken[0], "RCPT TO:<"+donorsAddress+">") {
		t.Errorf("sent: %v", taken)
	}
	// and nothing of it is left.
	if w.count("mails", "true") != 0 || holds(w.dump(), donorsAddress) || strings.Contains(w.log.String(), donorsAddress) {
		t.Error("the address is kept")
	}
}

// A server that is away is asked again, with the same message; one that refuses is not.
func TestAMessageIsTriedAgainAsTheSameOne(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	s, p := w.mailing(), w.newPartner()
	made, id := w.pledgeWithMail(p)
	w.use(made, visa)
	s.Fail("DATA", "DROP")
	if err := w.worker.Mail(t.Context(), id); !fault.Is(err, fault.ReasonMailUnavailable) || strings.Contains(err.Error(), donorsAddress) {
		t.Fatalf("its answer is lost: %v", err)
	}
	s.Fail("DATA", "")
	if err := w.worker.Mail(t.Context(), id); err != nil || len(s.Taken()) != 1 {
		t.Errorf("at once: %d, %v", len(s.Taken()), err) // somebody may be sending it
	}
	w.pass(day)
	if err := w.worker.Mail(t.Context(), id); err != nil {
		t.Error(err)
	}
	taken := s.Taken()
	if len(taken) != 2 || messageID(taken[0]) == "" || messageID(taken[0]) != messageID(taken[1]) || w.count("mails", "true") != 0 {
		t.Errorf("sent: %v", taken)
	}
	other, id := w.pledgeWithMail(p)
	w.use(other, visa)
	s.Fail("RCPT", "550 nobody")
	if err := w.worker.Mail(t.Context(), id); err != nil || w.count("mails", "true") != 0 {
		t.Errorf("one that is refused: %v", err)
	}
}

func messageID(text string) string {
	_, rest, _ := strings.Cut(text, "Message-ID: ")
	id, _, _ := strings.Cut(rest, "\r\n")
	return id
}

// An address goes with its donor, and after 30 days without a payment.
func TestAnAddressDoesNotOutliveItsUse(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	s, p := w.mailing(), w.newPartner()
	forgotten, _ := w.pledgeWithMail(p)
	_, unpaid := w.pledgeWithMail(p)
	if _, err := w.forget(forgotten, ""); err != nil || w.count("mails", "true") != 1 {
		t.Errorf("forgotten: %v", err)
	}
	w.pass(32 * day)
	if err := w.worker.Mail(t.Context(), unpaid); err != nil || w.count("mails", "true") != 0 || len(s.Taken()) != 0 {
		t.Errorf("after 32 days: %d, %v", len(s.Taken()), err)
	}
	for name, change := range map[string]func(*donationsv1.Pledge){
		"no address": func(p *donationsv1.Pledge) { p.DonorEmail = "alesia" },
		"a language": func(p *donationsv1.Pledge) { p.DonorEmail, p.Language = donorsAddress, "de" },
		"alone":      func(p *donationsv1.Pledge) { p.Language = "be" },
	} {
		asked := pledgeOf(5000, "general")
		change(asked)
		if _, err := donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(t.Context(), &donationsv1.CreatePledgeRequest{Pledge: asked}); !fault.OfKind(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
