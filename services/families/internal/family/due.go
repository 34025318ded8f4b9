package family

import "time"

const (
	// DuePaid is for how many days a family is paid on whose verification is due again.
	DuePaid = 30
	// Overdue stands for the state of a family whose verification is due for longer: no row
	// has it, and nothing is paid.
	Overdue State = "OVERDUE"
)

// VerifiedBefore returns the day on or before which a family was verified whose verification
// is due again now, after some days.
func VerifiedBefore(now time.Time, days int) time.Time {
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, -days)
}
