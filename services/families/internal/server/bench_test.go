package server_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/listfake"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/families/internal/duty"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf/leaftest"
	"github.com/solidarity-fund/solidarity/services/families/internal/server"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/agreement"
	"github.com/solidarity-fund/solidarity/services/internal/agreement/agreed"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	runner "github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// People of the tests. Dina is the person that the lot draws.
const (
	olga  = "staff/s_olga"  // caseworker
	pavel = "staff/s_pavel" // another caseworker
	dina  = "staff/s_dina"  // verifier, drawn by lot
	egor  = "staff/s_egor"  // verifier
	vera  = "staff/s_vera"  // protection officer
)

// bench is the service under test, with the real database and keys; only the
// team, the ledger and the clock are ours.
type bench struct {
	*rpctest.Bench
	t          testing.TB
	db         *postgres.DB
	keys       *seal.Keyring
	prisoners  *register.Store
	households *household.Store
	team       *colleagues
	ledger     *ledger
	policies   *agreed.Store
	clock      *clock
}

func newBench(t testing.TB) *bench {
	t.Helper()
	return newBenchOn(t, postgrestest.New(t, store.Migrations()), sealtest.New(t))
}

func newBenchOn(t testing.TB, db *postgres.DB, keys *seal.Keyring) *bench {
	t.Helper()
	return newBenchWith(t, db, keys, &ledger{})
}

func newBenchWith(t testing.TB, db *postgres.DB, keys *seal.Keyring, l *ledger) *bench {
	t.Helper()
	b := &bench{t: t, db: db, keys: keys, team: newColleagues(), ledger: l, clock: &clock{}}
	b.prisoners = register.New(b.db, b.keys, dutytest.Queue(b.t), b.clock.now)
	b.policies = agreed.New(agreed.Options{DB: b.db, Ledger: b.ledger, Leaves: server.PolicyLeaves, Log: slog.New(slog.DiscardHandler), Now: b.clock.now})
	b.households = household.New(household.Options{Policies: b.policies, DB: b.db, Keys: b.keys, Queue: dutytest.Queue(b.t), Rows: rowmac.New([]byte("secret"), slog.New(slog.DiscardHandler)), Ledger: b.ledger, Log: slog.New(slog.DiscardHandler), Now: b.clock.now, CoolingOff: 48 * time.Hour, Silence: family.ChannelWait})
	b.Bench = rpctest.New(t, func(g *grpc.Server) { b.server().Register(g) })
	return b
}

// server is the server under test.
func (b *bench) server() *server.Server { return server.New(b.options()) }

func (b *bench) options() server.Options {
	return server.Options{
		Prisoners:  b.prisoners,
		Households: b.households,
		Access:     b.team, Decisions: b.ledger, Policies: b.policies, Delay: agreement.Delay, Pager: page.New([]byte("secret of the tests' page tokens")), Now: b.clock.now,
	}
}

// ledger is one that knows plans, too.
type ledger struct {
	leaftest.Ledger
	mu        sync.Mutex
	undecided bool   // no plan is decided
	slow      func() // runs before the answer, where there is one
}

// CheckPlanDecisions takes every plan for decided, unless the test says otherwise.
func (l *ledger) CheckPlanDecisions(context.Context, *ledgerv1.CheckPlanDecisionsRequest, ...grpc.CallOption) (*ledgerv1.CheckPlanDecisionsResponse, error) {
	l.mu.Lock()
	slow := l.slow
	l.mu.Unlock()
	if slow != nil {
		slow()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.undecided {
		return nil, fault.New(fault.Precondition, "DECISIONS_MISSING", "The decisions are not recorded.")
	}
	return &ledgerv1.CheckPlanDecisionsResponse{}, nil
}

// undecide says whether plans are undecided from now on.
func (l *ledger) undecide(undecided bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.undecided = undecided
}

// clock is the real time and what the test adds to it.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// drain does everything that is owed.
func (b *bench) drain() {
	b.t.Helper()
	dutytest.Drain(b.t, b.db, b.duties()...)
}

func (b *bench) duties() []runner.Duty {
	return append(append(duty.Register(b.prisoners), duty.Families(b.households, b.lot())...), runner.By(decision.Kind, decision.NewRecorder(b.db, b.ledger.RecordByRule, time.Now)))
}

// as connects as a person with a role, or as a service.
func (b *bench) as(person string, roles ...policyv1.Role) clients {
	return newClients(b.As(identity.Caller{Service: "gateway", Person: person, Roles: roles}))
}

func (b *bench) caseworker(person string) clients {
	return b.as(person, policyv1.Role_ROLE_CASEWORKER)
}

func (b *bench) verifier(person string) clients { return b.as(person, policyv1.Role_ROLE_VERIFIER) }

func (b *bench) disbursements() clients {
	return newClients(b.As(identity.Caller{Service: "disbursements"}))
}

// clients are all services of one connection.
type clients struct {
	prisoners familiesv1.PrisonerServiceClient
	imports   familiesv1.PrisonerImportServiceClient
	families  familiesv1.FamilyServiceClient
	household familiesv1.HouseholdServiceClient
	requests  familiesv1.AidRequestServiceClient
	input     familiesv1.AllocationInputServiceClient
	release   familiesv1.ReleaseServiceClient
}

func newClients(c *grpc.ClientConn) clients {
	return clients{
		familiesv1.NewPrisonerServiceClient(c), familiesv1.NewPrisonerImportServiceClient(c),
		familiesv1.NewFamilyServiceClient(c), familiesv1.NewHouseholdServiceClient(c),
		familiesv1.NewAidRequestServiceClient(c), familiesv1.NewAllocationInputServiceClient(c),
		familiesv1.NewReleaseServiceClient(c),
	}
}

// upload imports a file as one person; the error is the call's.
func (b *bench) upload(c clients, list, requestID string, file []byte) (*familiesv1.PrisonerImport, error) {
	b.t.Helper()
	stream, err := c.imports.ImportPrisoners(b.t.Context())
	if err != nil {
		return nil, err
	}
	send := func(req *familiesv1.ImportPrisonersRequest) bool { return stream.Send(req) == nil }
	ok := send(&familiesv1.ImportPrisonersRequest{Payload: &familiesv1.ImportPrisonersRequest_Header{
		Header: &familiesv1.ImportPrisonersHeader{SourceList: list, RequestId: requestID},
	}})
	for ok && len(file) > 0 {
		n := min(len(file), 60_000)
		ok = send(&familiesv1.ImportPrisonersRequest{Payload: &familiesv1.ImportPrisonersRequest_Chunk{Chunk: file[:n]}})
		file = file[n:]
	}
	return stream.CloseAndRecv()
}

// register imports and merges a list of made-up rows.
func (b *bench) register(list string, file []byte) *familiesv1.PrisonerImport {
	b.t.Helper()
	i, err := b.upload(b.caseworker(pavel), list, "", file)
	must(b.t, err)
	_, err = b.verifier(egor).imports.MergePrisonerImport(b.t.Context(), &familiesv1.MergePrisonerImportRequest{Name: i.GetName()})
	must(b.t, err)
	b.drain()
	i, err = b.caseworker(pavel).imports.GetPrisonerImport(b.t.Context(), &familiesv1.GetPrisonerImportRequest{Name: i.GetName()})
	must(b.t, err)
	return i
}

// madeUp is a list of made-up rows.
func madeUp(t testing.TB, rows int) []byte {
	t.Helper()
	var file strings.Builder
	must(t, listfake.Generate(&file, 7, rows, listfake.Registry))
	return []byte(file.String())
}

// aPrisoner registers a short list and returns one of its prisoners.
func (b *bench) aPrisoner() string {
	b.t.Helper()
	b.register("spring", madeUp(b.t, 40))
	page, err := b.caseworker(olga).prisoners.ListPrisoners(b.t.Context(), &familiesv1.ListPrisonersRequest{PageSize: 1})
	must(b.t, err)
	return page.GetPrisoners()[0].GetName()
}

// family registers a family of olga's with everything that belongs to it, its
// destination confirmed by egor, in DRAFT.
func (b *bench) family() string {
	b.t.Helper()
	return b.familyOf(b.aPrisoner())
}

func (b *bench) familyOf(prisoner string) string {
	b.t.Helper()
	ctx, c := b.t.Context(), b.caseworker(olga)
	f, err := c.families.CreateFamily(ctx, &familiesv1.CreateFamilyRequest{Family: newFamily(prisoner)})
	must(b.t, err)
	_, err = c.household.CreateMember(ctx, &familiesv1.CreateMemberRequest{Parent: f.GetName(), Member: newMember()})
	must(b.t, err)
	_, err = c.household.CreateContact(ctx, &familiesv1.CreateContactRequest{Parent: f.GetName(), Contact: newContact()})
	must(b.t, err)
	_, err = c.household.CreateConsent(ctx, &familiesv1.CreateConsentRequest{Parent: f.GetName(), Consent: b.newConsent()})
	must(b.t, err)
	b.destination(f.GetName(), newDestination())
	return f.GetName()
}

// destination adds a destination of olga's and confirms it as egor.
func (b *bench) destination(family string, d *familiesv1.Destination) *familiesv1.Destination {
	b.t.Helper()
	made, err := b.caseworker(olga).household.CreateDestination(b.t.Context(), &familiesv1.CreateDestinationRequest{Parent: family, Destination: d})
	must(b.t, err)
	made, err = b.hears(b.verifier(egor), made.GetName(), d)
	must(b.t, err)
	return made
}

// hears has somebody call the family about a destination, and enter anew what they
// heard.
func (b *bench) hears(who clients, name string, heard *familiesv1.Destination) (*familiesv1.Destination, error) {
	b.t.Helper()
	if _, err := who.household.CallDestination(b.t.Context(), &familiesv1.CallDestinationRequest{Name: name}); err != nil {
		return nil, err
	}
	return who.household.ConfirmDestination(b.t.Context(), enteredAnew(name, heard))
}

// enteredAnew is the confirmation of a destination by who heard this.
func enteredAnew(name string, heard *familiesv1.Destination) *familiesv1.ConfirmDestinationRequest {
	req := &familiesv1.ConfirmDestinationRequest{Name: name, SpokenWithFamily: true}
	switch d := heard.GetDetails().(type) {
	case *familiesv1.Destination_BankAccount:
		req.Details = &familiesv1.ConfirmDestinationRequest_BankAccount{BankAccount: d.BankAccount}
	case *familiesv1.Destination_Wallet:
		req.Details = &familiesv1.ConfirmDestinationRequest_Wallet{Wallet: d.Wallet}
	case *familiesv1.Destination_Collector:
		req.Details = &familiesv1.ConfirmDestinationRequest_Collector{Collector: d.Collector}
	case *familiesv1.Destination_Payee:
		req.Details = &familiesv1.ConfirmDestinationRequest_Payee{Payee: d.Payee}
	case *familiesv1.Destination_Parcel:
		req.Details = &familiesv1.ConfirmDestinationRequest_Parcel{Parcel: d.Parcel}
	}
	return req
}

// confirmsContact has somebody call the family over a channel.
func (b *bench) confirmsContact(who clients, req *familiesv1.ConfirmContactRequest) (*familiesv1.Contact, error) {
	b.t.Helper()
	if _, err := who.household.CallContact(b.t.Context(), &familiesv1.CallContactRequest{Name: req.GetName()}); err != nil {
		return nil, err
	}
	return who.household.ConfirmContact(b.t.Context(), req)
}

// verified is a family of olga's that dina has confirmed.
func (b *bench) verified() string {
	b.t.Helper()
	name := b.family()
	b.verify(name)
	return name
}

func (b *bench) verify(name string) {
	b.t.Helper()
	ctx, c := b.t.Context(), b.caseworker(olga)
	_, err := c.families.SubmitFamily(ctx, &familiesv1.SubmitFamilyRequest{Name: name})
	must(b.t, err)
	_, err = c.families.ProposeVerification(ctx, &familiesv1.ProposeVerificationRequest{Name: name})
	must(b.t, err)
	_, err = b.verifier(dina).families.ConfirmVerification(ctx, &familiesv1.ConfirmVerificationRequest{Name: name})
	must(b.t, err)
}

// approved is a request of a verified family that egor has approved.
func (b *bench) approved(cycles int32) *familiesv1.AidRequest {
	b.t.Helper()
	return b.approvedFor(b.verified(), cycles)
}

func (b *bench) approvedFor(family string, cycles int32) *familiesv1.AidRequest {
	b.t.Helper()
	r := newRequest()
	r.Cycles = cycles
	r, err := b.caseworker(olga).requests.CreateAidRequest(b.t.Context(), &familiesv1.CreateAidRequestRequest{Parent: family, AidRequest: r})
	must(b.t, err)
	r, err = b.verifier(egor).requests.ApproveAidRequest(b.t.Context(), &familiesv1.ApproveAidRequestRequest{Name: r.GetName()})
	must(b.t, err)
	return r
}

func newFamily(prisoner string) *familiesv1.Family {
	return &familiesv1.Family{
		Prisoner: prisoner, CountryCode: "LT",
		AlteredCodeRule: familiesv1.AlteredCodeRule_ALTERED_CODE_RULE_LAST_DIGIT_UP,
	}
}

func newMember() *familiesv1.Member {
	return &familiesv1.Member{FullName: "Марыя Прыдуманая", Relationship: familiesv1.Relationship_RELATIONSHIP_CHILD, BirthYear: 2015}
}

func newContact() *familiesv1.Contact {
	return &familiesv1.Contact{Channel: familiesv1.ContactChannel_CONTACT_CHANNEL_SIGNAL, Address: "+370 600 00000", Language: "be"}
}

func (b *bench) newConsent() *familiesv1.Consent {
	return &familiesv1.Consent{
		Purpose: familiesv1.ConsentPurpose_CONSENT_PURPOSE_AID, GivenOn: b.clock.now().UTC().Format(time.DateOnly),
	}
}

func newDestination() *familiesv1.Destination {
	return newAccount("LT12 1000 0111 0100 1000", "Vilnius")
}

// newAccount is a destination that is an account with an IBAN.
func newAccount(iban, town string) *familiesv1.Destination {
	return &familiesv1.Destination{Details: &familiesv1.Destination_BankAccount{BankAccount: &familiesv1.BankAccount{
		AccountHolder: "Maryja Prydumanaja", Number: &familiesv1.BankAccount_Iban{Iban: iban}, Bic: "HABALT22",
		CountryCode: "LT", Town: town,
	}}}
}

// newWallet is a destination that is no account.
func newWallet() *familiesv1.Destination {
	return &familiesv1.Destination{Details: &familiesv1.Destination_Wallet{Wallet: &familiesv1.Wallet{
		Network: familiesv1.WalletNetwork_WALLET_NETWORK_BITCOIN, Address: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
	}}}
}

// sepaForms are the forms that a rail of SEPA transfers takes.
func sepaForms() []*familiesv1.AcceptedForm {
	return []*familiesv1.AcceptedForm{{
		Form:    familiesv1.DestinationForm_DESTINATION_FORM_BANK_ACCOUNT,
		Schemes: []familiesv1.DestinationScheme{familiesv1.DestinationScheme_DESTINATION_SCHEME_SEPA},
	}}
}

func newRequest() *familiesv1.AidRequest {
	return &familiesv1.AidRequest{
		Category: familiesv1.AidCategory_AID_CATEGORY_PARCELS, Urgency: familiesv1.Urgency_URGENCY_HIGH,
		Amount: postingtest.Money(150_00), Cycles: 1,
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks that err is a fault with a reason.
func refused(t testing.TB, what string, err error, reason fault.Reason) {
	t.Helper()
	if !fault.Is(err, reason) {
		t.Errorf("%s: %v, want reason %s", what, err, reason)
	}
}

// violates checks that err names a field.
func violates(t testing.TB, what string, err error, field string) {
	t.Helper()
	f := fault.As(err)
	if f == nil || len(f.Violations) == 0 || f.Violations[0].Field != field {
		t.Errorf("%s: %v, want a violation of %s", what, err, field)
	}
}
