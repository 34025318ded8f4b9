package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/donations/internal/server"
	"github.com/solidarity-fund/solidarity/services/donations/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// decline lets so many payments of a pledge be declined now.
func (b *bench) decline(pledge *donationsv1.Pledge, from, to int) {
	b.t.Helper()
	b.write(`INSERT INTO donations (id, pledge_id, partner_id, state, failure, charged_currency, charged, intent_id, created_at)
		SELECT 'd_' || n || id, id, partner_id, 'FAILED', 'DECLINED', 'EUR', 5000, 'pi_' || n || id, $4
		FROM pledges, generate_series($2::integer, $3::integer) n WHERE id = $1`, pledge.GetName(), from, to, b.now())
}

// start starts a pledge.
func (p testPartner) start() error {
	_, err := donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(context.Background(), &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "general")})
	return err
}

// colleague connects as another person with roles.
func (b *bench) colleague(roles ...policyv1.Role) donationsv1.PartnerServiceClient {
	return donationsv1.NewPartnerServiceClient(b.rpc.As(identity.Caller{Service: "gateway", Person: "staff/s_2", Roles: roles}))
}

func TestTwentyOneDeclinesWithinAnHourStopAPartnerUntilTwoLiftIt(t *testing.T) {
	t.Parallel()
	now, forward := movable()
	b := newBenchAt(t, now)
	var log bytes.Buffer
	b.worker.Log = slog.New(slog.NewTextHandler(&log, nil))
	p, other, ctx := b.newPartner(), b.newPartner(), t.Context()
	public := testPartner{p.Partner, b.rpc.Bearing(p.GetPublishableKey())}
	pledge := b.pledge(p, pledgeOf(5000, "general"))
	// given twenty declines now and one of before the hour
	b.decline(pledge, 1, 1)
	forward(61 * time.Minute)
	b.decline(pledge, 2, 21)
	if b.drain(store.DutyWatch); p.start() != nil || log.Len() != 0 {
		t.Fatalf("twenty declines stop it: %s", &log)
	}
	// when there is one more
	b.decline(pledge, 22, 22)
	if err := p.start(); err != nil {
		t.Errorf("the test sees no protection: before anybody has looked, %v", err)
	}
	if n := b.count("river_job", `args ->> 'duty' = 'partner.watch'`); n != 22 {
		t.Errorf("%d jobs look at once", n)
	}
	b.drain(store.DutyWatch)
	// then it starts nothing by any key, and others do
	for what, one := range map[string]testPartner{"its secret key": p, "its publishable key": public} {
		if err := one.start(); !fault.Is(err, fault.ReasonPartnerStopped) || !fault.OfKind(err, fault.Precondition) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := other.start(); err != nil {
		t.Errorf("another partner: %v", err)
	}
	seen, err := donationsv1.NewPartnerServiceClient(p.conn).GetPartner(ctx, &donationsv1.GetPartnerRequest{Name: p.GetName()})
	if err != nil || seen.GetState() != donationsv1.PartnerState_PARTNER_STATE_STOPPED || seen.GetStopReason() != donationsv1.PartnerStopReason_PARTNER_STOP_REASON_DECLINES || seen.GetStopTime() == nil {
		t.Errorf("%v, %v", seen, err)
	}
	if !strings.Contains(log.String(), "alarm=true") || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("log %s", &log)
	}
	// until two have lifted it: one alone does not
	mine := donationsv1.NewPartnerServiceClient(b.rpc.As(identity.Caller{Service: "gateway", Person: "staff/s_1", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER}}))
	confirm := &donationsv1.ConfirmLiftPartnerStopRequest{Name: p.GetName()}
	if _, err := mine.ConfirmLiftPartnerStop(ctx, confirm); !fault.Is(err, fault.ReasonIllegalState) {
		t.Errorf("without a proposal: %v", err)
	}
	if _, err := mine.ProposeLiftPartnerStop(ctx, &donationsv1.ProposeLiftPartnerStopRequest{Name: p.GetName()}); err != nil {
		t.Fatal(err)
	}
	if _, err := mine.ConfirmLiftPartnerStop(ctx, confirm); !fault.Is(err, fault.ReasonSamePerson) || p.start() == nil {
		t.Errorf("the same person: %v", err)
	}
	if lifted, err := b.colleague(policyv1.Role_ROLE_APPROVER).ConfirmLiftPartnerStop(ctx, confirm); err != nil || lifted.GetState() != donationsv1.PartnerState_PARTNER_STATE_OPEN {
		t.Fatalf("%v, %v", lifted, err)
	}
	// and the declines of before count no more
	if b.drain(store.DutyWatch); p.start() != nil {
		t.Error("it is stopped again for the same")
	}
	forward(time.Minute)
	b.decline(pledge, 30, 50)
	if b.drain(store.DutyWatch); !fault.Is(p.start(), fault.ReasonPartnerStopped) {
		t.Error("new declines do not stop it")
	}
}

func TestDisputesStopAPartner(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	for i := range 2 {
		pledge := b.pledge(p, pledgeOf(5000, "general"))
		b.pay(pledge)
		b.drain(store.DutyEvent)
		b.write(`INSERT INTO disputes SELECT 'dp_' || $2::text, id, partner_id, $3::text, 'EUR', 5000, 'du_' || $2::text, created_at FROM donations WHERE pledge_id = $1`,
			pledge.GetName(), strconv.Itoa(i), "INQUIRY")
		if b.drain(store.DutyWatch); p.start() != nil {
			t.Fatal("inquiries stop it")
		}
		b.write(`UPDATE disputes SET state = 'OPEN' WHERE id = 'dp_' || $2::text AND $1 <> ''`, "any", strconv.Itoa(i))
		b.drain(store.DutyWatch)
		if err := p.start(); (i == 1) != fault.Is(err, fault.ReasonPartnerStopped) {
			t.Errorf("after %d disputes: %v", i+1, err)
		}
	}
}

func TestAPartnerTellsWhoMayStopItAndLetItStart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.newPartner()
	all := append(b.cast(p)[2:], actiontest.Actor{
		Name: "a second treasurer", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER},
		Conn: b.rpc.As(identity.Caller{Service: "gateway", Person: "staff/s_2", Roles: []policyv1.Role{policyv1.Role_ROLE_TREASURER}}),
	})
	r := actiontest.Resource{
		Name: p.GetName(), Methods: server.New(server.Options{}).Verbs()["solidarity/Partner"],
		Read: func(a actiontest.Actor) (actiontest.Seen, error) {
			return donationsv1.NewPartnerServiceClient(a.Conn).GetPartner(context.Background(), &donationsv1.GetPartnerRequest{Name: p.GetName()})
		},
	}
	for _, verb := range []string{"stop", "proposeLift", "confirmLift"} {
		r.Take(t, verb, all...)
		r.Check(t, all...)
	}
}
