package server

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	policyv1 "github.com/solidarity-fund/solidarity/api/solidarity/policy/v1"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
	"github.com/solidarity-fund/solidarity/services/internal/rpc"
)

// outsider reports whether the caller reads without working on money. An outsider is
// told nothing that could lead to one family, and no time of day: a payment could be
// found by it in a bank's records.
func outsider(ctx context.Context) bool {
	c := identity.From(ctx)
	return !c.Has(policyv1.Role_ROLE_TREASURER) && !c.Has(policyv1.Role_ROLE_APPROVER)
}

// stamp writes a time, for an outsider its UTC day only. Every time in an answer
// goes through it.
func stamp(t time.Time, outsider bool) *timestamppb.Timestamp {
	if outsider {
		return rpc.MomentOfDay(t)
	}
	return rpc.Moment(t)
}

// optionalStamp writes a time that may not have come.
func optionalStamp(t *time.Time, outsider bool) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return stamp(*t, outsider)
}
