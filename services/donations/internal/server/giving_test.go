package server_test

import (
	"strings"
	"testing"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

// A donor changes their gift with the token alone.
func TestTheTokenChangesTheGift(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, monthly, visa, "general")
	donor := donationsv1.NewGivingServiceClient(p.conn)
	change := func(r *donationsv1.ChangeGivingRequest) (*donationsv1.Receipt, error) {
		r.ReceiptToken = made.GetReceiptToken()
		defer w.settle()
		return donor.ChangeGiving(t.Context(), r)
	}
	if got, err := change(&donationsv1.ChangeGivingRequest{Amount: postingtest.Money(2000)}); err != nil || got.GetAmount().GetMinorUnits() != 2000 {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := change(&donationsv1.ChangeGivingRequest{Pause: true, PauseUntil: "2027-04-01"}); err != nil || got.GetPausedUntil() != "2027-04-01" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := change(&donationsv1.ChangeGivingRequest{Resume: true}); err != nil || got.GetPledgeState() != donationsv1.PledgeState_PLEDGE_STATE_ACTIVE {
		t.Errorf("%v, %v", got, err)
	}

	// Another card pays, and the one before is forgotten; one of Belarus is not taken.
	for _, card := range []string{"4000001120000005", "5555555555554444"} {
		page, err := donor.ChangeCard(t.Context(), &donationsv1.ChangeCardRequest{ReceiptToken: made.GetReceiptToken()})
		if err != nil || page.GetCheckoutUrl() == "" {
			t.Fatalf("%v, %v", page, err)
		}
		w.use(made, card)
	}
	w.pass(32 * day)
	if got := w.gifts(p, made); got != "SUCCEEDED 5000, SUCCEEDED 2000" {
		t.Error(got)
	}
	detached := 0
	for _, r := range w.fake.Requests() {
		if strings.HasSuffix(r.Path, "/detach") {
			detached++
		}
	}
	if detached != 2 {
		t.Errorf("%d cards are forgotten, want the one of Belarus and the first", detached)
	}
	for name, bad := range map[string]*donationsv1.ChangeGivingRequest{
		"nothing":             {},
		"both":                {Pause: true, Resume: true},
		"until without pause": {PauseUntil: "2027-06-01"},
		"no pause to end":     {Resume: true},
	} {
		if _, err := change(bad); fault.As(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := donor.ChangeGiving(t.Context(), &donationsv1.ChangeGivingRequest{ReceiptToken: "x", Pause: true}); !fault.OfKind(err, fault.NotFound) {
		t.Errorf("an unknown token: %v", err)
	}
}

func TestTheForecastAddsUpWhatIsPromised(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	w.each(p, monthly, visa, "general", "emergency")
	w.each(p, monthly, visa, "general")
	w.each(p, yearly, visa, "general")
	got, err := donationsv1.NewForecastServiceClient(w.staff(policyv1.Role_ROLE_TREASURER)).ForecastGifts(t.Context(), &donationsv1.ForecastGiftsRequest{Parent: "funds/general"})
	if err != nil || len(got.GetForecasts()) != 11 {
		t.Fatalf("%v, %v", got, err)
	}
	// The next monthly ones are in April, the yearly one is twelve months away.
	for _, f := range got.GetForecasts() {
		if f.GetAmount().GetMinorUnits() != 7500 || f.GetPayments() != 2 || f.GetFund() != "funds/general" {
			t.Errorf("%v", f)
		}
	}
	if first, last := got.GetForecasts()[0].GetMonth(), got.GetForecasts()[10].GetMonth(); first != "2027-04" || last != "2028-02" {
		t.Errorf("from %s to %s", first, last)
	}
}

func TestWhatCannotBeChangedIsRefused(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p, stranger := w.newPartner(), w.newPartner()
	made := w.each(p, monthly, visa, "general")
	once := w.pledge(p, pledgeOf(5000, "general"))
	usd := postingtest.Money(5000)
	usd.CurrencyCode = "USD"
	for name, c := range map[string]struct {
		by   testPartner
		req  *donationsv1.ChangePledgeRequest
		want fault.Kind
	}{
		"another currency": {p, &donationsv1.ChangePledgeRequest{Name: made.GetName(), Amount: usd}, fault.Invalid},
		"too little":       {p, &donationsv1.ChangePledgeRequest{Name: made.GetName(), Amount: postingtest.Money(49)}, fault.Invalid},
		"less than zero":   {p, &donationsv1.ChangePledgeRequest{Name: made.GetName(), Amount: postingtest.Money(-1)}, fault.Invalid},
		"too much":         {p, &donationsv1.ChangePledgeRequest{Name: made.GetName(), Amount: postingtest.Money(1_000_001)}, fault.Invalid},
		"today":            {p, &donationsv1.ChangePledgeRequest{Name: made.GetName(), NextPaymentOn: "2027-03-15"}, fault.Invalid},
		"too far":          {p, &donationsv1.ChangePledgeRequest{Name: made.GetName(), NextPaymentOn: "2027-05-16"}, fault.Invalid},
		"no day":           {p, &donationsv1.ChangePledgeRequest{Name: made.GetName(), NextPaymentOn: "2027-02-30"}, fault.Invalid},
		"paid once":        {p, &donationsv1.ChangePledgeRequest{Name: once.GetName(), Amount: postingtest.Money(6000)}, fault.Precondition},
		"another's":        {stranger, &donationsv1.ChangePledgeRequest{Name: made.GetName(), Amount: postingtest.Money(6000)}, fault.NotFound},
	} {
		if _, err := w.recurring(c.by).ChangePledge(t.Context(), c.req); !fault.OfKind(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, until := range []string{"2027-03-15", "2028-03-20", "soon"} {
		if _, err := w.recurring(p).PausePledge(t.Context(), &donationsv1.PausePledgeRequest{Name: made.GetName(), Until: until}); !fault.OfKind(err, fault.Invalid) {
			t.Errorf("paused until %s: %v", until, err)
		}
	}
	if got := w.readPledge(p, made); got.GetAmount().GetMinorUnits() != 5000 || got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_ACTIVE {
		t.Errorf("%v", got)
	}
}

// Whatever answer of Stripe's is lost, there is one subscription in the end.
func TestALostAnswerSubscribesOnce(t *testing.T) {
	t.Parallel()
	w := newYears(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	asked := pledgeOf(5000, "general")
	asked.Recurrence = monthly
	made := w.pledge(p, asked)
	// The client and its connections repeat by themselves.
	if err := w.fake.Disrupt(stripefake.Disruption{Match: "POST /v1/subscriptions", Effect: stripefake.DropAfter, Times: 4}); err != nil {
		t.Fatal(err)
	}
	if err := w.fake.Pay(w.checkout(made).SessionID, visa); err != nil {
		t.Fatal(err)
	}
	if _, err := w.fake.Settle(t.Context(), w.read()); err != nil {
		t.Fatal(err)
	}
	id := strings.TrimPrefix(made.GetName(), "pledges/")
	w.drain("stripe.event")
	if err := w.worker.Give(t.Context(), id); !fault.OfKind(err, fault.Unavailable) {
		t.Fatalf("the answer was not lost: %v", err)
	}
	w.pass(2 * day) // Stripe has forgotten the key
	w.settle()
	if got := w.gifts(p, made); got != "SUCCEEDED 5000" {
		t.Error(got)
	}
	if err := w.worker.Give(t.Context(), id); err != nil {
		t.Errorf("told already: %v", err)
	}
}
