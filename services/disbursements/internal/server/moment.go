package server

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// optionalMoment writes a time that may not have come.
func optionalMoment(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return rpc.Moment(*t)
}
