package store

import "github.com/solidarity-fund/solidarity/services/internal/seal"

// Events is the column of raw events.
var Events = seal.Column{Table: "stripe_events", Name: "sealed", Subject: seal.OfWeek}

// EndpointSecrets is the column of the secrets that sign what partners are told.
var EndpointSecrets = seal.Column{Table: "webhook_endpoints", Name: "secrets_sealed", Subject: seal.OfPartner}

// Mails is the column of addresses of donors who want to be told.
var Mails = seal.Column{Table: "mails", Name: "sealed", Subject: seal.OfDonor}

// Sealed are the service's sealed columns.
func Sealed() []seal.Column { return []seal.Column{Events, EndpointSecrets, Mails} }
