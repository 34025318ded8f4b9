package payment

// Destination is where a payment goes. It is held in memory only, between the
// families service and a rail.
type Destination struct {
	Holder, IBAN, BIC, Country, Town string
}

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
	Taken                   // the rail has it
	Refused                 // the rail proves that it never will
)
