package story

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

type plan struct {
	Name         string `json:"name"`
	State        string `json:"state"`
	PaymentCount int    `json:"paymentCount"`
	Total        amount `json:"total"`
	Digest       string `json:"digest"`
	Persons      int    `json:"persons"`
	Looks        []struct {
		Family string `json:"family"`
	} `json:"looks"`
}

// step is one that somebody takes on a plan.
type step struct {
	verb   string
	signs  bool // what they looked at
	by     *person
	tried  []*person // who is refused first, and why
	reason string
}

// pay makes a plan and takes it through the hands of different people, then
// brings its files to the bank.
func (t *teller) pay(ctx context.Context) error {
	petra, err := t.signIn(ctx, "petra", "approver")
	if err != nil {
		return err
	}
	maker := t.staff["tomas"]
	var p plan
	if err := maker.JSON(ctx, http.MethodPost, "/v1/paymentPlans", "story-plan", map[string]any{
		"allocationRound": t.round, "rail": "sepa",
	}, &p); err != nil {
		return err
	}
	t.plan = p.Name
	if err := t.step(ctx, step{"lock", false, maker, nil, ""}, &p); err != nil {
		return err
	}
	if err := t.lookAt(ctx, p); err != nil {
		return err
	}
	steps := []step{
		{"submit", false, maker, nil, ""},
		{"approve", true, petra, []*person{t.staff["chloe"]}, "PERMISSION_DENIED"},
	}
	for _, s := range steps {
		if err := t.step(ctx, s, &p); err != nil {
			return err
		}
	}
	release := step{"release", true, maker, []*person{t.staff["chloe"]}, "PERMISSION_DENIED"}
	if p.Persons > 2 {
		release = step{"release", true, t.staff["viktor"], []*person{maker}, "SAME_PERSON"}
	}
	if err := t.step(ctx, release, &p); err != nil {
		return err
	}
	t.summary.Payments = p.PaymentCount
	t.say("A payment plan of %d payments (%s) is made, locked and submitted by one person and approved by a second. By its sum, and what else leaves in 30 days, the ledger asks for %d persons: %s releases it; whoever may not is refused.",
		p.PaymentCount, p.Total, p.Persons, release.by.name)
	return t.files(ctx)
}

// lookAt has an officer, who never touched their cases, look at the families that the
// plan asks for.
func (t *teller) lookAt(ctx context.Context, p plan) error {
	nina, err := t.signIn(ctx, "nina", "protection-officer")
	if err != nil {
		return err
	}
	for i, l := range p.Looks {
		if err := nina.JSON(ctx, http.MethodPost, "/v1/"+p.Name+":look", fmt.Sprintf("story-look-%d", i), map[string]any{"family": l.Family}, nil); err != nil {
			return fmt.Errorf("look at %s: %w", l.Family, err)
		}
	}
	t.say("A protection officer, who never touched their cases, looks at %d of its families, which the system names.", len(p.Looks))
	return nil
}

// step takes a plan one step on, once those who may not have tried.
func (t *teller) step(ctx context.Context, s step, p *plan) error {
	path, body := "/v1/"+p.Name+":"+s.verb, map[string]any{}
	if s.signs {
		if err := s.by.Get(ctx, "/v1/"+p.Name, p); err != nil {
			return err
		}
		body["digest"] = p.Digest
	}
	for i, other := range s.tried {
		err := other.JSON(ctx, http.MethodPost, path, fmt.Sprintf("story-%s-%d", s.verb, i), body, nil)
		if err := refused(s.verb+" by "+other.name, err, s.reason); err != nil {
			return err
		}
	}
	if err := s.by.JSON(ctx, http.MethodPost, path, "story-"+s.verb, body, p); err != nil {
		return fmt.Errorf("%s: %w", s.verb, err)
	}
	return nil
}

type paymentFile struct {
	Name         string `json:"name"`
	State        string `json:"state"`
	PaymentCount int    `json:"paymentCount"`
}

// files waits until the plan's files are sealed, fetches each by two people and
// hands it to the bank.
func (t *teller) files(ctx context.Context) error {
	var files []paymentFile
	if err := until(ctx, "sealing of the payment files", func(ctx context.Context) (bool, error) {
		files = nil
		sealed := true
		err := each(ctx, t.staff["tomas"].Client, "/v1/"+t.plan+"/files", "paymentFiles", func(f paymentFile) {
			files = append(files, f)
			sealed = sealed && f.State == "PAYMENT_FILE_STATE_SEALED"
		})
		return sealed && len(files) > 0, err
	}); err != nil {
		return err
	}
	taken := 0
	for i, f := range files {
		if err := t.staff["tomas"].Post(ctx, "/v1/"+f.Name+":proposeDownload",
			map[string]any{"reason": "PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER"}, nil); err != nil {
			return err
		}
		content, err := t.download(ctx, f.Name, i == 0)
		if err != nil {
			return err
		}
		n, err := t.bank.Take(bytes.NewReader(content))
		if err != nil {
			return err
		}
		taken += n
		name := "pain001.xml"
		if i > 0 {
			name = fmt.Sprintf("pain001-%d.xml", i+1)
		}
		if err := t.Save(name, content); err != nil {
			return err
		}
	}
	if taken != t.summary.Payments {
		return fmt.Errorf("the files hold %d payments, the plan has %d", taken, t.summary.Payments)
	}
	t.say("%d pain.001 files of at most ten families each, sealed, fetched by two people, go to the bank: %d transfers.", len(files), taken)
	return nil
}

// download fetches a file as the second person; the one who proposed it may not.
func (t *teller) download(ctx context.Context, name string, tryProposer bool) ([]byte, error) {
	path := "/v1/" + name + ":download"
	if tryProposer {
		resp, err := t.staff["tomas"].Do(ctx, http.MethodPost, path, "application/json", "", bytes.NewReader([]byte("{}")))
		if err == nil {
			resp.Body.Close()
		}
		if err := refused("a download by who proposed it", err, "SAME_PERSON"); err != nil {
			return nil, err
		}
	}
	resp, err := t.staff["ursula"].Do(ctx, http.MethodPost, path, "application/json", "", bytes.NewReader([]byte("{}")))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}
