package household_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"
	"time"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/dev/dutytest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/families/internal/destination"
	"github.com/solidarity-fund/solidarity/services/families/internal/family"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/families/internal/leaf/leaftest"
	"github.com/solidarity-fund/solidarity/services/families/internal/lot"
	"github.com/solidarity-fund/solidarity/services/families/internal/store"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/verification"
	"github.com/solidarity-fund/solidarity/services/internal/decision"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
	"github.com/solidarity-fund/solidarity/services/internal/rowmac"
	"github.com/solidarity-fund/solidarity/services/internal/seal"
)

// People of the desk: whose case it is, who was drawn, and who confirms the rest.
const (
	owner    = "staff/s_owner"
	drawn    = "staff/s_drawn"
	verifier = "staff/s_verifier"
)

// desk is a store beside a ledger, with one family that can be paid and one request of
// its that can be funded.
type desk struct {
	t      testing.TB
	db     *postgres.DB
	store  *household.Store
	ledger *leaftest.Ledger
	log    *bytes.Buffer
	ahead  time.Duration

	family, destination, request string
	// entered are the accounts that were entered, by id.
	entered map[string]destination.Details
}

func (d *desk) now() time.Time { return time.Now().Add(d.ahead) }

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) as(person string) context.Context {
	return identity.Into(d.t.Context(), identity.Caller{Person: person})
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{t: t, ledger: &leaftest.Ledger{}}
	return d.over(d.ledger)
}

// over opens the desk over a ledger.
func (d *desk) over(ledger leaf.Posting) *desk {
	d.t.Helper()
	d.db, d.log = postgrestest.New(d.t, store.Migrations()), &bytes.Buffer{}
	keys := sealtest.New(d.t)
	d.must(keys.Create(d.t.Context(), seal.Prisoner("pr_1")))
	log := slog.New(slog.NewJSONHandler(d.log, nil))
	d.store = household.New(household.Options{Policies: leaftest.Printed{},
		DB: d.db, Keys: keys, Queue: dutytest.Queue(d.t), Rows: rowmac.New([]byte("secret"), log), Ledger: ledger, Log: log,
		Now: d.now, CoolingOff: 48 * time.Hour,
	})
	d.statement(`WITH l AS (INSERT INTO source_lists (list_digest, name_sealed) VALUES (sha256('spring'), ''))
		INSERT INTO prisoner_imports (import_id, list_digest, state, importer, created_at, progressed_at) VALUES ('i_1', sha256('spring'), 'STAGED', 'staff/a', now(), now())`)
	d.statement(`INSERT INTO prisoners (prisoner_id, list_digest, source_digest, status, version, row_digest, seen_in, created_on)
		VALUES ('pr_1', sha256('spring'), sha256('1'), 'ACTIVE', 1, sha256(''), 'i_1', now())`)
	return d
}

// awake says that some verifiers are, and nobody else.
func awake(verifiers ...string) lot.Awake { return lot.Awake{Verifiers: verifiers} }

// statement runs SQL with the service's own role, as whoever has its password does.
func (d *desk) statement(sql string, arguments ...any) {
	d.t.Helper()
	if _, err := d.db.Pool.Exec(d.t.Context(), sql, arguments...); err != nil {
		d.t.Fatal(err)
	}
}

// owed does what is owed to the ledger.
func (d *desk) owed() {
	d.t.Helper()
	dutytest.Drain(d.t, d.db, duty.By(decision.Kind, decision.NewRecorder(d.db, d.ledger.RecordByRule, d.now)))
}

// registered is a family in DRAFT with a consent and a destination, all of it entered
// by its owner.
func (d *desk) registered() (familyID, destinationID string) {
	d.t.Helper()
	ctx, scope := d.as(owner), family.Scope{Person: owner}
	f, err := d.store.CreateFamily(ctx, household.Registration{Owner: owner, PrisonerID: "pr_1", Country: "LT"})
	d.must(err)
	today := d.now().UTC().Truncate(24 * time.Hour)
	_, err = d.store.AddConsent(ctx, scope, f.ID, family.Consent{Purpose: family.PurposeAid, GivenOn: today, ExpiresOn: today.AddDate(1, 0, 0)})
	d.must(err)
	_, err = d.store.AddContact(ctx, scope, f.ID, family.Contact{Channel: "PHONE", Address: "+370 600 00000"})
	d.must(err)
	return f.ID, d.account(f.ID, "LT121000011101001000")
}

func (d *desk) account(familyID, iban string) string {
	d.t.Helper()
	details := destination.Details{
		BankAccount: &destination.BankAccount{AccountHolder: "Somebody", IBAN: iban, Country: "LT", Town: "Vilnius"},
	}
	a, err := d.store.AddDestination(d.as(owner), family.Scope{Person: owner}, familyID, details)
	d.must(err)
	if d.entered == nil {
		d.entered = map[string]destination.Details{}
	}
	d.entered[a.ID] = details
	return a.ID
}

// confirm has a person call a family about an account, and enter it anew.
func (d *desk) confirm(person, familyID, account string) error {
	d.t.Helper()
	if _, err := d.store.CallDestination(d.as(person), person, familyID, account); err != nil {
		return err
	}
	_, err := d.store.ConfirmDestination(d.as(person), person, familyID, account, d.entered[account])
	return err
}

// asked is a request of a family, entered by its owner.
func (d *desk) asked(familyID string) string {
	d.t.Helper()
	r, err := d.store.CreateAidRequest(d.as(owner), family.Scope{Person: owner}, aidrequest.Request{
		FamilyID: familyID, Category: "FOOD", Urgency: "NORMAL", Amount: postingtest.EUR(10_000), Cycles: 1,
	})
	d.must(err)
	return r.ID
}

// payable plays what honest people do until a family can be paid.
func (d *desk) payable() *desk {
	d.t.Helper()
	ctx, scope := d.as(owner), family.Scope{Person: owner}
	d.family, d.destination = d.registered()
	_, err := d.store.AddMember(ctx, scope, d.family, family.Member{FullName: "Somebody", BirthYear: 1980})
	d.must(err)
	_, err = d.store.SubmitFamily(ctx, scope, d.family)
	d.must(err)
	_, err = d.store.ProposeVerification(ctx, scope, d.family, awake(drawn))
	d.must(err)
	_, err = d.store.DecideVerification(d.as(drawn), drawn, d.family, verification.Confirmed, "")
	d.must(err)
	d.must(d.confirm(verifier, d.family, d.destination))
	d.request = d.asked(d.family)
	_, err = d.store.ApproveAidRequest(d.as(verifier), verifier, d.family, d.request, "")
	d.must(err)
	return d
}

// committed is a round that somebody has committed.
func (d *desk) committed() household.Commit {
	d.t.Helper()
	c := household.Commit{Round: "r_1", Committer: "s_approver", Digest: [32]byte{7}}
	step := posting.RoundCommitted(posting.RoundStep{Round: c.Round, Person: c.Committer, Digest: c.Digest[:]})
	_, err := d.ledger.Record(d.as("staff/s_approver"), &ledgerv1.RecordRequest{Decisions: []*ledgerv1.DecisionDraft{step}})
	d.must(err)
	return c
}

// hasRound has a round reserve a request, whoever may be paid.
func (d *desk) hasRound(requestID string) {
	d.t.Helper()
	d.must(d.store.HasRound(d.t.Context(), requestID, "allocationRounds/r_1"))
}

// released asks for the account of a family, for a payment of a plan that is decided and
// pays what a committed round has awarded.
func (d *desk) released(familyID, requestID string) error {
	d.t.Helper()
	return d.releasedFor(familyID, household.Share{
		Key: aidrequest.Key{FamilyID: familyID, RequestID: requestID, Cycle: 1}, Minor: 10_000, Round: d.committed(),
	})
}

func (d *desk) releasedFor(familyID string, share household.Share) error {
	d.t.Helper()
	_, err := d.store.ReleaseDestination(d.t.Context(), household.Release{
		Payment: "payments/y_" + familyID, Plan: "paymentPlans/p_1", Attempt: 1, FamilyID: familyID, Rail: "sepa",
		Accepted: []destination.Accepted{{Form: destination.FormBankAccount}},
		Amount:   postingtest.EUR(share.Minor), Digest: make([]byte, 32),
		Shares: []household.Share{share},
	}, household.Checks{
		Decided: func(context.Context) error { return nil },
		InPlan:  func(household.Release, []byte) error { return nil },
	})
	return err
}

// funded reports whether a round is offered a request, and whether it gets it.
func (d *desk) funded(familyID, requestID string) (listed, reserved bool) {
	d.t.Helper()
	list, err := d.store.Fundable(d.t.Context(), page.Page{Size: 100})
	d.must(err)
	for _, f := range list {
		listed = listed || f.Request.ID == requestID && !f.Undecided
	}
	round := "allocationRounds/r_" + requestID
	held, err := d.store.Reserve(d.t.Context(), aidrequest.Commit{Round: round, Number: 1},
		[]aidrequest.Key{{FamilyID: familyID, RequestID: requestID, Cycle: 1}})
	d.must(err)
	return listed, len(held) == 0
}
