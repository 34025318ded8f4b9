package fault

// Reason is the word by which programs tell refusals apart, for example
// ReasonFundClosed. The constants are made from the enums Reason of the contract by
// `make generate`. Each means one thing in all services; docs/reasons.md says when it
// comes and what to do.
type Reason string

// FieldReason is what is wrong with one field of a request, for example FieldRequired;
// the constants are made from the enum FieldReason.
type FieldReason string
