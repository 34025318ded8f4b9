package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/solidarity-fund/solidarity/services/dev/devstack"
	"github.com/solidarity-fund/solidarity/services/dev/stripefake"
	"github.com/solidarity-fund/solidarity/services/internal/command"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/restclient"
)

// sandboxData is the folder of the sandbox, apart from that of the development
// installation.
type sandboxData struct {
	Data string `help:"Folder of the sandbox." default:".solidarity-sandbox" type:"path" env:"SOLIDARITY_SANDBOX_DATA"`
}

type sandboxCommand struct {
	Run     sandboxRun     `cmd:"" default:"withargs" help:"Run an installation for partners to try: own data, a fake Stripe, a clock that can be moved."`
	Partner sandboxPartner `cmd:"" help:"Make a partner of the running sandbox, and print its keys once."`
	Trigger sandboxTrigger `cmd:"" help:"Let something happen to a pledge of the running sandbox that a donor, a bank or Stripe does."`
}

type sandboxRun struct {
	sandboxData
	Addr   string `help:"Address of the REST gateway." default:"127.0.0.1:8090"`
	Delays string `help:"How long things wait: none, or as in production; the clock can be moved (solidarity-dev clock)." enum:"none,production" default:"production"`
}

// Run starts the sandbox, which is a development installation of its own: its keys begin
// with pk_test_ and sk_test_, and live keys are refused by name of the mistake.
func (c *sandboxRun) Run(ctx context.Context, t *command.Terminal) error {
	run := runCommand{dataFlag: dataFlag{c.Data}, Addr: c.Addr, OIDCAudience: "solidarity", Delays: c.Delays}
	run.LogLevel, run.LogFormat = "info", "json"
	fmt.Fprintln(t.Err, "Make a partner with `solidarity-dev sandbox partner` once it runs.")
	return run.Run(ctx, t)
}

type sandboxPartner struct {
	sandboxData
	command.JSONFlag
	Name      string   `help:"The partner's public title." default:"Example partner"`
	Origin    []string `help:"Web origin from which pledges begin; may be given several times." default:"http://localhost:3000"`
	ReturnURL []string `name:"return-url" help:"Address to which donors return; may be given several times." default:"http://localhost:3000/"`
}

// madePartner is what `solidarity-dev sandbox partner --json` prints.
type madePartner struct {
	Name           string `json:"name"`
	PublishableKey string `json:"publishableKey"`
	SecretKey      string `json:"secretKey"`
	REST           string `json:"rest"`
}

// Run makes a partner, as an operator does.
func (c *sandboxPartner) Run(ctx context.Context, t *command.Terminal) error {
	state, err := c.state()
	if err != nil {
		return err
	}
	operator, err := mint(ctx, c.Data, "sandbox-operator", []string{"operator"})
	if err != nil {
		return err
	}
	made := madePartner{REST: state.REST}
	if err := restclient.New(state.REST, operator.Token).Post(ctx, "/v1/partners", map[string]any{
		"displayName": c.Name, "origins": c.Origin, "returnUrls": c.ReturnURL,
	}, &made); err != nil {
		return err
	}
	return c.Print(t, made, func(w io.Writer) {
		fmt.Fprintf(w, "%s at %s\n  publishable key  %s\n  secret key       %s\nThe secret key is shown once.\n", made.Name, made.REST, made.PublishableKey, made.SecretKey)
	})
}

func (d sandboxData) state() (devstack.State, error) {
	layout, err := devstack.NewLayout(d.Data)
	if err != nil {
		return devstack.State{}, err
	}
	state, err := devstack.ReadState(layout)
	if err != nil {
		return state, err
	}
	if state.Stripe == "" {
		return state, errors.New("this installation talks to the real Stripe, where nothing can be triggered")
	}
	return state, nil
}

type sandboxTrigger struct {
	sandboxData
	Event  string `arg:"" help:"What happens: pay, decline, 3ds, 3ds-failed, refund, dispute, failed-renewal, renewal or webhook-loss."`
	Pledge string `arg:"" optional:"" help:"The pledge, pledges/pg_…; none for webhook-loss, of which the next event is lost."`
}

// happenings are what can be triggered, as it happens at Stripe.
func happenings() map[string][]stripefake.Trigger {
	return map[string][]stripefake.Trigger{
		"pay":            {{Kind: "pay", Type: "visa"}},
		"decline":        {{Kind: "pay", Type: "chargeDeclined"}},
		"3ds":            {{Kind: "pay", Type: "authenticationRequiredOnSetup"}},
		"3ds-failed":     {{Kind: "pay", Type: "authenticationRequiredOnSetup", Reason: stripefake.ProofRefused}},
		"refund":         {{Kind: "refund"}},
		"dispute":        {{Kind: "dispute"}},
		"renewal":        {{Kind: "card", Type: "visa"}, {Kind: "renew"}},
		"failed-renewal": {{Kind: "card", Type: "chargeDeclined"}, {Kind: "renew"}},
		"webhook-loss":   {{Kind: "lose", Amount: 1}},
	}
}

// Run lets it happen at the sandbox's Stripe, which tells of it.
func (c *sandboxTrigger) Run(ctx context.Context, t *command.Terminal) error {
	state, err := c.state()
	if err != nil {
		return err
	}
	all, err := c.triggers()
	if err != nil {
		return err
	}
	for _, one := range all {
		if err := restclient.New(state.Stripe, "").Post(ctx, "/_fake/triggers", one, nil); err != nil {
			return fmt.Errorf("%s: Stripe does not let that happen to this pledge as it is: %w", c.Event, err)
		}
	}
	fmt.Fprintln(t.Out, "It has happened; look at the pledge and its donations.")
	return nil
}

// triggers are what has to happen at Stripe, to the pledge that is named.
func (c *sandboxTrigger) triggers() ([]stripefake.Trigger, error) {
	all, known := happenings()[c.Event]
	id, named := resource.Pledge.Cut(c.Pledge)
	switch {
	case !known:
		return nil, fmt.Errorf("%q cannot be triggered: give %s", c.Event, strings.Join(slices.Sorted(maps.Keys(happenings())), ", "))
	case all[0].Kind == "lose":
		return all, nil
	case !named:
		return nil, fmt.Errorf("%s happens to a pledge: name it, pledges/pg_…", c.Event)
	}
	for i := range all {
		all[i].Object = id
	}
	return all, nil
}
