package rail

import "github.com/solidarity-fund/solidarity/services/internal/fault"

// Switch is whether a rail or a sender is stopped.
type Switch string

// A switch has no other states.
const (
	Running Switch = "RUNNING"
	Stopped Switch = "STOPPED"
)

// Verb is what people do with a switch.
type Verb string

// To stop what is stopped, or to resume what runs, changes nothing.
const (
	Stop   Verb = "stop"
	Resume Verb = "resume"
)

// In are the states in which a verb is open.
func In(Verb) []Switch { return []Switch{Running, Stopped} }

// May reports, as a fault, that a person may not turn the switch: who has stopped a
// rail or a sender, named by what, is not the one who resumes it. stoppedBy is empty
// while it runs.
func May(what string, v Verb, stoppedBy, person string) error {
	if v == Resume && stoppedBy == person {
		return fault.SamePerson("resume a " + what + " that they stopped")
	}
	return nil
}
