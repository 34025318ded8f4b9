// Package donations wires the donations service: partners, funds, pledges, gifts
// and what Stripe says about them. It decides nothing itself.
package donations

import (
	"context"
	"errors"
	"strings"
	"time"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/donations/internal/duty"
	"github.com/solidarity-fund/solidarity/services/donations/internal/event"
	"github.com/solidarity-fund/solidarity/services/donations/internal/mail"
	"github.com/solidarity-fund/solidarity/services/donations/internal/outgoing"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/donations/internal/sheet"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/stripeapi"
	"github.com/solidarity-fund/solidarity/services/donations/internal/webhook"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/config"
	"github.com/solidarity-fund/solidarity/services/internal/doctor"
	"github.com/solidarity-fund/solidarity/services/internal/service"
)

// Config are the service's settings.
type Config struct {
	config.Service `embed:""`
	config.Access  `embed:""`
	config.Ledger  `embed:""`
	config.Sealed  `embed:""`
	// FamiliesAddr is the address of the families service.
	FamiliesAddr string `help:"Address of the families service." required:""`
	// StripeKey is the account's secret key; its kind, test or live, is also that
	// of the partners' keys and of the events that are taken.
	StripeKey string `name:"stripe-key" help:"Secret key of the Stripe account: sk_test_…, sk_live_… or rk_…." required:"" secret:"true"`
	// StripeWebhookSecrets sign events; two while they are being changed.
	StripeWebhookSecrets []string `name:"stripe-webhook-secrets" help:"Signing secrets of Stripe's webhooks, two while they are being changed." required:"" secret:"true"`
	// StripeURL is where Stripe answers; empty for Stripe itself.
	StripeURL string `name:"stripe-url" help:"Address of another Stripe, for development."`
	// ReceiptIssuer stands on what donors print.
	ReceiptIssuer string `help:"Name and address of the body that is paid, as donors print it on receipts and tax statements; nothing in it may say what for."`
	// SMTP… say how donors are told by e-mail that a payment has come; without an address none is.
	SMTPAddr     string `name:"smtp-addr" help:"Host and port of the mail server by which donors are told that a payment has come; none is told without. It must offer STARTTLS."`
	SMTPFrom     string `name:"smtp-from" help:"Address that donors are told from; nothing in it may say what for."`
	SMTPUser     string `name:"smtp-user" help:"Name at the mail server; empty where it asks for none."`
	SMTPPassword string `name:"smtp-password" help:"Password at the mail server." secret:"true"`
	// WebhookLoopback lets partners' webhook endpoints be on this machine.
	WebhookLoopback bool `name:"webhook-loopback" help:"Send partners' webhooks to addresses of this machine, too, for development."`
}

// mode is test or live, by the kind of the Stripe key.
func (c Config) mode() partner.Mode {
	if _, kind, _ := strings.Cut(c.StripeKey, "_"); strings.HasPrefix(kind, "live_") {
		return partner.Live
	}
	return partner.Test
}

// Check says what of the settings is wrong.
func (c Config) Check() error {
	var own error
	_, kind, _ := strings.Cut(c.StripeKey, "_")
	switch {
	case c.mode() == partner.Test && !strings.HasPrefix(kind, "test_"):
		own = errors.New("the Stripe key is neither a test key nor a live key")
	case c.mode() == partner.Live && (c.Development || c.StripeURL != ""):
		own = errors.New("a live Stripe key is refused in development and with another Stripe's address")
	case sheet.Tells(c.ReceiptIssuer) != "":
		own = errors.New("the issuer of receipts says what the payments are for: whoever finds a sheet would know")
	case c.SMTPAddr != "" && !c.mailable():
		own = errors.New("the address that donors are told from is none, or says what the payments are for")
	case c.WebhookLoopback && !c.Development:
		own = errors.New("webhooks to this machine are for development only")
	}
	return errors.Join(own, c.Service.Check())
}

// mailable says that the sender of messages to donors can be used.
func (c Config) mailable() bool {
	_, err := mail.Address("smtp-from", c.SMTPFrom)
	return err == nil && sheet.Tells(c.SMTPFrom) == ""
}

// mails is where messages to donors are handed over.
func (c Config) mails() mail.Server {
	return mail.Server{Addr: c.SMTPAddr, From: c.SMTPFrom, User: c.SMTPUser, Password: c.SMTPPassword}
}

// delay is for how long a policy stands before it counts.
func (c Config) delay() time.Duration {
	if c.NoDelays() {
		return 0
	}
	return agreement.Delay
}

func (c Config) options() service.Options {
	return service.Options{
		Name: "donations", Migrations: store.Migrations(), KeyStore: &c.Sealed,
		Peers: service.Addresses{"access": c.AccessAddr, "ledger": c.LedgerAddr, "families": c.FamiliesAddr},
	}
}

// Examine says all that is wrong with what the service would run with, and with the
// account at Stripe.
func Examine(ctx context.Context, host service.Host, cfg Config) []doctor.Finding {
	return service.Examine(ctx, host, cfg, cfg.options(),
		stripeapi.New(cfg.StripeKey, cfg.StripeURL).Examine(ctx, cfg.mode() == partner.Live, event.Wanted()), cfg.mails().Examine(ctx))
}

// Run serves until ctx ends.
func Run(ctx context.Context, host service.Host, cfg Config) error {
	s, err := service.Open(ctx, host, cfg, cfg.options())
	if err != nil {
		return err
	}
	defer s.Close()
	staff, err := s.Staff(ctx, nil)
	if err != nil {
		return err
	}
	printer, err := sheet.NewPrinter()
	if err != nil {
		return err
	}
	mode, data := cfg.mode(), store.New(s.DB, s.Queue, s.Rows(), s.Now)
	stripe := stripeapi.New(cfg.StripeKey, cfg.StripeURL)
	policies := agreed.New(agreed.Options{
		DB: s.DB, Ledger: ledgerv1.NewPostingServiceClient(s.Peer("ledger")), Leaves: server.PolicyLeaves, Log: s.Log, Now: s.Now,
	})
	worker := duty.New(duty.Options{
		Store: data, Pages: stripe, Objects: stripe, Holds: stripe, Givings: stripe, Refunds: stripe, Lists: stripe, Keys: s.Keys,
		Messages: outgoing.New(outgoing.Options{Loopback: cfg.WebhookLoopback}), Secrets: s.Keys, Mailer: cfg.mails(), Policies: policies,
		Ledger: ledgerv1.NewPostingServiceClient(s.Peer("ledger")), References: s.Secret("reference"),
		Log: s.Log, Now: s.Now, NoDelays: cfg.NoDelays(),
	})
	return s.Serve(ctx, service.Server{
		Authenticator: server.NewAuthenticator(data, mode, staff, s.Now),
		Duties:        worker.Duties(),
		Tasks:         worker.Tasks(),
		Register: server.New(server.Options{
			Store: data, Pages: worker, Events: webhook.New(data, s.Keys, cfg.StripeWebhookSecrets, mode == partner.Live, s.Now),
			Mails: cfg.SMTPAddr != "", Printer: printer, Issuer: cfg.ReceiptIssuer,
			Proofs: ledgerv1.NewProofServiceClient(s.Peer("ledger")), KeyOf: worker.KeyOf,
			Statements: ledgerv1.NewLedgerServiceClient(s.Peer("ledger")), Holdings: stripe, Mode: mode,
			Adjustments: ledgerv1.NewAdjustmentServiceClient(s.Peer("ledger")),
			Eligibility: familiesv1.NewEligibilityServiceClient(s.Peer("families")),
			Policies:    policies, Delay: cfg.delay(),
			Keys: s.Keys, Loopback: cfg.WebhookLoopback,
			NoDelays: cfg.NoDelays(), Pager: s.Pager(), Now: s.Now,
		}).Register,
	})
}
