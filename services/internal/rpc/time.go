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
