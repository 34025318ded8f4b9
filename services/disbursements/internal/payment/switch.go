package payment

import "github.com/solidarity-fund/solidarity/services/internal/fault"

// Switch is whether a rail or a sender is stopped.
type Switch string

// A switch has no other states.
const (
	Running Switch = "RUNNING"
	Stopped Switch = "STOPPED"
)

// SwitchVerb is what people do with a switch.
type SwitchVerb string

// To stop what is stopped, or to resume what runs, changes nothing.
const (
	Stop   SwitchVerb = "stop"
	Resume SwitchVerb = "resume"
)

// InSwitch are the states in which a verb changes something.
func InSwitch(v SwitchVerb) []Switch {
	if v == Stop {
		return []Switch{Running}
	}
	return []Switch{Stopped}
}

// MayTurn reports, as a fault, that a person may not turn the switch of a rail or a
// sender, named by what: who has stopped it is not the one who resumes it. stoppedBy is
// empty while it runs.
func MayTurn(what string, v SwitchVerb, stoppedBy, person string) error {
	if v == Resume && stoppedBy == person {
		return fault.SamePerson("resume a " + what + " that they stopped")
	}
	return nil
}

// CheckRuns reports, as a fault, that a rail or its sender is stopped; empty names are
// those of ways that are open.
func CheckRuns(railStoppedBy, senderStoppedBy string) error {
	switch {
	case railStoppedBy != "":
		return fault.New(fault.Precondition, fault.ReasonRailStopped, "The rail is stopped.")
	case senderStoppedBy != "":
		return fault.New(fault.Precondition, fault.ReasonSenderStopped, "The sender is stopped.")
	}
	return nil
}
