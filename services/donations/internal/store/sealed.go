package store

import "github.com/solidarity-fund/solidarity/services/internal/seal"

// Events is the column of raw events.
var Events = seal.Column{Table: "stripe_events", Name: "sealed", Subject: seal.OfWeek}

// Sealed are the service's sealed columns.
func Sealed() []seal.Column { return []seal.Column{Events} }
