// Package separation holds the refusals of the separation of duties: who has
// taken one step may not take the next, who knows a family may not decide about
// its money.
package separation

import "github.com/solidarity-fund/solidarity/services/internal/fault"

// SamePerson is the fault for a second step by one person.
func SamePerson() *fault.Fault {
	return fault.SamePerson("take two steps that need two people")
}

// Involved is the fault for a person who had a hand in a family's case.
func Involved() *fault.Fault {
	return fault.New(fault.PermissionDenied, "INVOLVED_PERSON",
		"Another person must do this: you confirmed a family or approved a request in it.")
}
