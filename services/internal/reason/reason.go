// Package reason has the words by which programs tell refusals apart, made from
// the enums Reason and FieldReason of the contract by `make generate`. Each means
// one thing in all services; docs/reasons.md says when it comes and what to do.
package reason

// Reason is why a call is refused, for example FundClosed.
type Reason string

// Field is what is wrong with one field of a request, for example FieldRequired.
type Field string
