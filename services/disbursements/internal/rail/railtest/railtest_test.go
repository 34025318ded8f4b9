package railtest_test

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail/railtest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// able is a rail that can do everything but files.
func able() rail.Capabilities {
	return rail.Capabilities{
		ID: "single", Currencies: []string{"EUR"}, Senders: []rail.Sender{{ID: "main", Currency: "EUR"}},
		Forms:   []payment.Accepted{{Form: payment.FormWallet}, {Form: payment.FormCollector}},
		LooksUp: true, Cancels: true, Proves: true, Reconciles: true,
	}
}

// plain is one that can do nothing but take.
func plain() rail.Capabilities {
	can := able()
	can.LooksUp, can.Cancels, can.Proves, can.Reconciles = false, false, false, false
	return can
}

func whole(s *railtest.Single) rail.Rail { return s }

func TestARailThatCanDoAllKeepsTheRules(t *testing.T) {
	t.Parallel()
	railtest.Run(t, func(*testing.T) railtest.Bench { return railtest.NewSingleBench(able(), whole) })
}

func TestARailThatCanOnlyTakeKeepsTheRules(t *testing.T) {
	t.Parallel()
	railtest.Run(t, func(*testing.T) railtest.Bench { return railtest.NewSingleBench(plain(), whole) })
}

// broken is a rail with one defect: what is not nil stands in for the rail's own.
type broken struct {
	*railtest.Single
	can       func() rail.Capabilities
	prepare   func(context.Context, payment.Instruction) error
	submit    func(context.Context, payment.Instruction) (payment.Finding, error)
	poll      func(context.Context, payment.Attempt) (payment.Finding, error)
	reconcile func(context.Context, []byte) (rail.Report, error)
	cancel    func(context.Context, payment.Cancellation) error
}

func (b broken) Capabilities() rail.Capabilities {
	if b.can != nil {
		return b.can()
	}
	return b.Single.Capabilities()
}

func (b broken) Prepare(ctx context.Context, in payment.Instruction) error {
	if b.prepare != nil {
		return b.prepare(ctx, in)
	}
	return b.Single.Prepare(ctx, in)
}

func (b broken) Submit(ctx context.Context, in payment.Instruction) (payment.Finding, error) {
	if b.submit != nil {
		return b.submit(ctx, in)
	}
	return b.Single.Submit(ctx, in)
}

func (b broken) Poll(ctx context.Context, a payment.Attempt) (payment.Finding, error) {
	if b.poll != nil {
		return b.poll(ctx, a)
	}
	return b.Single.Poll(ctx, a)
}

func (b broken) Reconcile(ctx context.Context, file []byte) (rail.Report, error) {
	if b.reconcile != nil {
		return b.reconcile(ctx, file)
	}
	return b.Single.Reconcile(ctx, file)
}

func (b broken) Cancel(ctx context.Context, c payment.Cancellation) error {
	if b.cancel != nil {
		return b.cancel(ctx, c)
	}
	return b.Single.Cancel(ctx, c)
}

// defect is what is wrong with a rail, and the rule that finds it.
type defect struct {
	rule string
	can  rail.Capabilities
	make func(s *railtest.Single) rail.Rail
}

// TestEachRuleFindsARailThatBreaksIt breaks a rail that keeps all rules, once for each.
func TestEachRuleFindsARailThatBreaksIt(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for name, d := range defects() {
		rules := railtest.Rules()
		i := slices.IndexFunc(rules, func(r railtest.Rule) bool { return r.Name == d.rule })
		if i < 0 {
			t.Fatalf("%s: there is no rule %q", name, d.rule)
		}
		tried[d.rule] = true
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := rules[i].Check(context.Background(), railtest.NewSingleBench(d.can, d.make)); err == nil {
				t.Errorf("%q finds nothing", d.rule)
			}
		})
	}
	for _, r := range railtest.Rules() {
		if !tried[r.Name] {
			t.Errorf("no rail breaks %q", r.Name)
		}
	}
}

// elsewhere hands an instruction over under another id: nobody knows it again.
func elsewhere(s *railtest.Single) func(context.Context, payment.Instruction) (payment.Finding, error) {
	return func(ctx context.Context, in payment.Instruction) (payment.Finding, error) {
		found, err := s.Submit(ctx, in)
		if err != nil {
			return found, err
		}
		in.Attempt.EndToEndID += rand.Text()
		return s.Submit(ctx, in)
	}
}

// careless takes whatever the rail would refuse as something that it takes.
func careless(change func(*payment.Instruction)) func(s *railtest.Single) rail.Rail {
	return func(s *railtest.Single) rail.Rail {
		return broken{
			Single:  s,
			prepare: func(context.Context, payment.Instruction) error { return nil },
			submit: func(ctx context.Context, in payment.Instruction) (payment.Finding, error) {
				change(&in)
				return s.Submit(ctx, in)
			},
		}
	}
}

func defects() map[string]defect {
	all := onceDefects()
	for name, d := range saidDefects() {
		all[name] = d
	}
	for name, d := range laterDefects() {
		all[name] = d
	}
	return all
}

func onceDefects() map[string]defect {
	return map[string]defect{
		"it sends while it prepares": {"preparing has no effect", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, prepare: func(ctx context.Context, in payment.Instruction) error {
				_, err := s.Submit(ctx, in)
				return err
			}}
		}},
		"it pays each time that it is told": {"the same instruction twice is one payment", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, submit: elsewhere(s)}
		}},
		"it pays as often as it is told at once": {"many at once are one payment", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, submit: elsewhere(s)}
		}},
		"it looks at the id alone": {"another instruction under the same id is refused", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, submit: func(ctx context.Context, in payment.Instruction) (payment.Finding, error) {
				found, err := s.Submit(ctx, in)
				if fault.Is(err, fault.ReasonReferenceConflict) {
					return payment.Waiting, nil
				}
				return found, err
			}}
		}},
		"it remembers in memory": {"a crash between any two steps loses and doubles nothing", able(), func(s *railtest.Single) rail.Rail {
			told := false // by this process
			return broken{Single: s, submit: func(ctx context.Context, in payment.Instruction) (payment.Finding, error) {
				if told {
					return payment.Waiting, nil
				}
				told = true
				return elsewhere(s)(ctx, in)
			}}
		}},
		"it tries again by itself": {"a crash in the middle of handing over loses and doubles nothing", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, submit: func(ctx context.Context, in payment.Instruction) (payment.Finding, error) {
				found, err := s.Submit(ctx, in)
				if err != nil && !fault.OfKind(err, fault.Invalid) {
					return s.Submit(ctx, in)
				}
				return found, err
			}}
		}},
	}
}

func saidDefects() map[string]defect {
	return map[string]defect{
		"it declares files that it does not have": {"what it is called and has is declared", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, can: func() rail.Capabilities { c := able(); c.Files = true; return c }}
		}},
		"it takes every form": {"a form that it does not take is refused", able(), careless(func(in *payment.Instruction) {
			in.Destination = payment.Destination{Wallet: &payment.Wallet{}}
		})},
		"it takes every currency": {"a currency that it does not carry is refused", able(), careless(func(in *payment.Instruction) { in.Attempt.Currency = "EUR" })},
		"it takes every sender":   {"a sender that it does not have is refused", able(), careless(func(in *payment.Instruction) { in.Sender = "main" })},
		"it declares to look up": {"what it cannot do it says, and what it can it does", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, poll: func(context.Context, payment.Attempt) (payment.Finding, error) { return payment.NotKnown, nil }}
		}},
		"it cancels what it declares not to": {"what it cannot do it says, and what it can it does", plain(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, cancel: func(context.Context, payment.Cancellation) error { return nil }}
		}},
		"it reads what it declares not to": {"what it cannot do it says, and what it can it does", plain(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, reconcile: func(context.Context, []byte) (rail.Report, error) { return rail.Report{}, nil }}
		}},
		"it loses payments of a report": {"what it cannot do it says, and what it can it does", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, reconcile: func(context.Context, []byte) (rail.Report, error) { return rail.Report{}, nil }}
		}},
		"it reads another thing each time": {"a file from outside says the same each time", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, reconcile: func(ctx context.Context, file []byte) (rail.Report, error) {
				r, err := s.Reconcile(ctx, file)
				r.LeftOut = append(r.LeftOut, rand.Text())
				return r, err
			}}
		}},
		"it reads what is no report": {"a file from outside says the same each time", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, reconcile: func(ctx context.Context, file []byte) (rail.Report, error) {
				r, _ := s.Reconcile(ctx, file)
				return r, nil
			}}
		}},
	}
}

func laterDefects() map[string]defect {
	yes := func(context.Context, payment.Cancellation) error { return nil }
	return map[string]defect{
		"it only says that it cancelled": {"what was cancelled never leaves", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, cancel: yes}
		}},
		"it cancels what has left": {"what has left is not cancelled", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, cancel: yes}
		}},
		"it cancels one by one": {"all is cancelled or nothing", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, cancel: func(ctx context.Context, c payment.Cancellation) error {
				var last error
				for _, a := range c.Attempts {
					if err := s.Cancel(ctx, payment.Cancellation{Attempts: []payment.Attempt{a}}); err != nil {
						last = err
					}
				}
				return last
			}}
		}},
		"it says that it cancelled, whoever was faster": {"who leaves and who cancels at once are not both right", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, cancel: yes}
		}},
		"it takes trouble for a refusal": {"that something went wrong is no refusal", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, submit: func(ctx context.Context, in payment.Instruction) (payment.Finding, error) {
				found, err := s.Submit(ctx, in)
				if err != nil {
					return found, rail.Refusal(err)
				}
				return found, nil
			}}
		}},
		"it proves without proof": {"a failure is final, and only with proof", func() rail.Capabilities { c := able(); c.Proves = false; return c }(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, poll: func(context.Context, payment.Attempt) (payment.Finding, error) { return payment.Refused, nil }}
		}},
		"it takes a failure back": {"a failure is final, and only with proof", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, submit: func(ctx context.Context, in payment.Instruction) (payment.Finding, error) {
				found, err := s.Submit(ctx, in)
				if fault.OfKind(err, fault.Invalid) {
					in.Attempt.EndToEndID += rand.Text()
					return s.Submit(ctx, in)
				}
				return found, err
			}}
		}},
		"it takes what it does not know for failed": {"what is on its way has not failed", able(), func(s *railtest.Single) rail.Rail {
			return broken{Single: s, poll: func(ctx context.Context, a payment.Attempt) (payment.Finding, error) {
				found, err := s.Poll(ctx, a)
				if found == payment.NotKnown {
					return payment.Refused, err
				}
				return found, err
			}}
		}},
	}
}
