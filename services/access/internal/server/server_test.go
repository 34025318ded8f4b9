package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/access/internal/server"
	"github.com/solidarity-fund/solidarity/services/access/internal/staff"
	"github.com/solidarity-fund/solidarity/services/access/internal/store"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/dev/rpctest"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/page"
	"github.com/solidarity-fund/solidarity/services/internal/postgres"
	"github.com/solidarity-fund/solidarity/services/ledger/ledgertest"
)

const issuer = "https://id.example"

// The officers of a founded bench.
const (
	olga = "olga"
	oleg = "oleg"
)

// bench is an access service of the test's own, beside a ledger that knows people by
// its leaves alone. Everybody's token is their subject.
type bench struct {
	*rpctest.Bench
	t      *testing.T
	server *server.Server
	db     *postgres.DB
	ledger *ledgertest.Ledger
	log    *lines
	now    *clock
}

// newBench makes a bench that nobody has founded.
func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, db: postgrestest.New(t, store.Migrations()), log: &lines{}, now: &clock{at: time.Now()}}
	b.ledger = ledgertest.New(t, b.now.Now)
	b.ledger.Trust(b.ledger.Bearers(issuer))
	b.server = b.restart()
	b.Bench = rpctest.New(t, func(g *grpc.Server) {
		accessv1.RegisterAccessServiceServer(g, b.server)
		accessv1.RegisterStaffServiceServer(g, b.server)
	}, bearers{b})
	return b
}

// restart makes a server that remembers nothing.
func (b *bench) restart() *server.Server {
	return server.New(server.Options{
		Store: store.New(b.db), Identities: staff.NewIdentities([]byte("a secret of the test")), Issuer: issuer,
		RestDays: staff.RestDays, Posting: b.ledger.Posting("access"), Standing: b.ledger.Standing("access"),
		Pager: page.New([]byte("another")), Log: slog.New(slog.NewTextHandler(b.log, nil)), Now: b.now.Now,
	})
}

// founded makes a bench with the officers olga and oleg.
func founded(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	if _, err := b.server.Found(t.Context(), []string{olga, oleg}); err != nil {
		t.Fatal(err)
	}
	return b
}

// bearers knows people as the service's own sign-in does.
type bearers struct{ *bench }

// Authenticate takes the subject for a token.
func (b bearers) Authenticate(ctx context.Context, bearer string) (identity.Caller, error) {
	r, err := b.server.ResolveCaller(ctx, &accessv1.ResolveCallerRequest{Issuer: issuer, Subject: bearer})
	if err != nil || r.GetFrozen() {
		return identity.Caller{}, err
	}
	return identity.Caller{Person: r.GetPerson(), Roles: r.GetRoles(), Lapsed: r.GetLapsedOfficer(), AuthTime: time.Now(), Bearer: bearer}, nil
}

// clock is the time of a test.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// lines are what the service has logged.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// service is the client of another service.
func (b *bench) service(name string) accessv1.AccessServiceClient {
	return accessv1.NewAccessServiceClient(b.As(identity.Caller{Service: name}))
}

// person is the client of somebody who signed in.
func (b *bench) person(subject string) accessv1.StaffServiceClient {
	return accessv1.NewStaffServiceClient(b.Bearing(subject))
}

// enrol has the officers enrol somebody and returns the pseudonym.
func (b *bench) enrol(subject string) string {
	b.t.Helper()
	s, err := b.proposeStaff(olga, subject)
	if err == nil {
		s, err = b.confirmStaff(oleg, s.GetName(), subject)
	}
	if err != nil || s.GetState() != accessv1.StaffState_STAFF_STATE_CONFIRMED {
		b.t.Fatalf("enrol %s: %v, %v", subject, s, err)
	}
	return s.GetName()
}

// proposeStaff has somebody propose to enrol a person.
func (b *bench) proposeStaff(by, subject string) (*accessv1.Staff, error) {
	b.t.Helper()
	return b.person(by).ProposeStaff(b.t.Context(), &accessv1.ProposeStaffRequest{Subject: subject})
}

// confirmStaff has somebody confirm who a person is.
func (b *bench) confirmStaff(by, person, subject string) (*accessv1.Staff, error) {
	b.t.Helper()
	return b.person(by).ConfirmStaff(b.t.Context(), &accessv1.ConfirmStaffRequest{Name: person, Subject: subject})
}

// propose has an officer propose a role.
func (b *bench) propose(officer, person string, role policyv1.Role) (*accessv1.Grant, error) {
	b.t.Helper()
	return b.person(officer).ProposeGrant(b.t.Context(), &accessv1.ProposeGrantRequest{Parent: person, Role: role})
}

// confirm has somebody confirm a grant.
func (b *bench) confirm(by, grant, subject string) (*accessv1.Grant, error) {
	b.t.Helper()
	return b.person(by).ConfirmGrant(b.t.Context(), &accessv1.ConfirmGrantRequest{Name: grant, Subject: subject})
}

// grant has the officers grant roles to somebody, and returns the pseudonym.
func (b *bench) grant(subject string, roles ...policyv1.Role) string {
	b.t.Helper()
	name := b.enrol(subject)
	for _, role := range roles {
		g, err := b.propose(olga, name, role)
		if err == nil {
			g, err = b.confirm(oleg, g.GetName(), subject)
		}
		if err != nil || g.GetState() != accessv1.GrantState_GRANT_STATE_CONFIRMED {
			b.t.Fatalf("grant %s to %s: %v, %v", role, subject, g, err)
		}
	}
	return name
}

// resolve asks who somebody is.
func (b *bench) resolve(subject string) (*accessv1.ResolveCallerResponse, error) {
	b.t.Helper()
	return b.service("families").ResolveCaller(b.t.Context(), &accessv1.ResolveCallerRequest{Issuer: issuer, Subject: subject})
}

// roles are what somebody may act as, none where they are not known.
func (b *bench) roles(subject string) []policyv1.Role {
	b.t.Helper()
	r, err := b.resolve(subject)
	if err != nil {
		b.t.Logf("resolve %s: %v", subject, err)
	}
	return r.GetRoles()
}

// exec changes the database as somebody does who has its password.
func (b *bench) exec(sql string, args ...any) {
	b.t.Helper()
	if _, err := b.db.Pool.Exec(b.t.Context(), sql, args...); err != nil {
		b.t.Fatal(err)
	}
}

// revoke has somebody want a grant to be taken back.
func (b *bench) revoke(by, grant string) (*accessv1.Grant, error) {
	b.t.Helper()
	return b.person(by).RevokeGrant(b.t.Context(), &accessv1.RevokeGrantRequest{Name: grant})
}

// freeze has somebody freeze a person.
func (b *bench) freeze(by, person string) (*accessv1.Staff, error) {
	b.t.Helper()
	return b.person(by).FreezeStaff(b.t.Context(), &accessv1.FreezeStaffRequest{Name: person})
}

// unfreeze has somebody want a freeze to be lifted.
func (b *bench) unfreeze(by, person string) (*accessv1.Staff, error) {
	b.t.Helper()
	return b.person(by).UnfreezeStaff(b.t.Context(), &accessv1.UnfreezeStaffRequest{Name: person})
}

// self is how somebody sees themselves.
func (b *bench) self(subject string) *accessv1.Staff {
	b.t.Helper()
	s, err := b.person(subject).GetSelf(b.t.Context(), &accessv1.GetSelfRequest{})
	if err != nil {
		b.t.Fatalf("%s: %v", subject, err)
	}
	return s
}

// away has somebody say that they are away for three weeks.
func (b *bench) away(subject string) {
	b.t.Helper()
	until := b.now.Now().AddDate(0, 0, 21).UTC().Format(time.DateOnly)
	if _, err := b.person(subject).SetAway(b.t.Context(), &accessv1.SetAwayRequest{Name: b.self(subject).GetName(), Until: until}); err != nil {
		b.t.Fatalf("%s is away: %v", subject, err)
	}
}
