package year

import "context"

// files has each file of a plan that was released fetched by two.
func (p *paying) files(made plan) {
	h := p.history
	known := map[string]bool{}
	t := &thing{name: "files of " + made.Name, waits: func() bool { return true }}
	t.open = func(ctx context.Context) ([]way, bool, error) {
		maker := h.treasurer()
		if maker == nil {
			return nil, false, nil
		}
		var page struct {
			PaymentFiles []struct{ Name, State string } `json:"paymentFiles"`
		}
		if err := maker.get(ctx, made.Name+"/files", &page); err != nil {
			return nil, false, err
		}
		collecting := false
		for _, f := range page.PaymentFiles {
			collecting = collecting || f.State == "PAYMENT_FILE_STATE_COLLECTING"
			if f.State == "PAYMENT_FILE_STATE_SEALED" && !known[f.Name] {
				known[f.Name] = true
				p.file(f.Name)
			}
		}
		return nil, !collecting, nil
	}
	h.add(t)
}

// file is fetched by two. One that is held back since something changed is withdrawn, and
// its awards are paid anew.
func (p *paying) file(name string) {
	h, held, fetched := p.history, false, false
	act := func(ctx context.Context, who *person, verb string) error {
		switch verb {
		case "proposeDownload":
			return who.post(ctx, name+":proposeDownload", map[string]any{"reason": "PAYMENT_FILE_DOWNLOAD_REASON_FIRST_HANDOVER"}, nil)
		case "withdraw":
			return who.post(ctx, name+":withdraw", map[string]any{}, nil)
		}
		_, err := h.download(ctx, who, name)
		if held = heldBack(err); held {
			return nil
		}
		fetched = err == nil
		return err
	}
	ended := func(state string) bool { return state != "PAYMENT_FILE_STATE_SEALED" }
	fetch, withdraw := h.resource(name, []string{"download", "proposeDownload"}, nil, ended, act), h.resource(name, []string{"withdraw"}, nil, ended, act)
	h.add(&thing{name: name, open: func(ctx context.Context) ([]way, bool, error) {
		if fetched {
			return nil, true, nil
		}
		if !held {
			return fetch.open(ctx)
		}
		ways, done, err := withdraw.open(ctx)
		if done {
			p.pay()
		}
		return ways, done, err
	}})
}

// heldBack reports whether a file is not given out for what became of a family in it.
func heldBack(err error) bool {
	for _, reason := range []string{"DESTINATION_COOLING_OFF", "DESTINATION_CHANGED", "DESTINATION_MISSING", "FAMILY_SUSPENDED", "FAMILY_HELD", "FAMILY_NOT_VERIFIED"} {
		if refused(err, reason) {
			return true
		}
	}
	return false
}
