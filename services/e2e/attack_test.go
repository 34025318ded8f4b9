package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/dev/story"
	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// These are what somebody does who has one service's password to its database, while
// everybody else works on over REST. Each is tried against the services alone, too, once
// with its protection off, by the tests that SECURITY.md names.

// fiveStatements take a locked plan, $1, to where its payments are submitted, in the names
// of colleagues who know nothing of it.
var fiveStatements = []string{
	`INSERT INTO plan_persons (plan_id, person, hat)
		VALUES ($1, 'staff/s_forged1', 'APPROVER'), ($1, 'staff/s_forged2', 'AUTHORIZER'), ($1, 'staff/s_forged3', 'RELEASER')`,
	`INSERT INTO plan_acts (plan_id, kind, person, hat, digest, created_at, expires_at, sequence)
		SELECT p.id, a.kind, a.person, a.hat, p.digest, now(), CASE WHEN a.kind <> 'RELEASE' THEN now() + interval '7 days' END, a.n
		FROM payment_plans p, (VALUES ('APPROVE', 'staff/s_forged1', 'APPROVER', 4), ('AUTHORIZE', 'staff/s_forged2', 'AUTHORIZER', 5),
			('RELEASE', 'staff/s_forged3', 'RELEASER', 6)) AS a (kind, person, hat, n) WHERE p.id = $1`,
	`UPDATE payment_plans SET state = 'ACCEPTED' WHERE id = $1`,
	`INSERT INTO payment_files (id, plan_id, state, message_digest, payments, created_at)
		VALUES ('pf_00000000000000000000000001', $1, 'COLLECTING', sha256('M1'), 2, now() - interval '1 hour')`,
	`UPDATE payments SET state = 'SUBMITTED', submit_at = now() - interval '1 hour', file_id = 'pf_00000000000000000000000001' WHERE plan_id = $1`,
}

// inventedFamily copies what a verified family has, $1 being the new one.
var inventedFamily = []string{
	`INSERT INTO families SELECT (jsonb_populate_record(f, jsonb_build_object('family_id', $1::text))).* FROM families f WHERE family_id = $2`,
	`INSERT INTO verifications SELECT (jsonb_populate_record(v, jsonb_build_object('family_id', $1::text, 'verification_id', 'v_' || substr($1, 3)))).*
		FROM verifications v WHERE family_id = $2 AND outcome = 'CONFIRMED'`,
	`INSERT INTO consents SELECT (jsonb_populate_record(c, jsonb_build_object('family_id', $1::text, 'consent_id', 'n_' || substr($1, 3)))).* FROM consents c WHERE family_id = $2`,
	`INSERT INTO destinations SELECT (jsonb_populate_record(d, jsonb_build_object('family_id', $1::text, 'destination_id', 'd_' || substr($1, 3)))).* FROM destinations d WHERE family_id = $2`,
	`INSERT INTO aid_requests SELECT (jsonb_populate_record(a, jsonb_build_object('family_id', $1::text, 'aid_request_id', 'a_' || substr($1, 3)))).* FROM aid_requests a WHERE family_id = $2`,
	`INSERT INTO aid_request_cycles SELECT (jsonb_populate_record(c, jsonb_build_object('aid_request_id', 'a_' || substr($1, 3)))).*
		FROM aid_request_cycles c JOIN aid_requests a USING (aid_request_id) WHERE a.family_id = $2`,
}

// errPlanned ends the story where the attack on its plan begins.
var errPlanned = errors.New("planned")

func TestWhoWritesToADatabaseGetsNothingPaidWhileAllWorkOn(t *testing.T) {
	t.Parallel()
	i := start(t, dataFolder(t))
	a := &attack{installation: i, t: t}
	a.tell(func(chapter string) error {
		switch chapter {
		case "round":
			a.inventAFamily()
		case "plan":
			return errPlanned
		}
		return nil
	})
	a.theInventedFamilyGotNothing()
	a.forgeAPlan()
	a.payWithACertificate()
	a.insertARole()
	a.useCertificates()
	i.verify(filepath.Join(t.TempDir(), "export"))
}

// attack is somebody who has passwords of databases.
type attack struct {
	*installation
	t         *testing.T
	family    string
	treasurer string // the token of an honest one
}

// tell plays the story as far as before says.
func (a *attack) tell(before func(chapter string) error) {
	a.t.Helper()
	list := filepath.Join(a.t.TempDir(), "list.csv")
	if out, errs, err := run(a.t, "generate", "prisoners", list, "--rows", "300"); err != nil {
		a.t.Fatalf("generate list: %v\n%s%s", err, out, errs)
	}
	rows, err := os.ReadFile(list)
	if err != nil {
		a.t.Fatal(err)
	}
	_, err = story.Play(a.t.Context(), story.Options{
		REST: a.state.REST, Stripe: a.state.Stripe, List: bytes.NewReader(rows), Gifts: 4, Families: 3,
		Tell: func(line string) { a.t.Log(line) }, Now: time.Now, SignIn: a.signIn, Save: func(string, []byte) error { return nil },
		Between: func(_ context.Context, chapter string) error { return before(chapter) },
	})
	if !errors.Is(err, errPlanned) {
		a.t.Fatalf("the story ends with %v", err)
	}
	a.treasurer = a.token("tomas", "treasurer")
}

// sql runs statements in a service's database by the service's own role.
func (a *attack) sql(service string, statements []string, args ...any) {
	a.t.Helper()
	conn := a.connect(service)
	defer conn.Close(context.Background())
	for _, sql := range statements {
		own := args
		if !strings.Contains(sql, "$2") {
			own = args[:1]
		}
		if tag, err := conn.Exec(a.t.Context(), sql, own...); err != nil || tag.RowsAffected() == 0 {
			a.t.Fatalf("%s: %v, %v", sql, tag, err)
		}
	}
}

// value reads one text from a service's database.
func (a *attack) value(service, sql string, args ...any) (text string) {
	a.t.Helper()
	conn := a.connect(service)
	defer conn.Close(context.Background())
	if err := conn.QueryRow(a.t.Context(), sql, args...).Scan(&text); err != nil {
		a.t.Fatalf("%s: %v", sql, err)
	}
	return text
}

func (a *attack) connect(service string) *pgx.Conn {
	a.t.Helper()
	return a.installation.connect("solidarity_"+service, service)
}

// connect opens a service's database as a role.
func (i *installation) connect(role, service string) *pgx.Conn {
	i.t.Helper()
	pid, err := os.ReadFile(filepath.Join(i.layout.Postgres(), "data", "postmaster.pid"))
	if err != nil {
		i.t.Fatal(err)
	}
	lines := strings.Split(string(pid), "\n")
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/solidarity_" + service,
		RawQuery: url.Values{"host": {lines[4]}, "port": {lines[3]}, "sslmode": {"disable"}}.Encode()}
	conn, err := pgx.Connect(i.t.Context(), u.String())
	if err != nil {
		i.t.Fatal(err)
	}
	return conn
}

// alarmed waits until the log has a line with an alarm and the given words.
func (a *attack) alarmed(what string, words ...string) {
	a.t.Helper()
	for deadline := time.Now().Add(4 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		log, err := os.ReadFile(a.layout.Logs())
		if err != nil {
			a.t.Fatal(err)
		}
		for line := range strings.Lines(string(log)) {
			found := strings.Contains(line, `"alarm":true`)
			for _, word := range words {
				found = found && strings.Contains(line, word)
			}
			if found {
				return
			}
		}
	}
	a.t.Errorf("no alarm about %s", what)
}

// refused fails unless a call over REST is refused with one of the reasons.
func (a *attack) refused(what string, err error, reasons ...string) {
	a.t.Helper()
	for _, reason := range reasons {
		if err != nil && strings.Contains(err.Error(), reason) {
			return
		}
	}
	a.t.Errorf("%s: %v, want %v", what, err, reasons)
}

func (a *attack) inventAFamily() {
	a.t.Helper()
	real := a.value("families", `SELECT family_id FROM families WHERE state = 'VERIFIED' ORDER BY family_id LIMIT 1`)
	a.family = "f_000000000000000000000invent"[:28]
	a.sql("families", inventedFamily, a.family, real)
}

func (a *attack) theInventedFamilyGotNothing() {
	a.t.Helper()
	a.alarmed("the invented family", a.family)
	var awards struct{ Awards []struct{ Family string } }
	if err := restclient.New(a.state.REST, a.treasurer).Get(a.t.Context(), "/v1/awards?pageSize=100", &awards); err != nil {
		a.t.Fatal(err)
	}
	if len(awards.Awards) == 0 || strings.Contains(fmt.Sprint(awards), a.family) {
		a.t.Errorf("awards: %v", awards)
	}
}

// forgeAPlan locks a plan over REST, forges the rest of it, and goes on over REST.
func (a *attack) forgeAPlan() {
	a.t.Helper()
	ctx, maker := a.t.Context(), restclient.New(a.state.REST, a.treasurer)
	var plan struct{ Name, State, Digest string }
	round := a.value("disbursements", `SELECT id FROM allocation_rounds WHERE state = 'COMMITTED'`)
	a.done("make plan", maker.Post(ctx, "/v1/paymentPlans", map[string]any{"allocationRound": "allocationRounds/" + round, "rail": "sepa"}, &plan))
	a.done("lock plan", maker.Post(ctx, "/v1/"+plan.Name+":lock", map[string]any{}, &plan))
	before := a.books()
	id := strings.TrimPrefix(plan.Name, "paymentPlans/")
	a.sql("disbursements", fiveStatements, id)
	a.alarmed("the forged plan", id, "DECISIONS_MISSING")
	// The program shows what its rows say, and does nothing of it.
	a.done("read plan", maker.Get(ctx, "/v1/"+plan.Name, &plan))
	releaser := restclient.New(a.state.REST, a.token("viktor", "treasurer"))
	a.refused("a release", releaser.Post(ctx, "/v1/"+plan.Name+":release", map[string]any{"digest": plan.Digest}, nil), "ILLEGAL_STATE")
	a.refused("a download", maker.Post(ctx, "/v1/"+plan.Name+"/files/pf_00000000000000000000000001:proposeDownload",
		map[string]any{"reason": "PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER"}, nil), "FILE_NOT_SEALED")
	var payments struct {
		Payments []struct{ Name, State string }
	}
	a.done("list payments", maker.Get(ctx, "/v1/payments?pageSize=100", &payments))
	for _, y := range payments.Payments {
		if y.State != "PAYMENT_STATE_SUBMITTED" {
			a.t.Errorf("payment %+v", y)
		}
	}
	if after := a.books(); len(payments.Payments) == 0 || after != before {
		a.t.Errorf("%d payments; the books were\n%s\nand are\n%s", len(payments.Payments), before, after)
	}
}

func (a *attack) done(what string, err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatalf("%s: %v", what, err)
	}
}

// books is the trial balance as an auditor sees it.
func (a *attack) books() string {
	a.t.Helper()
	c := &cast{i: a.installation, auditor: a.token("otto", "auditor")}
	return c.books(a.t)
}

// insertARole makes an approver a treasurer in SQL.
func (a *attack) insertARole() {
	a.t.Helper()
	token, staff, err := a.signIn(a.t.Context(), "eva", "approver")
	a.done("sign in", err)
	eva := restclient.New(a.state.REST, token)
	round := map[string]any{"currencyCode": "EUR", "budgets": []any{map[string]any{
		"fund": "funds/general", "amount": map[string]any{"minorUnits": "1000", "currencyCode": "EUR"}}}}
	a.refused("a round by an approver", eva.Post(a.t.Context(), "/v1/allocationRounds", round, nil), "PERMISSION_DENIED")
	a.sql("access", []string{`
		INSERT INTO role_grants SELECT (jsonb_populate_record(g, jsonb_build_object('id', 'g_0000000000000000000000evil', 'staff_id', $1::text))).*
		FROM role_grants g WHERE g.state = 'CONFIRMED' AND g.role = 'TREASURER' AND g.proposer <> $1 LIMIT 1`}, strings.TrimPrefix(staff, "staff/"))
	time.Sleep(1500 * time.Millisecond) // an answer of access holds for a second
	a.refused("a round by a forged role", eva.Post(a.t.Context(), "/v1/allocationRounds", round, nil), "PERMISSION_DENIED")
	a.alarmed("the inserted role", "g_0000000000000000000000evil", "ROW_CHANGED")
}
