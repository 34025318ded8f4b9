package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	donationsv1 "github.com/solidarity-fund/solidarity/api/solidarity/donations/v1"
	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/posting/postingtest"
)

const (
	monthly = donationsv1.PledgeRecurrence_PLEDGE_RECURRENCE_MONTH
	yearly  = donationsv1.PledgeRecurrence_PLEDGE_RECURRENCE_YEAR
	visa    = "4242424242424242"
	day     = 24 * time.Hour
)

func (w *wire) recurring(p testPartner) donationsv1.RecurringServiceClient {
	return donationsv1.NewRecurringServiceClient(p.conn)
}

// subscription is Stripe's id of what a pledge is paid by.
func (w *wire) subscription(made *donationsv1.Pledge) (id string) {
	w.t.Helper()
	if err := w.db.Pool.QueryRow(context.Background(), `SELECT subscription_id FROM givings WHERE 'pledges/' || pledge_id = $1`, made.GetName()).Scan(&id); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// trigger lets something happen at Stripe, and all of it be told.
func (w *wire) trigger(what stripefake.Trigger) {
	w.t.Helper()
	if _, err := w.fake.Trigger(what); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

func TestAGiftThatComesEachMonthIsBookedEachMonth(t *testing.T) {
	t.Parallel()
	w := newWire(t, "2027-01-31T09:00:00Z")
	p := w.newPartner()

	// Given a pledge to two funds, for which a card is saved.
	made := w.each(p, monthly, visa, "general", "emergency")
	if got := w.readPledge(p, made); got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_ACTIVE || got.GetNextPaymentOn() != "2027-02-28" {
		t.Fatalf("pledge = %v", got)
	}

	// When three months have passed, then each has brought its gift, on the last day of
	// the months that are too short.
	w.pass(91 * day)
	if got := w.gifts(p, made); got != "SUCCEEDED 5000, SUCCEEDED 5000, SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Error(got)
	}
	if got := w.readPledge(p, made).GetNextPaymentOn(); got != "2027-05-31" {
		t.Errorf("the next is on %s", got)
	}
	if got := w.ledger.Balance("fund:general:available"); got != 4*2500 {
		t.Errorf("general has %d", got)
	}

	// And after the partner has cancelled, none more.
	if _, err := donationsv1.NewPledgeServiceClient(p.conn).CancelPledge(t.Context(), &donationsv1.CancelPledgeRequest{Name: made.GetName()}); err != nil {
		t.Fatal(err)
	}
	w.pass(70 * day)
	if got := w.readPledge(p, made); strings.Count(w.gifts(p, made), "5000") != 4 || got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_CANCELLED || got.GetNextPaymentOn() != "" {
		t.Errorf("after it was cancelled: %v", got)
	}
	if n := w.count("stripe_events", "state = 'KEPT'"); n != 0 {
		t.Errorf("%d events are kept", n)
	}
}

func TestAYearlyGiftComesOnceAYear(t *testing.T) {
	t.Parallel()
	w := newWire(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, yearly, "5555555555554444", "general")
	w.pass(368 * day)
	if got := w.gifts(p, made); got != "SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Error(got)
	}
}

func TestNoSubscriptionBeginsWithACardOfABlockedCountry(t *testing.T) {
	t.Parallel()
	for _, blocked := range []bool{true, false} {
		w := newWire(t, "2027-03-15T09:00:00Z")
		if !blocked {
			w.worker.Blocked = nil // the protection is off
		}
		p := w.newPartner()
		made := w.each(p, monthly, "4000001120000005", "general")
		got := w.readPledge(p, made)
		if blocked && (got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_LAPSED || got.GetPaymentFailure() != donationsv1.DonationFailure_DONATION_FAILURE_CARD_COUNTRY) {
			t.Errorf("pledge = %v", got)
		}
		subscribed := false
		for _, r := range w.fake.Requests() {
			subscribed = subscribed || r.Path == "/v1/subscriptions" && r.Method == "POST"
		}
		if subscribed == blocked || (w.gifts(p, made) == "") != blocked {
			t.Errorf("blocked %v, subscribed %v, gifts %q", blocked, subscribed, w.gifts(p, made))
		}
	}
}

func TestAChangedAmountIsPaidFromTheNextTimeOn(t *testing.T) {
	t.Parallel()
	w := newWire(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, monthly, visa, "general", "emergency")
	got, err := w.recurring(p).ChangePledge(t.Context(), &donationsv1.ChangePledgeRequest{
		Name: made.GetName(), Amount: postingtest.Money(7001), Tip: postingtest.Money(300), NextPaymentOn: "2027-05-02",
	})
	if err != nil || got.GetDesignations()[0].GetAmount().GetMinorUnits() != 3501 || got.GetNextPaymentOn() != "2027-05-02" {
		t.Fatalf("%v, %v", got, err)
	}
	w.settle()
	w.pass(50 * day)
	if got := w.gifts(p, made); got != "SUCCEEDED 5000, SUCCEEDED 7301" {
		t.Error(got)
	}
	if got := w.readPledge(p, made).GetNextPaymentOn(); got != "2027-06-02" {
		t.Errorf("the next is on %s", got)
	}
	if n := w.count("stripe_events", "state = 'KEPT'"); n != 0 {
		t.Errorf("%d events are kept", n)
	}
}

func TestAPausedGiftSkipsItsDays(t *testing.T) {
	t.Parallel()
	w := newWire(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made, other := w.each(p, monthly, visa, "general"), w.each(p, monthly, visa, "general")
	pause := func(g *donationsv1.Pledge, until string) {
		got, err := w.recurring(p).PausePledge(t.Context(), &donationsv1.PausePledgeRequest{Name: g.GetName(), Until: until})
		if err != nil || got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_PAUSED || got.GetPausedUntil() != until {
			t.Fatalf("%v, %v", got, err)
		}
		w.settle()
	}
	pause(made, "2027-05-01")
	pause(other, "")
	w.pass(75 * day) // until the end of May
	if got := w.gifts(p, made); got != "SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Errorf("paused until May: %s", got)
	}
	if got := w.readPledge(p, made).GetState(); got != donationsv1.PledgeState_PLEDGE_STATE_ACTIVE {
		t.Errorf("after the pause it is %v", got)
	}
	if _, err := w.recurring(p).ResumePledge(t.Context(), &donationsv1.ResumePledgeRequest{Name: other.GetName()}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.gifts(p, other); got != "SUCCEEDED 5000" {
		t.Errorf("paused until it is resumed: %s", got)
	}
	w.pass(20 * day)
	if got := w.gifts(p, other); got != "SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Errorf("after it was resumed: %s", got)
	}
}

func TestAGiftThatFailsIsTriedAgainAndLapsesInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWire(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, monthly, visa, "general")
	w.trigger(stripefake.Trigger{Kind: "card", Object: w.subscription(made), Type: "chargeDeclinedInsufficientFunds"})
	w.pass(32 * day)
	got := w.readPledge(p, made)
	if got.GetTrouble() != donationsv1.PledgeTrouble_PLEDGE_TROUBLE_FAILED || got.GetPaymentUrl() == "" || got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_ACTIVE {
		t.Fatalf("pledge = %v", got)
	}

	// A card that pays ends the trouble.
	w.trigger(stripefake.Trigger{Kind: "card", Object: w.subscription(made), Type: "visa"})
	w.pass(4 * day)
	if got := w.readPledge(p, made); got.GetTrouble() != 0 || got.GetPaymentUrl() != "" || w.gifts(p, made) != "SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Errorf("pledge = %v, %s", got, w.gifts(p, made))
	}

	// One that never does ends the pledge.
	w.trigger(stripefake.Trigger{Kind: "card", Object: w.subscription(made), Type: "chargeDeclined"})
	w.pass(50 * day)
	got = w.readPledge(p, made)
	if got.GetState() != donationsv1.PledgeState_PLEDGE_STATE_LAPSED || got.GetTrouble() != 0 || w.gifts(p, made) != "SUCCEEDED 5000, SUCCEEDED 5000, FAILED 5000" {
		t.Errorf("pledge = %v, %s", got, w.gifts(p, made))
	}
}

func TestWhoseBankAsksForThemIsToldWhere(t *testing.T) {
	t.Parallel()
	w := newWire(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	made := w.each(p, monthly, visa, "general")
	w.trigger(stripefake.Trigger{Kind: "card", Object: w.subscription(made), Type: "authenticationRequired"})
	w.pass(32 * day)
	receipt, err := donationsv1.NewReceiptServiceClient(p.conn).OpenReceipt(t.Context(), &donationsv1.OpenReceiptRequest{ReceiptToken: made.GetReceiptToken()})
	if err != nil || receipt.GetTrouble() != donationsv1.PledgeTrouble_PLEDGE_TROUBLE_ACTION_REQUIRED {
		t.Fatalf("%v, %v", receipt, err)
	}
	_, invoice, _ := strings.Cut(receipt.GetPaymentUrl(), "/pay/")
	if err := w.fake.Prove(invoice, "", "complete"); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if got := w.readPledge(p, made); got.GetTrouble() != 0 || w.gifts(p, made) != "SUCCEEDED 5000, SUCCEEDED 5000" {
		t.Errorf("%v, %s", got, w.gifts(p, made))
	}
}

// A donor changes their gift with the token alone.
func TestTheTokenChangesTheGift(t *testing.T) {
	t.Parallel()
	w := newWire(t, "2027-03-15T09:00:00Z")
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
	w := newWire(t, "2027-03-15T09:00:00Z")
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
	w := newWire(t, "2027-03-15T09:00:00Z")
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
	w := newWire(t, "2027-03-15T09:00:00Z")
	p := w.newPartner()
	asked := pledgeOf(5000, "general")
	asked.Recurrence = monthly
	made := w.pledge(p, asked)
	for range 2 { // the client repeats once by itself
		if err := w.fake.Disrupt(stripefake.Disruption{Match: "POST /v1/subscriptions", Effect: stripefake.DropAfter}); err != nil {
			t.Fatal(err)
		}
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
