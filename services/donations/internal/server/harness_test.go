package server_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/donation"
	"github.com/solidarity-fund/solidarity/services/donations/internal/duty"
	"github.com/solidarity-fund/solidarity/services/donations/internal/outgoing"
	"github.com/solidarity-fund/solidarity/services/donations/internal/partner"
	"github.com/solidarity-fund/solidarity/services/donations/internal/rules"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/donations/internal/webhook"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
	"github.com/solidarity-fund/solidarity/services/ledger/ledgertest"
)

// signingSecret signs the tests' webhooks.
const signingSecret = "whsec_test"

// bench is the service under test: real server, store and duties, the ledger in
// memory, Stripe faked.
type bench struct {
	t      testing.TB
	db     *postgres.DB
	trips  *postgrestest.Trips // to db
	rpc    *rpctest.Bench
	keys   *seal.Keyring
	store  *store.Store
	worker *duty.Worker
	stripe *fakeStripe
	ledger *ledgertest.Ledger
	rules  *fakeRules
	rows   store.Rows
	log    *bytes.Buffer // of what was done with rows
	now    func() time.Time
}

func newBench(t testing.TB) *bench { return newBenchAt(t, time.Now) }

// newBenchAt is newBench with a clock of its own.
func newBenchAt(t testing.TB, now func() time.Time) *bench {
	t.Helper()
	b := &bench{
		now: now,
		t:   t, db: postgrestest.New(t, store.Migrations()), keys: sealtest.New(t),
		stripe: newFakeStripe(), ledger: ledgertest.New(t, now),
		log: &bytes.Buffer{}, rules: &fakeRules{},
	}
	b.rows = rowmac.New([]byte("secret of the rows"), slog.New(slog.NewTextHandler(b.log, nil)))
	// somebody has chosen that the general fund promises 100 % of a gift
	if _, err := b.db.Pool.Exec(context.Background(), `UPDATE funds SET promises_full = true WHERE id = 'general'`); err != nil {
		t.Fatal(err)
	}
	b.db, b.trips = postgrestest.Counted(t, b.db)
	b.store = store.New(b.db, dutytest.Queue(t), b.rows, now)
	b.worker = duty.New(duty.Options{
		Store: b.store, Pages: b.stripe, Objects: b.stripe, Holds: b.stripe, Givings: noGivings{}, Refunds: b.stripe, Lists: b.stripe, Keys: b.keys,
		Messages: outgoing.New(outgoing.Options{Loopback: true}), Secrets: b.keys, Policies: fixed(rules.Printed()),
		Ledger: b.ledger.Posting("donations"), References: []byte("secret of the references"),
		Log: slog.New(slog.DiscardHandler), Now: now, NoDelays: true,
	})
	b.serve()
	return b
}

// serve starts the server; a second time it is as after a restart.
func (b *bench) serve() { b.serveFor(server.NewAuthenticator(b.store, partner.Test, noStaff{}, b.now)) }

// serveFor is serve for callers whom an authenticator knows.
func (b *bench) serveFor(known rpc.Authenticator) {
	b.t.Helper()
	b.rpc = rpctest.New(b.t, func(g *grpc.Server) {
		server.New(server.Options{
			Store: b.store, Pages: b.worker, Events: webhook.New(b.store, b.keys, []string{"whsec_next", signingSecret}, false, b.now),
			Mails: true, Printer: b.printer(), Issuer: "Example e. V.",
			Proofs: proofs{b.ledger}, KeyOf: b.worker.KeyOf,
			Statements: b.ledger.Reports("donations"), Holdings: b.stripe, Eligibility: b.rules, Mode: partner.Test, NoDelays: true, Policies: b.agreed(b.now),
			Keys: b.keys, Loopback: true,
			Pager: page.New([]byte("secret of the pages")), Now: b.now,
		}).Register(g)
	}, known)
}

// fixed is a policy that nobody changes.
type fixed rules.Policy

// Counts says the policy.
func (f fixed) Counts(_ context.Context, _ string, policy any) error {
	*policy.(*rules.Policy) = rules.Policy(f)
	return nil
}

// unblocked is a policy by which cards of all countries give.
func unblocked() fixed {
	f := fixed(rules.Printed())
	f.Blocked = nil
	return f
}

// agreed keeps the versions of the policy.
func (b *bench) agreed(now func() time.Time) *agreed.Store {
	return agreed.New(agreed.Options{DB: b.db, Ledger: b.ledger.Posting("donations"), Leaves: server.PolicyLeaves, Log: slog.New(slog.DiscardHandler), Now: now})
}

// drain does what is owed, of the named duties only: others wait for a day that
// has not come.
func (b *bench) drain(kinds ...string) {
	b.t.Helper()
	if len(kinds) == 0 {
		kinds = []string{
			store.DutyEvent, store.DutyPost, store.DutyClear, store.DutyPostCleared, store.DutyCheckout, store.DutyExpire, store.DutyGiving,
		}
	}
	var duties []runner.Duty
	for _, d := range b.worker.Duties() {
		if slices.Contains(kinds, d.Kind) {
			duties = append(duties, d)
		}
	}
	dutytest.Drain(b.t, b.db, duties...)
}

// staff connects as a person with roles.
func (b *bench) staff(roles ...policyv1.Role) *grpc.ClientConn {
	return b.rpc.As(identity.Caller{Service: "gateway", Person: "staff/s_1", Roles: roles})
}

// testPartner is a partner with the connection of its secret key.
type testPartner struct {
	*donationsv1.Partner
	conn *grpc.ClientConn
}

func (b *bench) newPartner() testPartner {
	b.t.Helper()
	created, err := donationsv1.NewPartnerServiceClient(b.staff(policyv1.Role_ROLE_OPERATOR)).CreatePartner(context.Background(),
		&donationsv1.CreatePartnerRequest{Partner: &donationsv1.Partner{
			DisplayName: "Friends", Origins: []string{"https://friends.example"}, ReturnUrls: []string{"https://friends.example/thanks/"},
		}})
	if err != nil {
		b.t.Fatalf("create partner: %v", err)
	}
	return testPartner{created, b.rpc.Bearing(created.GetSecretKey())}
}

// pledgeOf is a good pledge of an amount to funds.
func pledgeOf(minor int64, funds ...string) *donationsv1.Pledge {
	p := &donationsv1.Pledge{Amount: postingtest.Money(minor), ReturnUrl: "https://friends.example/thanks/you"}
	for _, f := range funds {
		p.Designations = append(p.Designations, &donationsv1.Designation{Fund: "funds/" + f})
	}
	return p
}

func (b *bench) pledge(p testPartner, pledge *donationsv1.Pledge) *donationsv1.Pledge {
	b.t.Helper()
	made, err := donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(context.Background(), &donationsv1.CreatePledgeRequest{Pledge: pledge})
	if err != nil {
		b.t.Fatalf("create pledge: %v", err)
	}
	return made
}

// donation returns the only donation of a pledge.
func (b *bench) donation(p testPartner, pledge *donationsv1.Pledge) *donationsv1.Donation {
	b.t.Helper()
	list, err := donationsv1.NewDonationServiceClient(p.conn).ListDonations(context.Background(),
		&donationsv1.ListDonationsRequest{Filter: `pledge = "` + pledge.GetName() + `"`})
	if err != nil {
		b.t.Fatalf("list donations: %v", err)
	}
	if len(list.GetDonations()) != 1 {
		b.t.Fatalf("%d donations, want 1", len(list.GetDonations()))
	}
	return list.GetDonations()[0]
}

// deliver sends a signed event about an object.
func (b *bench) deliver(id, kind string, object map[string]any) error {
	payload := eventBody(id, kind, object)
	return b.deliverRaw(payload, sign(payload, signingSecret, time.Now()))
}

func (b *bench) deliverRaw(payload []byte, signature string) error {
	_, err := donationsv1.NewWebhookServiceClient(b.rpc.As(identity.Caller{Service: "gateway"})).ReceiveStripeEvent(
		context.Background(), &donationsv1.ReceiveStripeEventRequest{Payload: payload, Signature: signature})
	return err
}

func eventBody(id, kind string, object map[string]any) []byte {
	body, err := json.Marshal(map[string]any{
		"id": id, "object": "event", "type": kind, "api_version": "2023-10-16", "created": time.Now().Unix(),
		"livemode": false, "data": map[string]any{"object": object},
	})
	if err != nil {
		panic(err)
	}
	return body
}

func sign(payload []byte, secret string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", at.Unix(), payload)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

// pay lets the donor pay and Stripe tell about it.
func (b *bench) pay(pledge *donationsv1.Pledge) (intent string) {
	b.t.Helper()
	intent = b.stripe.try(pledge.GetName(), false)
	b.tell("evt_"+intent, "checkout.session.completed", pledge, intent)
	return intent
}

// payPage lets the donor pay on one of Stripe's pages, and Stripe tell about it.
func (b *bench) payPage(session string) {
	b.t.Helper()
	b.stripe.pay(session)
	if err := b.deliver("evt_"+session, "checkout.session.completed", map[string]any{"id": session, "object": "checkout.session"}); err != nil {
		b.t.Fatalf("deliver: %v", err)
	}
}

// tell delivers an event about a pledge's page.
func (b *bench) tell(id, kind string, pledge *donationsv1.Pledge, intent string) {
	b.t.Helper()
	object := map[string]any{"id": b.stripe.page(pledge.GetName()).ID, "object": "checkout.session"}
	if intent != "" {
		object["payment_intent"] = intent
	}
	if err := b.deliver(id, kind, object); err != nil {
		b.t.Fatalf("deliver %s: %v", kind, err)
	}
}

// lookedAt is what a look at a payment said while its try had failed.
func lookedAt(b *bench, intent, pledgeID string) donation.Reading {
	return donation.Reading{
		Pledge: pledgeID, Payment: donation.Payment{IntentID: intent}, State: donation.Failed,
		Charged: b.stripe.intents[intent].Amount,
	}
}

// count counts rows.
func (b *bench) count(table, where string) (n int) {
	b.t.Helper()
	if err := b.db.Pool.QueryRow(context.Background(), `SELECT count(*) FROM `+table+` WHERE `+where).Scan(&n); err != nil {
		b.t.Fatalf("count %s: %v", table, err)
	}
	return n
}
