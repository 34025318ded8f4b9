package server_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	disbursementsv1 "github.com/solidarity-fund/solidarity/api/solidarity/disbursements/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/actiontest"
	"github.com/solidarity-fund/solidarity/services/dev/postgrestest"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/server"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/store"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

func TestTheTablesHoldEveryVerbOfTheContract(t *testing.T) {
	t.Parallel()
	actiontest.Complete(t, "solidarity.disbursements.v1", server.New(server.Options{}).Verbs(), "solidarity/PaymentFile:download")
}

// actor is somebody for actiontest.
func (b *bench) actor(name string, roles ...policyv1.Role) actiontest.Actor {
	b.t.Helper()
	return actiontest.Actor{Name: name, Roles: roles, Conn: b.rpc.As(identity.Caller{Person: "staff/s_" + name, Roles: roles})}
}

// cast is everybody who could have to do with money: people of every role, those who
// have made what is tried among them.
func (b *bench) cast() []actiontest.Actor {
	t, a := policyv1.Role_ROLE_TREASURER, policyv1.Role_ROLE_APPROVER
	return []actiontest.Actor{
		b.actor("maker", t), b.actor("opener", t), b.actor("authorizer", t), b.actor("releaser", t), b.actor("involved", t, a),
		b.actor("approver", a), b.actor("committer", a), b.actor("watcher", policyv1.Role_ROLE_AUDITOR),
		b.actor("case", policyv1.Role_ROLE_CASEWORKER), b.actor("desk", policyv1.Role_ROLE_VERIFIER),
		b.actor("officer", policyv1.Role_ROLE_PROTECTION_OFFICER), b.actor("operator", policyv1.Role_ROLE_OPERATOR),
	}
}

// tried is a resource for actiontest, read by get.
func (b *bench) tried(kind, name string, get func(a actiontest.Actor) (actiontest.Seen, error)) actiontest.Resource {
	return actiontest.Resource{
		Name: name, Methods: server.New(b.serving).Verbs()[kind], Read: get,
		Fill: func(_ string, seen actiontest.Seen, req proto.Message) {
			switch req := req.(type) {
			case *disbursementsv1.CommitAllocationRoundRequest:
				req.RequestId, req.SnapshotDigest = key(), make([]byte, 32)
				if r, ok := seen.(*disbursementsv1.AllocationRound); ok && len(r.GetSnapshotDigest()) > 0 {
					req.SnapshotDigest = r.GetSnapshotDigest()
				}
			case *disbursementsv1.LookAtPaymentPlanRequest:
				req.Family = unlooked(seen)
			case *disbursementsv1.ApprovePaymentPlanRequest:
				req.Digest = digestOf(seen)
			case *disbursementsv1.AuthorizePaymentPlanRequest:
				req.Digest = digestOf(seen)
			case *disbursementsv1.ReleasePaymentPlanRequest:
				req.Digest, req.RequestId = digestOf(seen), key()
			case *disbursementsv1.RecordRefusalRequest:
				req.LetterSha256, req.Reason = letter(1), disbursementsv1.PaymentRefusalReason_PAYMENT_REFUSAL_REASON_NO_ACCOUNT
			case *disbursementsv1.ConfirmRefusalRequest:
				req.LetterSha256 = letter(1)
			case *disbursementsv1.RecordPaymentSentRequest:
				req.RequestId, req.OccurredOn, req.EvidenceSha256 = key(), b.today(), proof
			case *disbursementsv1.RecordPaymentDeliveryRequest:
				req.RequestId, req.OccurredOn, req.EvidenceSha256 = key(), b.today(), proof
			case *disbursementsv1.RetryPaymentRequest:
				req.RequestId = key()
			case *disbursementsv1.PassStatementGapRequest:
				req.Reason, req.Difference = disbursementsv1.StatementGapReason_STATEMENT_GAP_REASON_BANK_CANNOT_GIVE, postingtest.Money(1)
				if st, ok := seen.(*disbursementsv1.Statement); ok && st.GetGap() != nil {
					req.Difference = st.GetGap().GetDifference()
				}
			case *disbursementsv1.CloseInquiryRequest:
				req.Outcome = disbursementsv1.InquiryOutcome_INQUIRY_OUTCOME_FILE_CHANGED
			case *disbursementsv1.CancelAwardRequest:
				req.RequestId = key()
			case *disbursementsv1.ProposePaymentFileDownloadRequest:
				req.Reason = disbursementsv1.PaymentFileDownloadReason_PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER
				if f, ok := seen.(*disbursementsv1.PaymentFile); ok && len(f.GetDownloads()) > 0 {
					req.Reason = disbursementsv1.PaymentFileDownloadReason_PAYMENT_FILE_DOWNLOAD_REASON_BANK_INQUIRY
				}
			}
		},
	}
}

// unlooked is a family of a plan that is to be looked at, empty for none.
func unlooked(seen actiontest.Seen) string {
	if p, ok := seen.(*disbursementsv1.PaymentPlan); ok {
		for _, l := range p.GetLooks() {
			if l.GetLookedBy() == "" {
				return l.GetFamily()
			}
		}
	}
	return ""
}

func digestOf(seen actiontest.Seen) []byte {
	if p, ok := seen.(*disbursementsv1.PaymentPlan); ok && len(p.GetDigest()) > 0 {
		return p.GetDigest()
	}
	return make([]byte, 32)
}

func (b *bench) triedPlan(name string) actiontest.Resource {
	return b.tried("solidarity/PaymentPlan", name, func(a actiontest.Actor) (actiontest.Seen, error) {
		return disbursementsv1.NewPaymentPlanServiceClient(a.Conn).GetPaymentPlan(context.Background(), &disbursementsv1.GetPaymentPlanRequest{Name: name})
	})
}

func (b *bench) triedPayment(name string) actiontest.Resource {
	return b.tried("solidarity/Payment", name, func(a actiontest.Actor) (actiontest.Seen, error) {
		return disbursementsv1.NewPaymentServiceClient(a.Conn).GetPayment(context.Background(), &disbursementsv1.GetPaymentRequest{Name: name})
	})
}

func TestAPlanTellsWhatCanBeDoneWithIt(t *testing.T) {
	t.Parallel()
	// given a plan that one person has made, and one who knows a family in it
	b := newBench(t)
	plan, all := b.triedPlan(b.planned(1)), b.cast()
	// when it goes through all its states
	for _, verb := range []string{
		"lock", "unlock", "lock", "submit", "reject", "lock", "look", "submit", "approve", "authorize",
	} {
		plan.Take(t, verb, all...)
	}
	b.clock.move(8 * 24 * time.Hour) // then decisions are too old
	plan.Check(t, all...)
	b.clock.move(-8 * 24 * time.Hour)
	plan.Take(t, "release", all...)
	b.settle(plan.Name)
	// then each state has told the truth, the last one as well
	plan.Take(t, "close", all...)
	if may := plan.Check(t, all...); len(may) > 0 {
		t.Errorf("a closed plan allows %v", may)
	}
}

func TestAnAbortedPlanAllowsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan, all := b.triedPlan(b.planned(1)), b.cast()
	plan.Take(t, "abort", all...)
	if may := plan.Check(t, all...); len(may) > 0 {
		t.Errorf("an aborted plan allows %v", may)
	}
}

func TestARoundTellsWhatCanBeDoneWithIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.families.need(1, 10_000)
	b.ledger.SetAvailable("general", 10_000)
	all := b.cast()
	round := func(name string) actiontest.Resource {
		return b.tried("solidarity/AllocationRound", name, func(a actiontest.Actor) (actiontest.Seen, error) {
			return disbursementsv1.NewAllocationRoundServiceClient(a.Conn).GetAllocationRound(context.Background(), &disbursementsv1.GetAllocationRoundRequest{Name: name})
		})
	}
	first, second := round(b.open(5_000)), round(b.open(5_000))
	first.Take(t, "simulate", all...)
	first.Take(t, "simulate", all...)
	first.Take(t, "commit", all...)
	first.Check(t, all...)
	second.Take(t, "discard", all...)
	second.Check(t, all...)
}

func TestAwardsAndPaymentsTellWhatCanBeDoneWithThem(t *testing.T) {
	t.Parallel()
	// given a committed round of two awards, whose plan is in DRAFT
	b := newBench(t)
	plan, all := b.planned(2), b.cast()
	award := func(y *disbursementsv1.Payment) actiontest.Resource {
		name := y.GetShares()[0].GetAward()
		return b.tried("solidarity/Award", name, func(a actiontest.Actor) (actiontest.Seen, error) {
			return disbursementsv1.NewAwardServiceClient(a.Conn).GetAward(context.Background(), &disbursementsv1.GetAwardRequest{Name: name})
		})
	}
	list := b.payments(plan)
	taken, kept := list[0], list[1]
	// when one payment is taken out and its award is given back
	award(taken).Check(t, all...)
	b.triedPayment(taken.GetName()).Take(t, "cancel", all...)
	b.triedPayment(taken.GetName()).Check(t, all...)
	award(taken).Take(t, "cancel", all...)
	award(taken).Check(t, all...)
	// and the other is paid
	b.triedPayment(kept.GetName()).Check(t, all...)
	b.steps(plan, "lock", "submit", "approve", "authorize")
	b.triedPayment(kept.GetName()).Check(t, all...)
	b.steps(plan, "release")
	b.settle(plan)
	b.triedPayment(kept.GetName()).Check(t, all...)
}

func TestAFailedPaymentTellsWhetherItCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	// given a payment that a family's new account keeps from being sent; what the test
	// writes into the tables by hand is taken
	b := newBenchWith(t, postgrestest.New(t, store.Migrations()), lax)
	plan, all := b.released(1), b.cast()
	y := b.payments(plan)[0]
	b.families.refuse[y.GetFamily()] = string(fault.ReasonDestinationCoolingOff)
	b.drain()
	b.triedPayment(y.GetName()).Check(t, all...)
	// when its award is used elsewhere meanwhile, or not
	delete(b.families.refuse, y.GetFamily())
	if _, err := b.db.Pool.Exec(context.Background(), `UPDATE awards SET state = 'PAID'`); err != nil {
		t.Fatal(err)
	}
	b.triedPayment(y.GetName()).Check(t, all...)
	if _, err := b.db.Pool.Exec(context.Background(), `UPDATE awards SET state = 'AVAILABLE'`); err != nil {
		t.Fatal(err)
	}
	// then it is tried again
	b.triedPayment(y.GetName()).Take(t, "retry", all...)
	b.triedPayment(y.GetName()).Check(t, all...)
}

func TestAFileTellsWhoMayFetchIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan, all := b.released(1), b.cast()
	read := func(a actiontest.Actor) (actiontest.Seen, error) {
		list, err := disbursementsv1.NewPaymentFileServiceClient(a.Conn).ListPaymentFiles(context.Background(), &disbursementsv1.ListPaymentFilesRequest{Parent: plan})
		if err != nil {
			return nil, err
		}
		return list.GetPaymentFiles()[0], nil
	}
	f, err := read(b.actor("maker", policyv1.Role_ROLE_TREASURER))
	if err != nil {
		t.Fatal(err)
	}
	file := b.tried("solidarity/PaymentFile", f.(*disbursementsv1.PaymentFile).GetName(), read)
	file.Check(t, all...) // it is not sealed
	b.drain()
	file.Take(t, "proposeDownload", all...)
	if err := b.stop("officer"); err != nil {
		t.Fatal(err)
	}
	file.Check(t, all...) // its rail is stopped
	if _, err := b.person("operator", policyv1.Role_ROLE_TREASURER).rails.ResumeRail(context.Background(), &disbursementsv1.ResumeRailRequest{Name: "rails/sepa"}); err != nil {
		t.Fatal(err)
	}
	file.Take(t, "download", all...)
	file.Take(t, "proposeDownload", all...)
}

func TestAWithdrawnFileAllowsNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan, all := b.released(1), b.cast()
	b.drain()
	file := b.tried("solidarity/PaymentFile", b.files(plan)[0].GetName(), func(a actiontest.Actor) (actiontest.Seen, error) {
		list, err := disbursementsv1.NewPaymentFileServiceClient(a.Conn).ListPaymentFiles(context.Background(), &disbursementsv1.ListPaymentFilesRequest{Parent: plan})
		if err != nil {
			return nil, err
		}
		return list.GetPaymentFiles()[0], nil
	})
	file.Take(t, "withdraw", all...)
	if may := file.Check(t, all...); len(may) > 0 {
		t.Errorf("a withdrawn file allows %v", may)
	}
}

func (b *bench) stop(name string) error {
	_, err := b.person(name, policyv1.Role_ROLE_TREASURER).rails.StopRail(context.Background(), &disbursementsv1.StopRailRequest{Name: "rails/sepa"})
	return err
}

func TestASwitchTellsWhoMayTurnItBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all := b.cast()
	rails := func(a actiontest.Actor) (*disbursementsv1.Rail, error) {
		list, err := disbursementsv1.NewRailServiceClient(a.Conn).ListRails(context.Background(), &disbursementsv1.ListRailsRequest{})
		if err != nil {
			return nil, err
		}
		return list.GetRails()[0], nil
	}
	rail := b.tried("solidarity/Rail", "rails/sepa", func(a actiontest.Actor) (actiontest.Seen, error) { return rails(a) })
	sender := b.tried("solidarity/Sender", "rails/sepa/senders/main", func(a actiontest.Actor) (actiontest.Seen, error) {
		r, err := rails(a)
		if err != nil {
			return nil, err
		}
		return r.GetSenders()[0], nil
	})
	for _, r := range []actiontest.Resource{rail, sender} {
		r.Take(t, "stop", all...)
		if may := r.Check(t, all...)["resume"]; slices.ContainsFunc(may, func(a actiontest.Actor) bool { return a.Name == "maker" }) {
			t.Errorf("who stopped %s may resume it", r.Name)
		}
		slices.Reverse(all)
		r.Take(t, "resume", all...)
		slices.Reverse(all)
	}
}

// TestWhatIsAllowedIsToldEachCallerAnew repeats a call with one key as two persons.
func TestWhatIsAllowedIsToldEachCallerAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	name := b.planned(1)
	req := &disbursementsv1.LockPaymentPlanRequest{Name: name, RequestId: "11111111-1111-4111-8111-111111111111"}
	maker := b.treasurer("maker")
	first := must[*disbursementsv1.PaymentPlan](t, "lock")(maker.plans.LockPaymentPlan(context.Background(), req))
	b.steps(name, "submit")
	again := must[*disbursementsv1.PaymentPlan](t, "lock again")(maker.plans.LockPaymentPlan(context.Background(), req))
	if !slices.Contains(first.GetAllowedActions(), "submit") || slices.Contains(again.GetAllowedActions(), "submit") {
		t.Errorf("first %v, again %v", first.GetAllowedActions(), again.GetAllowedActions())
	}
	refused(t, "submit again", errOf(maker.plans.SubmitPaymentPlan(context.Background(), &disbursementsv1.SubmitPaymentPlanRequest{Name: name})), fault.ReasonIllegalState)
}
