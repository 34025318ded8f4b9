package railtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/solidarity-fund/solidarity/services/disbursements/internal/payment"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/rail"
	"github.com/solidarity-fund/solidarity/services/disbursements/internal/statement"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// errLost is that a call outside, or its answer, was lost.
var errLost = errors.New("the line is broken")

// Single is a rail whose payments leave one by one: a provider in memory, which keeps
// what it was told whoever asks. It shows that the rules need no files.
type Single struct {
	can      rail.Capabilities
	provider *Provider
}

var _ rail.Rail = (*Single)(nil)

// NewSingle returns a rail over a provider.
func NewSingle(can rail.Capabilities, p *Provider) *Single { return &Single{can: can, provider: p} }

// Provider is the outside of a Single.
type Provider struct {
	mu     sync.Mutex
	orders map[string]*order
	sent   []Sent
	fail   []bool // the next calls fail, before or after their effect
}

// order is what the provider was told under an end-to-end id.
type order struct {
	in    payment.Instruction
	state payment.Finding
}

// NewProvider returns a provider that knows nothing yet.
func NewProvider() *Provider { return &Provider{orders: map[string]*order{}} }

// Capabilities say what the rail is and can do.
func (s *Single) Capabilities() rail.Capabilities { return s.can }

// Prepare checks an instruction.
func (s *Single) Prepare(_ context.Context, in payment.Instruction) error { return s.can.Check(in) }

// Submit tells the provider, who keeps every end-to-end id.
func (s *Single) Submit(_ context.Context, in payment.Instruction) (payment.Finding, error) {
	if err := s.can.Check(in); err != nil {
		return payment.NotKnown, err
	}
	return s.provider.take(in)
}

// Poll asks the provider.
func (s *Single) Poll(_ context.Context, a payment.Attempt) (payment.Finding, error) {
	if !s.can.LooksUp {
		return payment.NotKnown, nil
	}
	found := s.provider.find(a.EndToEndID)
	if found == payment.Refused && !s.can.Proves {
		return payment.NotKnown, nil
	}
	return found, nil
}

// Reconcile reads a report of the provider.
func (s *Single) Reconcile(_ context.Context, file []byte) (rail.Report, error) {
	if !s.can.Reconciles {
		return rail.Report{}, rail.Cannot()
	}
	var sent []Sent
	if err := json.Unmarshal(file, &sent); err != nil {
		return rail.Report{}, fault.New(fault.Invalid, fault.ReasonStatementInvalid, "The file is not a report.").With(err)
	}
	sender := s.can.Senders[0]
	st := statement.Statement{Sender: sender.ID, Currency: sender.Currency}
	for _, one := range sent {
		st.Lines = append(st.Lines, statement.Line{EndToEndID: one.EndToEndID, Minor: one.Minor})
	}
	return rail.Report{Statements: []statement.Statement{st}}, nil
}

// Cancel has the provider take back what it has not paid.
func (s *Single) Cancel(_ context.Context, c payment.Cancellation) error {
	if !s.can.Cancels {
		return rail.Cannot()
	}
	return s.provider.cancel(c.Attempts)
}

// broken says that the call fails now where it was told to, before or after its effect.
func (p *Provider) broken(after bool) bool {
	if len(p.fail) == 0 || p.fail[0] != after {
		return false
	}
	p.fail = p.fail[1:]
	return true
}

func (p *Provider) take(in payment.Instruction) (payment.Finding, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.broken(false) {
		return payment.NotKnown, errLost
	}
	before, known := p.orders[in.Attempt.EndToEndID]
	switch {
	case known && before.state == payment.Refused:
		return payment.NotKnown, rail.Refusal(errors.New("it was cancelled or refused"))
	case known && (before.in.Attempt.Minor != in.Attempt.Minor || !reflect.DeepEqual(before.in.Destination, in.Destination)):
		return payment.NotKnown, rail.Conflict()
	case known:
		return before.state, nil
	}
	p.orders[in.Attempt.EndToEndID] = &order{in: in, state: payment.Waiting}
	if p.broken(true) {
		return payment.NotKnown, errLost
	}
	return payment.Waiting, nil
}

func (p *Provider) find(id string) payment.Finding {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o := p.orders[id]; o != nil {
		return o.state
	}
	return payment.NotKnown
}

// cancel takes all back or none.
func (p *Provider) cancel(attempts []payment.Attempt) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range attempts {
		if o := p.orders[a.EndToEndID]; o == nil || o.state == payment.Taken {
			return payment.Left()
		}
	}
	for _, a := range attempts {
		p.orders[a.EndToEndID].state = payment.Refused
	}
	return nil
}

// pay sends all that waits, in the order of its ids.
func (p *Provider) pay() {
	p.mu.Lock()
	defer p.mu.Unlock()
	var ids []string
	for id, o := range p.orders {
		if o.state == payment.Waiting {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		o := p.orders[id]
		o.state = payment.Taken
		p.sent = append(p.sent, Sent{id, o.in.Attempt.Minor})
	}
}

// SingleBench is the bench of a Single, or of what is made of one.
type SingleBench struct {
	can      rail.Capabilities
	provider *Provider
	made     func(*Single) rail.Rail
	claimed  int
}

// NewSingleBench returns the bench of a Single that declares can; made makes the rail
// under test of it.
func NewSingleBench(can rail.Capabilities, made func(*Single) rail.Rail) *SingleBench {
	return &SingleBench{can: can, provider: NewProvider(), made: made}
}

// Rail is the rail.
func (b *SingleBench) Rail() rail.Rail { return b.made(NewSingle(b.can, b.provider)) }

// Claimed makes instructions.
func (b *SingleBench) Claimed(n int) []payment.Instruction {
	list := make([]payment.Instruction, n)
	for i := range list {
		b.claimed++
		list[i] = payment.Instruction{
			Attempt: payment.Attempt{
				PaymentID: fmt.Sprintf("y_%d", b.claimed), Number: 1, State: payment.AttemptClaimed,
				Currency: b.can.Currencies[0], Minor: int64(10_000 + b.claimed), EndToEndID: fmt.Sprintf("e%d", b.claimed),
			},
			Sender: b.can.Senders[0].ID, Destination: b.destination(),
		}
	}
	return list
}

// destination is one of a form that the rail takes.
func (b *SingleBench) destination() payment.Destination {
	list := destinations()
	return list[slices.IndexFunc(list, func(d payment.Destination) bool { return d.IsOneOf(b.can.Forms) })]
}

// Cancellation takes attempts back.
func (b *SingleBench) Cancellation(in []payment.Instruction) (c payment.Cancellation) {
	for _, one := range in {
		c.Attempts = append(c.Attempts, one.Attempt)
	}
	return c
}

// FailNext breaks the next call.
func (b *SingleBench) FailNext(after bool) {
	b.provider.mu.Lock()
	defer b.provider.mu.Unlock()
	b.provider.fail = append(b.provider.fail, after)
}

// Leave has the provider pay.
func (b *SingleBench) Leave() error {
	b.provider.pay()
	return nil
}

// Refuse has the provider refuse.
func (b *SingleBench) Refuse(in payment.Instruction) error {
	return b.provider.cancel([]payment.Attempt{in.Attempt})
}

// Left is what the provider paid.
func (b *SingleBench) Left() ([]Sent, error) {
	b.provider.mu.Lock()
	defer b.provider.mu.Unlock()
	return slices.Clone(b.provider.sent), nil
}

// Report lists what the provider paid.
func (b *SingleBench) Report() ([]byte, error) {
	sent, err := b.Left()
	if err != nil {
		return nil, err
	}
	return json.Marshal(sent)
}
