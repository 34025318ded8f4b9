package server_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"

	accessv1 "github.com/solidarity-fund/solidarity/api/solidarity/access/v1"
	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting"
)

// firstHandover is the reason of a first download.
const firstHandover = disbursementsv1.PaymentFileDownloadReason_PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER

// fakePeople knows who is frozen, and who of the money desk is awake, as access does.
type fakePeople struct {
	mu     sync.Mutex
	frozen []string
	awake  []string
	err    error
}

func (f *fakePeople) ListFrozen(_ context.Context, r *accessv1.ListFrozenRequest, _ ...grpc.CallOption) (*accessv1.ListFrozenResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &accessv1.ListFrozenResponse{}
	for _, p := range r.GetPeople() {
		if slices.Contains(f.frozen, p) {
			resp.Frozen = append(resp.Frozen, p)
		}
	}
	return resp, f.err
}

func (f *fakePeople) ListAwake(context.Context, *accessv1.ListAwakeRequest, ...grpc.CallOption) (*accessv1.ListAwakeResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	resp := &accessv1.ListAwakeResponse{Awake: []*accessv1.Awake{{Person: "staff/s_case", Roles: []policyv1.Role{policyv1.Role_ROLE_VERIFIER}}}}
	for _, p := range f.awake {
		resp.Awake = append(resp.Awake, &accessv1.Awake{Person: p, Roles: []policyv1.Role{policyv1.Role_ROLE_APPROVER, policyv1.Role_ROLE_TREASURER}})
	}
	return resp, f.err
}

// TestWhatWasStoppedSinceHoldsBackASealedFile stops each thing that a file rests on
// after it was sealed and its download proposed. With the protection off it leaves.
func TestWhatWasStoppedSinceHoldsBackASealedFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		stop   func(b *bench, plan string)
		reason string
	}{
		"a family suspended for safety": {func(b *bench, plan string) {
			b.families.recheck[b.payments(plan)[1].GetFamily()] = "FAMILY_SUSPENDED"
		}, "FAMILY_SUSPENDED"},
		"an account changed": {func(b *bench, plan string) {
			b.families.recheck[b.payments(plan)[0].GetFamily()] = "DESTINATION_CHANGED"
		}, "DESTINATION_CHANGED"},
		"a release that families do not know": {func(b *bench, _ string) { clear(b.families.released) }, "NOT_RELEASED"},
		"the maker frozen":                    {freeze("maker"), "DECIDER_FROZEN"},
		"the approver frozen":                 {freeze("approver"), "DECIDER_FROZEN"},
		"the authoriser frozen":               {freeze("authorizer"), "DECIDER_FROZEN"},
		"the releaser frozen":                 {freeze("releaser"), "DECIDER_FROZEN"},
		"who proposed the download frozen":    {freeze("proposer"), "DECIDER_FROZEN"},
		"the plan voided in the log":          {voided, "DECISIONS_MISSING"},
		"the plan of another digest": {func(b *bench, plan string) {
			b.alter(plan, `UPDATE payment_plans SET digest = sha256('x') WHERE id = $1`)
		}, "DECISIONS_MISSING"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// Given a sealed file whose download is proposed,
			b := newBench(t)
			plan := b.released(2)
			b.drain()
			file := b.files(plan)[0].GetName()
			if err := b.propose(file, firstHandover); err != nil {
				t.Fatal(err)
			}
			// when something it rests on is stopped, nobody fetches it,
			test.stop(b, plan)
			_, err := fetch(b.treasurer("fetcher"), file)
			refused(t, "fetch", err, fault.Reason(test.reason))
			if d := b.files(plan)[0].GetDownloads(); len(d) != 1 || d[0].GetDownloadedBy() != "" {
				t.Errorf("the proposal is used up: %v", d)
			}
			// and with the protection off it leaves.
			b.serve(server.NewCareless(b.serving))
			if content, err := fetch(b.treasurer("fetcher"), file); err != nil || len(content) == 0 {
				t.Errorf("without the protection: %d bytes, %v", len(content), err)
			}
		})
	}
}

// voided has the log say that a plan is void, whatever its row says.
func voided(b *bench, plan string) {
	b.t.Helper()
	var digest []byte
	for _, d := range b.ledger.Decisions() {
		if d.GetResource() == plan && d.GetKind() == ledgerv1.DecisionKind_DECISION_KIND_PLAN_LOCKED {
			digest = d.GetCommitment()
		}
	}
	stop := posting.PlanVoided(posting.PlanStep{Plan: strings.TrimPrefix(plan, "paymentPlans/"), Version: 1, Digest: digest}, "ABORT")
	if _, err := b.ledger.Posting("disbursements").RecordByRule(b.t.Context(), &ledgerv1.RecordByRuleRequest{Decisions: []*ledgerv1.DecisionDraft{stop}}); err != nil {
		b.t.Fatal(err)
	}
}

func freeze(name string) func(*bench, string) {
	return func(b *bench, _ string) { b.people.frozen = []string{"staff/s_" + name} }
}

func TestAFileLeavesAgainOnceWhatStoppedItIsOver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := b.released(1)
	b.drain()
	file, family := b.files(plan)[0].GetName(), b.payments(plan)[0].GetFamily()
	if err := b.propose(file, firstHandover); err != nil {
		t.Fatal(err)
	}
	b.families.recheck[family] = "FAMILY_SUSPENDED"
	_, err := fetch(b.treasurer("fetcher"), file)
	refused(t, "fetch", err, "FAMILY_SUSPENDED")
	delete(b.families.recheck, family)
	// Whoever is frozen without a part in the plan holds nothing back; where nobody
	// can be asked, nothing leaves.
	b.people.frozen = []string{"staff/s_stranger"}
	b.people.err = fault.New(fault.Unavailable, "DOWN", "Try again.").With(errors.New("silent"))
	_, err = fetch(b.treasurer("fetcher"), file)
	refused(t, "fetch while access is silent", err, "DOWN")
	b.people.err = nil
	if content, err := fetch(b.treasurer("fetcher"), file); err != nil || len(content) == 0 {
		t.Errorf("fetched %d bytes, %v", len(content), err)
	}
}

func TestASenderIsStoppedAndResumedByTwoPeople(t *testing.T) {
	t.Parallel()
	ctx, b := t.Context(), newBench(t)
	const sender = "rails/sepa/senders/main"
	stopped := must[*disbursementsv1.Rail](t, "stop")(b.treasurer("one").rails.StopSender(ctx, &disbursementsv1.StopSenderRequest{Name: sender}))
	if s := stopped.GetSenders()[0]; stopped.GetStopped() || !s.GetStopped() || s.GetStoppedBy() != "staff/s_one" {
		t.Errorf("rail: %v", stopped)
	}
	_, err := b.treasurer("one").rails.ResumeSender(ctx, &disbursementsv1.ResumeSenderRequest{Name: sender})
	refused(t, "resume what one stopped", err, "SAME_PERSON")
	running := must[*disbursementsv1.Rail](t, "resume")(b.treasurer("two").rails.ResumeSender(ctx, &disbursementsv1.ResumeSenderRequest{Name: sender}))
	if running.GetSenders()[0].GetStopped() {
		t.Errorf("rail: %v", running)
	}
	_, err = b.treasurer("one").rails.StopSender(ctx, &disbursementsv1.StopSenderRequest{Name: "rails/sepa/senders/none"})
	refused(t, "an unknown sender", err, "NOT_FOUND")
}
