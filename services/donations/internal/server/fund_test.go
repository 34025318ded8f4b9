package server_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	typev1 "github.com/solidarity-fund/solidarity/api/solidarity/type/v1"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// fakeRules answers for families: all rules are for enough families, but narrow ones.
type fakeRules struct {
	mu     sync.Mutex
	asked  []string
	narrow bool
}

// CheckRule notes what is asked.
func (f *fakeRules) CheckRule(_ context.Context, req *familiesv1.CheckRuleRequest, _ ...grpc.CallOption) (*familiesv1.CheckRuleResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, req.GetRule())
	return &familiesv1.CheckRuleResponse{Enough: !f.narrow}, nil
}

const pupils = `category == "CHILDREN_SCHOOL" && family.children > 0`

// pupilFund is a good fund with a rule.
func pupilFund() *donationsv1.Fund {
	return &donationsv1.Fund{
		DisplayName: "Pupils", CurrencyCodes: []string{"EUR"}, PromisesFullGift: true, Rule: pupils,
		Goal: postingtest.Money(500_000), TakesFrom: "2026-01-01",
		Examples: []*donationsv1.RuleExample{
			{Category: familiesv1.AidCategory_AID_CATEGORY_CHILDREN_SCHOOL, Children: 3, CountryCode: "LT", Eligible: true},
			{Category: familiesv1.AidCategory_AID_CATEGORY_FOOD, Children: 3},
		},
	}
}

func (b *bench) funds() donationsv1.FundServiceClient {
	return donationsv1.NewFundServiceClient(b.staff(policyv1.Role_ROLE_TREASURER))
}

func (b *bench) newPupilFund() *donationsv1.Fund {
	b.t.Helper()
	f, err := b.funds().CreateFund(context.Background(), &donationsv1.CreateFundRequest{FundId: "pupils", Fund: pupilFund()})
	if err != nil {
		b.t.Fatal(err)
	}
	return f
}

func TestAFundWithARuleIsMadeWhereItIsForTenFamilies(t *testing.T) {
	t.Parallel()
	b, ctx := newBench(t), context.Background()
	// Given that fewer than ten families are eligible
	b.rules.narrow = true
	req := &donationsv1.CreateFundRequest{FundId: "pupils", Fund: pupilFund(), RequestId: "11111111-1111-4111-8111-111111111111"}
	if _, err := b.funds().CreateFund(ctx, req); !fault.Is(err, fault.ReasonRuleTooNarrow) {
		t.Errorf("a narrow rule: %v", err)
	}
	// then the fund is made once there are more, and everybody reads what it is for.
	b.rules.narrow = false
	made, err := b.funds().CreateFund(ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	want := pupilFund()
	if made.GetRule() != want.GetRule() || !cmp.Equal(made.GetExamples(), want.GetExamples(), protocmp.Transform()) ||
		!proto.Equal(made.GetGoal(), want.GetGoal()) || made.GetTakesFrom() != want.GetTakesFrom() || made.GetRoot() != "funds/pupils" || made.GetNumber() != 1 {
		t.Errorf("made %v", made)
	}
	read, err := b.funds().GetFund(ctx, &donationsv1.GetFundRequest{Name: "funds/pupils"})
	if diff := cmp.Diff(made, read, protocmp.Transform(), protocmp.IgnoreFields(made, "allowed_actions", "published_through")); diff != "" || err != nil {
		t.Errorf("%v, read (-made +read):\n%s", err, diff)
	}
	// A repeat asks families nothing, whatever they would say now; nor does a fund for all.
	b.rules.narrow = true
	if again, err := b.funds().CreateFund(ctx, req); err != nil || !proto.Equal(again, made) {
		t.Errorf("a repeat: %v, %v", again, err)
	}
	if !slices.Equal(b.rules.asked, []string{pupils, pupils}) {
		t.Errorf("families were asked %q", b.rules.asked)
	}
}

func TestARuleThatIsNoneNamesItsPlaceAndAsksNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for rule, want := range map[string]string{
		"category ==":     "does not compile, at line 1, column 12",
		"family.children": "must be true or false, and is neither, at line 1, column 7",
	} {
		f := pupilFund()
		f.Rule = rule
		_, err := b.funds().CreateFund(context.Background(), &donationsv1.CreateFundRequest{FundId: "pupils", Fund: f})
		if v := fault.As(err); v == nil || len(v.Violations) != 1 || v.Violations[0].Field != "rule" || v.Violations[0].Description != want {
			t.Errorf("%s: %v", rule, err)
		}
	}
	if len(b.rules.asked) > 0 {
		t.Errorf("families were asked %q", b.rules.asked)
	}
}

func TestWhatWasPromisedChangesOnlyByANewVersion(t *testing.T) {
	t.Parallel()
	b, ctx := newBench(t), context.Background()
	b.newPupilFund()
	// A change of rule or promise is refused, whoever names it in a mask or not,
	for field, f := range map[string]*donationsv1.Fund{
		"rule":               {Name: "funds/pupils", Rule: "family.elderly"},
		"reserveBasisPoints": {Name: "funds/pupils", ReserveBasisPoints: proto.Int32(5)},
	} {
		_, err := b.funds().UpdateFund(ctx, &donationsv1.UpdateFundRequest{Fund: f})
		if v := fault.As(err); v == nil || len(v.Violations) != 1 || v.Violations[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	// goal and days are changed,
	changed, err := b.funds().UpdateFund(ctx, &donationsv1.UpdateFundRequest{Fund: &donationsv1.Fund{
		Name: "funds/pupils", Goal: postingtest.Money(700_000), TakesUntil: "2099-12-31",
	}})
	if err != nil || changed.GetGoal().GetMinorUnits() != 700_000 || changed.GetTakesUntil() != "2099-12-31" || changed.GetRule() != pupils {
		t.Errorf("%v, %v", changed, err)
	}
	// and a new version is another fund, which ends the one before.
	f := pupilFund()
	f.Rule, f.PromisesFullGift, f.Examples = "family.children > 1", false, nil
	req := &donationsv1.CreateFundVersionRequest{Parent: "funds/pupils", Fund: f, RequestId: "11111111-1111-4111-8111-111111111112"}
	second, err := b.funds().CreateFundVersion(ctx, req)
	if err != nil || second.GetName() != "funds/pupils-v2" || second.GetRoot() != "funds/pupils" || second.GetNumber() != 2 {
		t.Fatalf("%v, %v", second, err)
	}
	if again, err := b.funds().CreateFundVersion(ctx, req); err != nil || !proto.Equal(again, second) {
		t.Errorf("a repeat: %v, %v", again, err)
	}
	list, err := b.funds().ListFundVersions(ctx, &donationsv1.ListFundVersionsRequest{Parent: "funds/pupils-v2"})
	if err != nil || len(list.GetFunds()) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if first := list.GetFunds()[0]; first.GetRule() != pupils || !first.GetPromisesFullGift() || first.GetState() != donationsv1.FundState_FUND_STATE_CLOSED {
		t.Errorf("the first version is now %v", first)
	}
	if _, err := b.funds().CreateFundVersion(ctx, &donationsv1.CreateFundVersionRequest{Parent: "funds/reserve", Fund: f}); !fault.Is(err, fault.ReasonIllegalState) {
		t.Errorf("a version of the reserve: %v", err)
	}
}

// Two versions that are made at once are two versions.
func TestVersionsMadeAtOnceGetNumbersOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.newPupilFund()
	var all sync.WaitGroup
	names := make([]string, 6)
	for i := range names {
		all.Go(func() {
			f, err := b.funds().CreateFundVersion(context.Background(), &donationsv1.CreateFundVersionRequest{Parent: "funds/pupils", Fund: pupilFund()})
			if err != nil {
				t.Error(err)
			}
			names[i] = f.GetName()
		})
	}
	all.Wait()
	slices.Sort(names)
	if len(slices.Compact(names)) != 6 || names[5] != "funds/pupils-v7" {
		t.Errorf("made %q", names)
	}
	open, err := b.funds().ListFundVersions(context.Background(), &donationsv1.ListFundVersionsRequest{Parent: "funds/pupils", Filter: `state = "OPEN"`})
	if err != nil || len(open.GetFunds()) != 1 || open.GetFunds()[0].GetNumber() != 7 {
		t.Errorf("open are %v, %v", open, err)
	}
}

func TestAClosedFundTakesNoPledgesAndRecurringOnesSaySo(t *testing.T) {
	t.Parallel()
	b, ctx := newBench(t), context.Background()
	if open := b.newPupilFund(); !slices.Equal(open.GetAllowedActions(), []string{"close"}) {
		t.Errorf("the treasurer may %v", open.GetAllowedActions())
	}
	p := b.newPartner()
	asked := pledgeOf(5000, "general", "pupils")
	asked.Recurrence = monthly
	recurring := b.pledge(p, asked)
	b.pledge(p, pledgeOf(5000, "pupils")) // given once: nothing is told of it
	other := pledgeOf(5000, "general")
	other.Recurrence = monthly
	b.pledge(p, other)
	server := listen(t)
	b.endpoint(p, server.URL)
	if len(recurring.GetClosedFunds()) != 0 {
		t.Errorf("closed from the beginning: %v", recurring.GetClosedFunds())
	}
	closed, err := b.funds().CloseFund(ctx, &donationsv1.CloseFundRequest{Name: "funds/pupils"})
	if err != nil || closed.GetState() != donationsv1.FundState_FUND_STATE_CLOSED || len(closed.GetAllowedActions()) != 0 {
		t.Errorf("%v, %v", closed, err)
	}
	if _, err := b.funds().CloseFund(ctx, &donationsv1.CloseFundRequest{Name: "funds/pupils"}); !fault.Is(err, fault.ReasonIllegalState) {
		t.Errorf("closed again: %v", err)
	}
	b.send()
	if got := server.take(); len(got) != 1 || got[0].Name != recurring.GetName() || got[0].Type != "pledge.pending" {
		t.Errorf("the partner is told %v", got)
	}
	_, err = donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(ctx, &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "pupils")})
	if !fault.Is(err, fault.ReasonFundClosed) {
		t.Errorf("a pledge: %v", err)
	}
	again, err := donationsv1.NewPledgeServiceClient(p.conn).GetPledge(ctx, &donationsv1.GetPledgeRequest{Name: recurring.GetName()})
	if err != nil || !slices.Equal(again.GetClosedFunds(), []string{"funds/pupils"}) {
		t.Errorf("the recurring pledge says %v, %v", again.GetClosedFunds(), err)
	}
}

func TestAFundTakesPledgesFromItsFirstDayToItsLast(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	b := newBenchAt(t, func() time.Time { return at })
	p := b.newPartner()
	for until, c := range map[string]struct{ from, reason string }{
		"2026-12-01": {"2026-12-01", ""}, "2026-11-30": {"", "FUND_CLOSED"}, "2026-12-31": {"2026-12-02", "FUND_NOT_OPEN_YET"},
	} {
		f := pupilFund()
		f.TakesFrom, f.TakesUntil = c.from, until
		if _, err := b.funds().CreateFund(context.Background(), &donationsv1.CreateFundRequest{FundId: "until-" + until, Fund: f}); err != nil {
			t.Fatal(err)
		}
		_, err := donationsv1.NewPledgeServiceClient(p.conn).CreatePledge(context.Background(), &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(5000, "until-"+until)})
		if c.reason == "" && err != nil || c.reason != "" && !fault.Is(err, fault.Reason(c.reason)) {
			t.Errorf("until %s: %v, want %s", until, err, c.reason)
		}
	}
}

// How far a fund has come is told of ten givers and more, rounded: neither one gift nor one
// giver can be read out of it.
func TestHowFarAFundHasComeIsToldByTheRulesOfPublishedNumbers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.newPupilFund()
	p := b.newPartner()
	read := func() *donationsv1.Fund {
		t.Helper()
		f, err := b.funds().GetFund(t.Context(), &donationsv1.GetFundRequest{Name: "funds/pupils"})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	for range 9 {
		b.pay(b.pledge(p, pledgeOf(5010, "pupils")))
	}
	b.drain()
	if f := read(); f.GetReceived() != nil || f.GetPublishedThrough() == "" {
		t.Errorf("of nine givers: %v through %q", f.GetReceived(), f.GetPublishedThrough())
	}
	b.pay(b.pledge(p, pledgeOf(5010, "pupils")))
	b.drain()
	// 501.00 are told as 500.
	if f := read(); f.GetReceived().GetMinorUnits() != 500_00 || f.GetReceived().GetCurrencyCode() != "EUR" {
		t.Errorf("of ten givers: %v", f.GetReceived())
	}
}

// A new fund takes the policy's shares where it names none, and shows them to the donor;
// what was promised before stays.
func TestANewFundTakesTheSharesThatTwoPeopleAgreedOn(t *testing.T) {
	t.Parallel()
	w := newWire(t)
	funds := donationsv1.NewFundServiceClient(w.treasurer())
	create := func(id string, f *donationsv1.Fund) (reserve, operations int32) {
		f.DisplayName, f.CurrencyCodes = "Winter", []string{"EUR"}
		made, err := funds.CreateFund(t.Context(), &donationsv1.CreateFundRequest{FundId: id, Fund: f})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		return made.GetReserveBasisPoints(), made.GetOperationsBasisPoints()
	}
	check := func(id string, f *donationsv1.Fund, wantReserve, wantOperations int32) {
		t.Helper()
		if reserve, operations := create(id, f); reserve != wantReserve || operations != wantOperations {
			t.Errorf("%s takes %d and %d, want %d and %d", id, reserve, operations, wantReserve, wantOperations)
		}
	}
	check("before", &donationsv1.Fund{}, 0, 200)
	check("chosen", &donationsv1.Fund{OperationsBasisPoints: proto.Int32(0)}, 0, 0)
	check("promised", &donationsv1.Fund{PromisesFullGift: true}, 0, 0)
	p := loose()
	p.ReserveBasisPoints, p.OperationsBasisPoints = proto.Int32(100), proto.Int32(300)
	p.PartnerRefundsADay = []*typev1.Money{postingtest.Money(1)}
	v := w.proposedPolicy(p)
	if _, err := w.policiesOf("staff/s_second", approverRole).ConfirmDonationPolicy(t.Context(), &donationsv1.ConfirmDonationPolicyRequest{Name: v.GetName()}); err != nil {
		t.Fatal(err)
	}
	check("not-yet", &donationsv1.Fund{}, 0, 200)
	on, err := time.Parse(time.DateOnly, v.GetEffectiveOn())
	if err != nil {
		t.Fatal(err)
	}
	w.later(on.Sub(w.clock()) + time.Minute)
	check("after", &donationsv1.Fund{}, 100, 300)
	check("half", &donationsv1.Fund{ReserveBasisPoints: proto.Int32(5)}, 5, 300)
	// A pledge shows them to the cent: 1 % and 3 % of 10.01 by largest remainder.
	made, err := donationsv1.NewPledgeServiceClient(w.newPartner().conn).CreatePledge(t.Context(), &donationsv1.CreatePledgeRequest{Pledge: pledgeOf(1001, "after")})
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.receipts().OpenReceipt(t.Context(), &donationsv1.OpenReceiptRequest{ReceiptToken: made.GetReceiptToken()})
	if err != nil || r.GetFunds()[0].GetReserveAmount().GetMinorUnits() != 10 || r.GetFunds()[0].GetOperationsAmount().GetMinorUnits() != 30 {
		t.Errorf("the receipt shows %v, %v", r.GetFunds(), err)
	}
	if d := made.GetDesignations()[0]; d.GetReserveAmount().GetMinorUnits() != 10 || d.GetOperationsAmount().GetMinorUnits() != 30 {
		t.Errorf("the donor sees %v", d)
	}
	read, err := funds.GetFund(t.Context(), &donationsv1.GetFundRequest{Name: "funds/before"})
	if err != nil || read.GetReserveBasisPoints() != 0 || read.GetOperationsBasisPoints() != 200 {
		t.Errorf("what was promised before is now %v, %v", read, err)
	}
}
