package rpc

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
)

// Moment writes a time for an answer; nil where it is zero.
func Moment(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// MomentOfDay is Moment with the time of day left out: the UTC day's beginning. It
// is for readers who could find a payment by its moment in a bank's records.
func MomentOfDay(t time.Time) *timestamppb.Timestamp {
	return Moment(t.UTC().Truncate(24 * time.Hour))
}

// Day writes the UTC day of a time, such as "2026-11-30"; empty where it is zero.
func Day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// ParseDay reads a day that a request must give, as the UTC day's beginning. The
// fault names field.
func ParseDay(field, day string) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return time.Time{}, fault.Field(field, fault.FieldMalformed, "must be a day such as 2026-11-30")
	}
	return t, nil
}

// Month writes the UTC month of a time, such as "2026-11"; empty where it is zero.
func Month(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01")
}
