package staff

import "time"

// Stop is something that keeps somebody from going on.
type Stop struct {
	// Kind says what it is.
	Kind StopKind
	// Staff is the ID of who is stopped.
	Staff string
	// At is when it was done; of a freeze, when it ends.
	At time.Time
}

// StopKind says how somebody is stopped. The zero StopKind is invalid.
type StopKind string

// Tokens of before are refused; every call is; a role counts no more.
const (
	StoppedSessions StopKind = "SESSIONS"
	StoppedFrozen   StopKind = "FROZEN"
	StoppedRole     StopKind = "ROLE"
)
