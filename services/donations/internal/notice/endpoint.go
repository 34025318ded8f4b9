// Package notice holds what partners are told: their endpoints, which messages are owed
// to them and when, and how a message is signed, by Standard Webhooks 1.0.
package notice

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/solidarity-fund/solidarity/services/donations/internal/outgoing"
	"github.com/solidarity-fund/solidarity/services/donations/internal/pan"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

const (
	// MaxEndpoints bounds the enabled endpoints of one partner.
	MaxEndpoints = 10

	maxURL         = 500    // bytes
	usualOverlap   = 24     // hours
	longestOverlap = 7 * 24 // hours
)

// State is whether an endpoint is told. The zero State is invalid.
type State string

// The states.
const (
	Enabled  State = "ENABLED"
	Disabled State = "DISABLED"
)

// Verb is what is done with an endpoint, as in its URL.
type Verb string

// The verbs.
const (
	Enable  Verb = "enable"
	Disable Verb = "disable"
	Rotate  Verb = "rotateSecret"
)

var steps = verb.Steps[Verb, State]{
	Enable:  {From: []State{Disabled}, To: Enabled},
	Disable: {From: []State{Enabled}, To: Disabled},
}

// In are the states in which a verb is open.
func In(v Verb) []State {
	if v == Rotate {
		return []State{Enabled, Disabled}
	}
	return steps.In(v)
}

// Endpoint is an address of a partner's server.
type Endpoint struct {
	ID, Partner string
	URL         string
	State       State
	// Gone says that it was disabled because it answered 410.
	Gone bool
	// Secrets are sealed, at the version that SecretsVersion counts from 1. OldUntil is
	// until when the one before signs, too; nil where there is none.
	Secrets        []byte
	SecretsVersion int
	OldUntil       *time.Time
	CreatedAt      time.Time
	// Version counts its changes, from 1.
	Version int64
}

// NewEndpoint checks an address and gives it an id; its secrets are sealed next. Loopback
// addresses are taken where loopback says so.
func NewEndpoint(partnerID, address string, loopback bool, now time.Time) (Endpoint, error) {
	e := Endpoint{
		ID: resource.NewID(resource.KindWebhookEndpoint), Partner: partnerID, URL: address, State: Enabled,
		SecretsVersion: 1, CreatedAt: now, Version: 1,
	}
	return e, checkURL(address, loopback)
}

// Moved is the endpoint at another address.
func (e Endpoint) Moved(address string, loopback bool) (Endpoint, error) {
	e.URL, e.Version = address, e.Version+1
	return e, checkURL(address, loopback)
}

// Take does a verb that leads to a state.
func (e Endpoint) Take(v Verb) (Endpoint, error) {
	to, open := steps.Take(v, e.State)
	if !open {
		return e, fault.State("endpoint", string(e.State), string(to))
	}
	e.State, e.Gone, e.Version = to, false, e.Version+1
	return e, nil
}

// Rotated is the endpoint whose secrets are sealed anew; the old one signs for some hours
// more, a day where that is not said.
func (e Endpoint) Rotated(hours *int32, now time.Time) (Endpoint, error) {
	overlap := int32(usualOverlap)
	if hours != nil {
		overlap = *hours
	}
	if overlap < 0 || overlap > longestOverlap {
		return e, fault.Field("overlapHours", fault.FieldOutOfRange, "must be 0 to 168")
	}
	until := now.Add(time.Duration(overlap) * time.Hour)
	e.OldUntil, e.SecretsVersion, e.Version = &until, e.SecretsVersion+1, e.Version+1
	return e, nil
}

// checkURL refuses what can never be called. Names are judged when they are called.
func checkURL(address string, loopback bool) error {
	const field = "webhookEndpoint.url"
	if address == "" {
		return fault.Field(field, fault.FieldRequired, "must be given")
	}
	u, err := url.Parse(address)
	if err != nil || len(address) > maxURL || u.Opaque != "" || u.User != nil || u.Hostname() == "" ||
		u.RawQuery != "" || u.ForceQuery || strings.Contains(address, "#") {
		return fault.Field(field, fault.FieldMalformed, "must be a web address of at most 500 bytes without user, query and fragment")
	}
	local := u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && local && loopback) {
		return fault.Field(field, fault.FieldMalformed, "must begin with https://")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); local && !loopback || err == nil && !outgoing.Public(ip) && !(local && loopback) {
		return fault.Field(field, fault.FieldNotPossible, "must lead to a public address")
	}
	return pan.Refuse(field, address)
}
