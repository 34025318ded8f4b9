package server

import (
	"context"
	"fmt"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/book"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// ownReferences begins the references of what the ledger books by itself:
// adjustments, closes and keys.
const ownReferences = "ledger/"

// caller is the service that calls.
func caller(ctx context.Context) rule.Service { return rule.Service(identity.From(ctx).Service) }

// inPurview refuses what is not the calling service's to bring: a service that was
// taken over cannot invent what belongs to another.
func inPurview(service rule.Service, decisions []book.Decision, drafts []book.Draft) error {
	for i, d := range decisions {
		if service != rule.Ledger && strings.HasPrefix(d.Reference, ownReferences) {
			return reserved(fmt.Sprintf("decisions[%d].reference", i))
		}
	}
	for i, d := range drafts {
		if service != rule.Ledger && strings.HasPrefix(d.Reference, ownReferences) {
			return reserved(fmt.Sprintf("transactions[%d].reference", i))
		}
	}
	for i, d := range decisions {
		if !rule.OfDecision(d.Kind).BroughtBy(service) {
			return outside(fmt.Sprintf("decisions[%d].kind", i))
		}
	}
	for i, d := range drafts {
		if !rule.Of(d.Kind).BroughtBy(service) {
			return outside(fmt.Sprintf("transactions[%d].kind", i))
		}
	}
	return nil
}

// reserved refuses a reference that would keep the ledger from booking its own.
func reserved(field string) error {
	return fault.Field(field, fault.FieldMalformed, "must not begin with ledger/, as the ledger's own do")
}

// outside refuses a kind that is another service's to bring.
func outside(field string) error {
	f := fault.New(fault.PermissionDenied, book.NotThisService, "This service may not bring entries of this kind into the books.")
	f.Violations = []fault.Violation{{Field: field, Reason: fault.FieldNotPossible, Description: "is a kind that another service brings"}}
	return f
}
