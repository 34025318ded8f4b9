package payment

import "context"

// Instruction is what a rail is told to do, once per attempt.
type Instruction struct {
	Attempt     Attempt
	Sender      string
	Destination Destination
}

// Finding is what looking an attempt up on a rail shows.
type Finding int

// The zero Finding says nothing.
const (
	NotKnown Finding = iota // the rail cannot tell: the attempt stays UNKNOWN
	Waiting                 // the rail has it, and it has not left
	Taken                   // it has left
	Refused                 // the rail proves that it never will
)

// FileLine is what is known of an instruction in a payment file.
type FileLine struct {
	// Found is false where there is none.
	Found bool
	// Sealed is the instruction; nil once its file was made of it.
	Sealed []byte
	// Left is true once the file was fetched, Withdrawn once it was withdrawn.
	Left, Withdrawn bool
}

// Finding is what the line says about its attempt.
func (l FileLine) Finding() Finding {
	switch {
	case !l.Found:
		return NotKnown
	case l.Left:
		return Taken
	case l.Withdrawn:
		return Refused
	}
	return Waiting
}

// Cancellation is what is taken back before it leaves.
type Cancellation struct {
	// Attempts are those in question; where payments leave in files, all of File, which
	// is of Plan.
	Attempts   []Attempt
	Plan, File string
	// Person is who decided it; empty where a rule did.
	Person string
	// Unfetched reports, as a fault, that the ledger knows of File as fetched. It is asked
	// while nobody can fetch it: what the rows here say is not enough to pay once more.
	Unfetched func(ctx context.Context) error
}
