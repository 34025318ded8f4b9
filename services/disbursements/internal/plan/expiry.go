package plan

import (
	"time"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Expires returns the first day on which an act counts no more, nil where it does not
// expire: an approval or authorisation counts for days after the one on which it was given.
func Expires(kind Kind, now time.Time, days int) *time.Time {
	if kind != Approve && kind != Authorize {
		return nil
	}
	t := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, days+1)
	return &t
}

// CheckFresh reports, as a fault, that a decision which the plan rests on has
// expired.
func CheckFresh(acts []Act, now time.Time) error {
	for _, a := range acts {
		if !a.Void && a.Expires != nil && !now.Before(*a.Expires) {
			return fault.New(fault.Precondition, fault.ReasonApprovalExpired,
				"An approval or authorisation is too old to count: unlock the plan and start again.")
		}
	}
	return nil
}

// Unlocks is the day on which a plan opens by itself that is locked now and on which
// nobody decides: its days in open view have passed, and those of an approval.
func Unlocks(now time.Time, waitDays, approvalDays int) time.Time {
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, waitDays+approvalDays+1)
}

// Over reports whether a locked plan opens by itself now: a decision that it rests on has
// expired, or nobody has taken one in time.
func (p Plan) Over(now time.Time) bool {
	for _, a := range p.Acts {
		if !a.Void && a.Expires != nil {
			return CheckFresh(p.Acts, now) != nil
		}
	}
	return !now.Before(p.Unlocks)
}
