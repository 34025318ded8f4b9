package notice

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
)

// Kept is for how long a message that is not owed any more can be seen and sent again.
const Kept = 30 * 24 * time.Hour

// Kind is what changed. The zero Kind is invalid.
type Kind string

// The kinds, as in the types of messages.
const (
	Pledge   Kind = "pledge"
	Donation Kind = "donation"
	Refund   Kind = "refund"
	Dispute  Kind = "dispute"
)

// Change is what a partner is told: which resource has come to which state.
type Change struct {
	Kind Kind
	// Resource is its id, Parent that of the donation of a refund or dispute, or of the
	// pledge of a donation; empty for a pledge.
	Resource, Parent string
	State            string
}

// Type is the type of the message, "donation.succeeded".
func (c Change) Type() string { return string(c.Kind) + "." + strings.ToLower(c.State) }

// Name is the name of the resource.
func (c Change) Name() string {
	switch c.Kind {
	case Donation:
		return resource.Donation.Of(c.Resource)
	case Refund:
		return resource.Refund.Of(c.Parent, c.Resource)
	case Dispute:
		return resource.Dispute.Of(c.Parent, c.Resource)
	default:
		return resource.Pledge.Of(c.Resource)
	}
}

// message is the body of a message: ids and states.
type message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

type data struct {
	Name     string `json:"name"`
	State    string `json:"state"`
	Pledge   string `json:"pledge,omitempty"`
	Donation string `json:"donation,omitempty"`
}

// Body is the body of the message, the same each time that it is sent.
func (c Change) Body(at time.Time) ([]byte, error) {
	m := message{Type: c.Type(), Timestamp: at.UTC(), Data: data{Name: c.Name(), State: c.State}}
	switch c.Kind {
	case Donation:
		m.Data.Pledge = resource.Pledge.Of(c.Parent)
	case Refund, Dispute:
		m.Data.Donation = resource.Donation.Of(c.Parent)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, fmt.Errorf("write message: %w", err)
	}
	return body, nil
}

// DeliveryState is whether a message was taken. The zero DeliveryState is invalid.
type DeliveryState string

// The states.
const (
	Pending   DeliveryState = "PENDING"
	Delivered DeliveryState = "DELIVERED"
	Failed    DeliveryState = "FAILED"
)

// Failure is what went wrong with an attempt; empty for nothing.
type Failure string

// The failures.
const (
	Connection     Failure = "CONNECTION"
	Timeout        Failure = "TIMEOUT"
	AddressRefused Failure = "ADDRESS_REFUSED"
	Status         Failure = "STATUS"
	NotEnabled     Failure = "DISABLED"
)

// Redeliver is what is done with a message, as in its URL.
const Redeliver = "redeliver"

// Delivery is one message to one endpoint.
type Delivery struct {
	ID, Partner, Endpoint string
	Change
	State    DeliveryState
	Attempts int
	// Status is the last HTTP status, 0 without an answer; Failure what went wrong.
	Status  int
	Failure Failure
	// CreatedAt is when it changed. TriedAt is the last attempt, NextAt the next one; nil
	// for none.
	CreatedAt       time.Time
	TriedAt, NextAt *time.Time
	// EndpointState is the endpoint's.
	EndpointState State
}

// MaySendAgain reports, as a fault, why a message is not sent again.
func (d Delivery) MaySendAgain() error {
	if d.EndpointState != Enabled {
		return fault.New(fault.Precondition, fault.ReasonEndpointDisabled, "The endpoint of the message is disabled.")
	}
	return nil
}

// pauses are those before each attempt, after the one before it.
var pauses = [...]time.Duration{
	0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// MaxAttempts is how often a message is tried.
const MaxAttempts = len(pauses)

// Pause is how long to wait after so many attempts, give or take a tenth; chance is from
// [0, 1). There is none after the last: what is left then is to note how it ended.
func Pause(attempts int, chance float64) time.Duration {
	if attempts >= MaxAttempts {
		return time.Minute
	}
	return time.Duration(float64(pauses[attempts]) * (0.9 + chance/5))
}

// Result is what one attempt came to.
type Result struct {
	Status  int
	Failure Failure
}

// Gone reports whether the endpoint wants no more messages.
func (r Result) Gone() bool { return r.Status == 410 }

// Ended returns the state that an attempt leaves a message in.
func (r Result) Ended(attempts int) DeliveryState {
	switch {
	case r.Failure == "":
		return Delivered
	case attempts >= MaxAttempts:
		return Failed
	default:
		return Pending
	}
}
