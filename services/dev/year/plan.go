package year

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

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
	bound := y.Now().Add(patience + time.Duration(max(p.WaitDays, openView))*day)
	for p.State != "PAYMENT_PLAN_STATE_ACCEPTED" {
		if err := y.looks(ctx, maker, p); err != nil {
			return err
		}
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
// them to, or who may do so by now.
func (y *fund) looks(ctx context.Context, maker *person, p *plan) error {
	if err := maker.get(ctx, p.Name, p); err != nil {
		return err
	}
	for _, look := range p.Looks {
		if look.LookedBy != "" {
			continue
		}
		if _, err := y.look(ctx, y.awake(), p.Name, look.Family); err != nil {
			return err
		}
	}
	return nil
}

// look has the first of some people look at a family who may, and reports whether one did.
func (y *fund) look(ctx context.Context, people []*person, plan, family string) (bool, error) {
	for _, p := range people {
		if y.lookAt != nil {
			if err := y.lookAt(ctx, p, family); err != nil {
				return false, err
			}
		}
		err := p.post(ctx, plan+":look", map[string]any{"family": family}, nil)
		switch {
		case err == nil:
			return true, nil
		case !elsewhere(err) && !refused(err, "INVOLVED_PERSON") && !refused(err, "SAME_PERSON") && !refused(err, "LOOK_TOO_SOON"):
			return false, err
		}
	}
	return false, nil
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
	return y.download(ctx, second, file)
}

// download fetches a file and hands it to the bank.
func (y *fund) download(ctx context.Context, p *person, file string) (int, error) {
	client, err := p.rest(ctx)
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
