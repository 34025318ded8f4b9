package year

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// The account of the foundation, and what was there when its books were opened.
const (
	senderIBAN = "LT121000011101001000"
	brought    = 8_000_000 // cents of EUR
)

// amount is a Money in JSON.
type amount struct {
	MinorUnits   int64  `json:"minorUnits,string"`
	CurrencyCode string `json:"currencyCode"`
}

func euros(minor int64) amount { return amount{MinorUnits: minor, CurrencyCode: "EUR"} }

// open books what the fund had before, and gives a partner its keys.
func (y *fund) open(ctx context.Context) error {
	for _, line := range [][2]string{{"asset:bank:main", "equity:opening"}, {"equity:opening", "fund:general:available"}} {
		if err := y.adjust(ctx, line[0], line[1], brought); err != nil {
			return err
		}
	}
	var partner struct{ SecretKey string }
	if err := y.people["olena"].post(ctx, "partners", map[string]any{
		"displayName": "Example partner", "origins": []string{"https://partner.example"}, "returnUrls": []string{"https://partner.example/thanks"},
	}, &partner); err != nil {
		return err
	}
	y.partner = restclient.New(y.REST, partner.SecretKey)
	return nil
}

// adjust has one person propose a booking and whoever may approve it.
func (y *fund) adjust(ctx context.Context, debit, credit string, minor int64) error {
	evidence := sha256.Sum256([]byte("minutes of the first meeting"))
	var a struct{ Name, State string }
	if err := y.treasurer().post(ctx, "ledger/adjustments:propose", map[string]any{"adjustment": map[string]any{
		"kind": "ADJUSTMENT_KIND_OPENING_BALANCE", "debitAccount": debit, "creditAccount": credit, "amount": euros(minor),
		"occurredOn": y.today(), "evidenceSha256": base64.StdEncoding.EncodeToString(evidence[:]),
	}}, &a); err != nil {
		return err
	}
	if _, err := y.act(ctx, a.Name, "approve", map[string]any{}, &a); err != nil {
		return err
	}
	if err := y.pass(ctx, time.Minute); err != nil {
		return err
	}
	if err := y.treasurer().get(ctx, a.Name, &a); err != nil {
		return err
	}
	if a.State != "ADJUSTMENT_STATE_BOOKED" {
		return fmt.Errorf("the opening balance is %s", a.State)
	}
	return nil
}

// treasurer is one of the money desk who is there.
func (y *fund) treasurer() *person {
	return y.awakeOf("tomas", y.Officers[1], "ursula", "vera", y.Officers[0])
}

// awakeOf is the first of some people who is there; the first of them all where none is.
func (y *fund) awakeOf(subjects ...string) *person {
	for _, subject := range subjects {
		for _, p := range y.awake() {
			if p.subject == subject {
				return p
			}
		}
	}
	return y.people[subjects[0]]
}

// gifts lets three donors give, with a tip.
func (y *fund) gifts(ctx context.Context) error {
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for i := range 3 {
		var p struct {
			CheckoutURL string `json:"checkoutUrl"`
		}
		if err := y.partner.JSON(ctx, http.MethodPost, "/v1/pledges", fmt.Sprintf("gift-%d-%d", y.month, i), map[string]any{
			"amount": euros(int64(5000 + 1000*i)), "tip": euros(300), "returnUrl": "https://partner.example/thanks",
			"designations": []any{map[string]any{"fund": "funds/general"}},
		}, &p); err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.CheckoutURL, bytes.NewBufferString(url.Values{"card": {"4242424242424242"}}.Encode()))
		if err != nil {
			return fmt.Errorf("pay: %w", err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := browser.Do(req)
		if err != nil {
			return fmt.Errorf("pay: %w", err)
		}
		resp.Body.Close()
	}
	return y.pass(ctx, time.Hour)
}

type round struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Digest string `json:"snapshotDigest"`
}

// allocate opens a round over what this month's requests need, and commits it.
func (y *fund) allocate(ctx context.Context) error {
	if err := y.Move(ctx, later(y.Now(), roundDay)); err != nil { // all cycles of the month are due then
		return err
	}
	var r round
	maker := y.treasurer()
	if err := maker.post(ctx, "allocationRounds", map[string]any{
		"currencyCode": "EUR", "budgets": []any{map[string]any{"fund": "funds/general", "amount": euros(int64(len(y.families)) * monthly)}},
	}, &r); err != nil {
		return err
	}
	if err := maker.post(ctx, r.Name+":simulate", map[string]any{}, &r); err != nil {
		return err
	}
	if _, err := y.act(ctx, r.Name, "commit", map[string]any{"snapshotDigest": r.Digest}, nil); err != nil {
		return err
	}
	if err := y.pass(ctx, time.Minute); err != nil {
		return err
	}
	if err := maker.get(ctx, r.Name, &r); err != nil {
		return err
	}
	if r.State != "ALLOCATION_ROUND_STATE_COMMITTED" {
		return fmt.Errorf("the round is %s", r.State)
	}
	y.paid = 0
	if err := y.payOut(ctx, r); err != nil {
		return err
	}
	if y.paid != len(y.families) {
		return fmt.Errorf("%d of %d families are paid: %s", y.paid, len(y.families), y.text(ctx, r.Name))
	}
	y.summary.Payments += y.paid
	return nil
}

// text is a resource as a treasurer sees it.
func (y *fund) text(ctx context.Context, resource string) string {
	var raw json.RawMessage
	if err := y.treasurer().get(ctx, resource, &raw); err != nil {
		return err.Error()
	}
	return string(raw)
}

// roundDay is the day of the month on which the round is opened.
const roundDay = 8

// later is the day of this month, or now where that has passed.
func later(now time.Time, dayOfMonth int) time.Time {
	if at := time.Date(now.UTC().Year(), now.UTC().Month(), dayOfMonth, 8, 0, 0, 0, time.UTC); at.After(now) {
		return at
	}
	return now
}

// openView is for how many days a plan stands in open view where who stood in for a
// verifier signs it, and its own row of the hands' table has no days.
const openView = 3

// plan is a payment plan as the story needs it.
type plan struct {
	Name         string `json:"name"`
	State        string `json:"state"`
	Digest       string `json:"digest"`
	PaymentCount int    `json:"paymentCount"`
	Persons      int    `json:"persons"`
	WaitDays     int    `json:"waitDays"`
	Looks        []struct {
		Family   string `json:"family"`
		LookedBy string `json:"lookedBy"`
	} `json:"looks"`
}

// payOut makes plans of all that a round awarded. Each two of the money desk who are there
// make one of the families in whose cases neither has a part. What is left then goes into
// plans of makers who have no part: who stood in there takes the other hand, when the days
// and the look are over.
func (y *fund) payOut(ctx context.Context, r round) error {
	var desk []*person
	for _, p := range y.awake() {
		if p.money {
			desk = append(desk, p)
		}
	}
	for i, maker := range desk {
		err := y.makePlan(ctx, maker, r, maker.staff, desk[(i+1)%len(desk)].staff)
		if err != nil && !refused(err, "INVOLVED_PERSON") {
			return unless(err, "NOTHING_TO_PAY")
		}
	}
	for _, maker := range desk {
		err := y.makePlan(ctx, maker, r, maker.staff)
		if err != nil && !refused(err, "INVOLVED_PERSON") {
			return unless(err, "NOTHING_TO_PAY")
		}
	}
	return nil
}

// unless is nil for an error that is a refusal for a reason.
func unless(err error, reason string) error {
	if refused(err, reason) {
		return nil
	}
	return err
}

// makePlan makes a plan of what a round awarded to families in whose cases some people
// have no part, and takes it through its hands.
func (y *fund) makePlan(ctx context.Context, maker *person, r round, without ...string) error {
	var p plan
	if err := maker.post(ctx, "paymentPlans", map[string]any{
		"allocationRound": r.Name, "rail": "sepa", "excludeInvolving": without,
	}, &p); err != nil {
		return err
	}
	if err := y.hands(ctx, maker, &p); err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	if y.unfetched {
		y.unfetched = false
		if err := y.forget(ctx, p); err != nil {
			return err
		}
	}
	y.paid += p.PaymentCount
	return y.files(ctx, p)
}

// forget lets a plan's files lie until the rule withdraws them, and has each of its
// payments tried again.
func (y *fund) forget(ctx context.Context, p plan) error {
	y.say("Nobody fetches the files of a plan; after a week they are withdrawn, and its payments are tried again.")
	if err := y.pass(ctx, 8*day); err != nil {
		return err
	}
	var page struct {
		Payments []struct{ Name, State string } `json:"payments"`
	}
	if err := y.treasurer().get(ctx, p.Name+"/payments?pageSize=100", &page); err != nil {
		return err
	}
	for _, payment := range page.Payments {
		if _, err := y.act(ctx, payment.Name, "retry", map[string]any{}, nil); err != nil {
			return err
		}
	}
	return nil
}

// ready locks a plan and asks for its approval.
func (y *fund) ready(ctx context.Context, maker *person, p *plan) error {
	for _, verb := range []string{"lock", "submit"} {
		if err := maker.post(ctx, p.Name+":"+verb, map[string]any{}, p); err != nil {
			return err
		}
	}
	return nil
}

// hands has a plan approved and released. Where people are missing it stands in open
// view for some days, and then two of them are enough.
func (y *fund) hands(ctx context.Context, maker *person, p *plan) error {
	if err := y.ready(ctx, maker, p); err != nil {
		return err
	}
	if turn := y.turn; turn != nil {
		y.turn = nil
		if err := turn(y, ctx, maker, p); err != nil {
			return err
		}
	}
	if err := y.looks(ctx, maker, p); err != nil {
		return err
	}
	bound := y.Now().Add(patience + time.Duration(max(p.WaitDays, openView))*day)
	for p.State != "PAYMENT_PLAN_STATE_ACCEPTED" {
		moved, err := y.nextHand(ctx, maker, p)
		switch {
		case err != nil:
			return err
		case moved:
			continue
		case y.Now().After(bound):
			return fmt.Errorf("nobody who is there takes it on from %s: %s", p.State, y.why(ctx, p.Name))
		}
		if err := y.pass(ctx, 12*time.Hour); err != nil {
			return err
		}
	}
	return nil
}

// nextHand has whoever may take a plan a step on do so, towards its release.
func (y *fund) nextHand(ctx context.Context, maker *person, p *plan) (moved bool, err error) {
	if err := maker.get(ctx, p.Name, p); err != nil {
		return false, err
	}
	for _, verb := range []string{"release", "authorize", "approve"} {
		who, err := y.who(ctx, p.Name, verb)
		if err != nil || who == nil {
			if err != nil {
				return false, err
			}
			continue
		}
		return true, who.post(ctx, p.Name+":"+verb, map[string]any{"digest": p.Digest}, p)
	}
	return false, nil
}

// looks lets somebody who never touched its case look at each family that the plan asks
// them to.
func (y *fund) looks(ctx context.Context, maker *person, p *plan) error {
	if err := maker.get(ctx, p.Name, p); err != nil {
		return err
	}
	for _, look := range p.Looks {
		if look.LookedBy != "" {
			continue
		}
		if err := y.look(ctx, p.Name, look.Family); err != nil {
			return err
		}
	}
	return nil
}

func (y *fund) look(ctx context.Context, plan, family string) error {
	for _, p := range y.awake() {
		err := p.post(ctx, plan+":look", map[string]any{"family": family}, nil)
		if err == nil || !elsewhere(err) && !refused(err, "INVOLVED_PERSON") && !refused(err, "SAME_PERSON") {
			return err
		}
	}
	return errors.New("nobody who is there may look at " + family)
}

// files fetches the plan's files by two people and hands them to the bank.
func (y *fund) files(ctx context.Context, p plan) error {
	if err := y.pass(ctx, time.Minute); err != nil {
		return err
	}
	var page struct {
		PaymentFiles []struct{ Name, State string } `json:"paymentFiles"`
	}
	if err := y.treasurer().get(ctx, p.Name+"/files", &page); err != nil {
		return err
	}
	taken := 0
	for _, f := range page.PaymentFiles {
		if f.State != "PAYMENT_FILE_STATE_SEALED" {
			continue // withdrawn
		}
		n, err := y.fetch(ctx, f.Name)
		if err != nil {
			return err
		}
		taken += n
	}
	if taken != p.PaymentCount {
		return fmt.Errorf("the files hold %d payments, the plan has %d", taken, p.PaymentCount)
	}
	return nil
}

func (y *fund) fetch(ctx context.Context, file string) (int, error) {
	if _, err := y.act(ctx, file, "proposeDownload", map[string]any{"reason": "PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER"}, nil); err != nil {
		return 0, err
	}
	second, err := y.wait(ctx, file, "download", patience)
	if err != nil {
		return 0, err
	}
	client, err := second.rest(ctx)
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(ctx, http.MethodPost, "/v1/"+file+":download", "application/json", "", bytes.NewReader([]byte("{}")))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, fmt.Errorf("download: %w", err)
	}
	return y.bank.Take(bytes.NewReader(content))
}

// pay lets the rest of the month pass.
func (y *fund) pay(ctx context.Context) error {
	now := y.Now().UTC()
	next := time.Date(now.Year(), now.Month()+1, 1, 6, 0, 0, 0, time.UTC)
	return y.Move(ctx, next)
}

// settle imports the statement of the month's last day.
func (y *fund) settle(ctx context.Context) error {
	var file bytes.Buffer
	if err := y.bank.Statement(&file, y.lastDay(), func(string, int64) string { return "" }); err != nil {
		return err
	}
	client, err := y.treasurer().rest(ctx)
	if err != nil {
		return err
	}
	resp, err := client.Do(ctx, http.MethodPost, "/v1/statements", "application/xml", "", &file)
	if err != nil {
		return err
	}
	resp.Body.Close()
	return y.pass(ctx, time.Hour)
}

// lastDay is the last of the month that has just ended.
func (y *fund) lastDay() time.Time {
	now := y.Now().UTC()
	return time.Date(now.Year(), now.Month(), 1, 12, 0, 0, 0, time.UTC).AddDate(0, 0, -1)
}

// closeMonth closes the books up to its last day, by somebody else than who brought the
// statement.
func (y *fund) closeMonth(ctx context.Context) error {
	var c struct{ Name, State, Digest string }
	if err := y.treasurer().post(ctx, "ledger/periods:proposeClose", map[string]any{"lastDay": y.lastDay().Format(time.DateOnly)}, &c); err != nil {
		return err
	}
	if _, err := y.act(ctx, c.Name, "confirmClose", map[string]any{"digest": c.Digest}, &c); err != nil {
		return err
	}
	if c.State != "PERIOD_CLOSE_STATE_CLOSED" {
		return errors.New("the close is " + c.State)
	}
	y.summary.Closed++
	return nil
}
