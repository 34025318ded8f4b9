package devstack

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/dev/pgroles"
	"github.com/solidarity-fund/solidarity/services/dev/supervise"
)

// startTime is how long the gateway may take to answer that all is ready.
const startTime = 90 * time.Second

// processes starts the issuer, the fake Stripe, the services and the gateway.
func (s *Stack) processes(context.Context) error {
	s.group = supervise.New(s.options.Log, s.options.Now, s.layout.Run())
	s.state.Issuer = s.options.OIDCIssuer
	if s.options.OIDCIssuer == "" {
		s.state.Issuer, s.state.DevelopmentIssuer = "http://"+s.state.Addresses["oidc"], true
		if err := s.run("oidc", nil, "--issuer="+s.state.Issuer, "--dir="+s.layout.State("oidc")); err != nil {
			return err
		}
	}
	if s.options.StripeKey == "" {
		s.state.Stripe = "http://" + s.state.Addresses["stripe"]
		secret := []string{"SOLIDARITY_WEBHOOK_SECRET=" + developmentWebhookSecret}
		if err := s.run("stripe", secret, "--dir="+s.layout.State("stripe"), "--base-url="+s.state.Stripe,
			"--webhook-url="+s.state.REST+"/webhooks/stripe"); err != nil {
			return err
		}
	}
	for _, svc := range services {
		if err := s.runService(svc); err != nil {
			return err
		}
	}
	return nil
}

// run starts one process of this program: its subcommand is the process's name.
func (s *Stack) run(name string, env []string, args ...string) error {
	return s.group.Start(supervise.Process{
		Name: name, Path: s.options.Program,
		Args: append([]string{"--clock=" + s.layout.Clock(), name, "--listen=fd:3"}, args...), Env: env,
		Files: []*os.File{s.sockets[name]}, Output: s.options.Output,
	})
}

func (s *Stack) runService(svc service) error {
	args := []string{
		"--development", "--log-level=" + s.options.LogLevel,
		"--tls-dir=" + s.layout.TLS(svc.name),
	}
	if !svc.plain {
		args = append(args, "--delays="+s.options.Delays)
		if s.options.OIDCAudience != "" {
			args = append(args, "--oidc-audience="+s.options.OIDCAudience)
		}
		args = append(args, "--oidc-issuer="+s.state.Issuer, "--secret-file="+s.layout.Secret(svc.name))
	}
	for _, peer := range svc.calls {
		args = append(args, "--"+peer+"-addr="+s.state.Addresses[peer])
	}
	var env []string // what is secret goes by the environment: arguments are seen by everybody
	if svc.database {
		env = append(env, s.databaseEnv("DATABASE", "", databaseName(svc.name))...)
	}
	if svc.seals {
		env = append(env, s.databaseEnv("KEY_STORE", "KEY_STORE_", databaseName(keyStore))...)
	}
	if svc.name == "donations" {
		args = append(args, "--webhook-loopback")
		env = append(env, s.stripeEnv()...)
	}
	if svc.name == "ledger" && s.cluster != nil { // a database of somebody else's may be emptied while the folder stays
		args = append(args, "--checkpoint-file="+s.layout.Checkpoint())
	}
	return s.run(svc.name, env, args...)
}

// databaseEnv tells a service its two ways into a database: to serve, and to
// migrate.
func (s *Stack) databaseEnv(serve, migrate, name string) []string {
	return []string{
		"SOLIDARITY_" + serve + "_URL=" + s.database.URL(name, name),
		"SOLIDARITY_" + migrate + "MIGRATE_URL=" + s.database.URL(pgroles.Owner(name), name),
	}
}

// stripeEnv tells donations which Stripe to talk to.
func (s *Stack) stripeEnv() []string {
	if s.options.StripeKey != "" {
		return []string{
			"SOLIDARITY_STRIPE_KEY=" + s.options.StripeKey,
			"SOLIDARITY_STRIPE_WEBHOOK_SECRETS=" + s.options.StripeWebhookSecret,
		}
	}
	return []string{
		"SOLIDARITY_STRIPE_KEY=" + developmentStripeKey,
		"SOLIDARITY_STRIPE_WEBHOOK_SECRETS=" + developmentWebhookSecret,
		"SOLIDARITY_STRIPE_URL=" + s.state.Stripe,
	}
}

// The fake Stripe's key and webhook secret: public, since they guard nothing.
const (
	developmentStripeKey     = "sk_test_development"
	developmentWebhookSecret = "whsec_development" //nolint:gosec // of a fake
)

// ready waits until the gateway says that every service is there.
func (s *Stack) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	client := &http.Client{Timeout: 2 * time.Second}
	for {
		if s.answers(ctx, client) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the services did not become ready in %s; their log is %s", startTime, s.layout.Logs())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *Stack) answers(ctx context.Context, client *http.Client) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(s.state.REST, "/")+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := client.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
