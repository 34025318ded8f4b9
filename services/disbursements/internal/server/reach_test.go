package server_test

import (
	"context"
	"testing"
	"time"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	"github.com/solidarity-fund/solidarity/services/dev/sealtest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/duty"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/sepa"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// withSecond is a bench whose rail has a second account.
func withSecond(t *testing.T) *bench {
	t.Helper()
	b := newBench(t)
	if err := b.options.Store.AddRail(context.Background(), sepa.ID, "second"); err != nil {
		t.Fatal(err)
	}
	b.options.Rails = rail.Set{sepa.New(b.options.Store, sealtest.New(t), []rail.Sender{
		{ID: "main", Name: "Test Sender", IBAN: senderIBAN, Currency: "EUR", ExposureCap: 2},
		{ID: "second", Name: "Test Sender", IBAN: "DE89370400440532013000", Currency: "EUR", ExposureCap: 2},
	}, "Transfer", b.clock.now)}
	b.worker = duty.New(b.options)
	b.duties = b.worker.Duties()
	b.serving.Rails, b.serving.Committer = b.options.Rails, b.worker
	b.serve(server.New(b.serving))
	return b
}

// senders reads the accounts of the rail.
func (b *bench) senders() map[string]*disbursementsv1.Rail_Sender {
	b.t.Helper()
	list := must[*disbursementsv1.ListSendersResponse](b.t, "list senders")(b.treasurer("reader").rails.ListSenders(context.Background(), &disbursementsv1.ListSendersRequest{Parent: "rails/sepa"}))
	byName := map[string]*disbursementsv1.Rail_Sender{}
	for _, s := range list.GetSenders() {
		byName[s.GetName()] = s
	}
	return byName
}

func TestAccountsTakeTurnsSoThatEachRevealsFewFamilies(t *testing.T) {
	t.Parallel()
	ctx, b := context.Background(), withSecond(t)
	// given two accounts, and a plan of two families that the first has
	first := b.plan(b.planned(2))
	// when further plans name no account
	second := b.plan(b.planned(1))
	// then the one that has paid fewer pays
	if first.GetSender() != "rails/sepa/senders/main" || second.GetSender() != "rails/sepa/senders/second" {
		t.Errorf("they are paid from %s and %s", first.GetSender(), second.GetSender())
	}
	if s := b.senders(); s["rails/sepa/senders/main"].GetReachedFamilyCount() != 2 || s["rails/sepa/senders/second"].GetReachedFamilyCount() != 1 || s["rails/sepa/senders/main"].GetExposed() {
		t.Errorf("senders %v", s)
	}
	// One that is stopped is passed over.
	must[*disbursementsv1.Rail](t, "stop")(b.treasurer("stopper").rails.StopSender(ctx, &disbursementsv1.StopSenderRequest{Name: "rails/sepa/senders/second"}))
	if third := b.plan(b.planned(1)); third.GetSender() != "rails/sepa/senders/main" {
		t.Errorf("it is paid from %s", third.GetSender())
	}
}

func TestAnAccountThatWouldRevealTooManyPaysNoPlan(t *testing.T) {
	t.Parallel()
	for _, off := range []bool{false, true} {
		b := withSecond(t)
		if !off {
			b.serve(server.NewReaching(b.serving, 2, 2))
		}
		// given a plan that brings its account above the bound
		name := b.planned(3)
		_, err := step(context.Background(), b.treasurer("maker"), "lock", name)
		if off {
			if err != nil {
				t.Errorf("without the bound: %v", err)
			}
			continue
		}
		refused(t, "lock", err, fault.ReasonSenderExposed)
		if s := b.senders(); !s["rails/sepa/senders/main"].GetExposed() || s["rails/sepa/senders/second"].GetExposed() {
			t.Errorf("senders %v", s)
		}
		// What is still to be paid counts however old it is.
		b.clock.move(91 * 24 * time.Hour)
		_, err = step(context.Background(), b.treasurer("maker"), "lock", name)
		refused(t, "lock after 90 days", err, fault.ReasonSenderExposed)
	}
}
