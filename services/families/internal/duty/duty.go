// Package duty does what rows of this service owe: prisoners to be made of a merged
// list, the keys of imports to be destroyed, abandoned imports to be given up, hours to
// be forgotten, cases to be drawn anew, old verifications to be made again. Every duty may run again, and twice at once.
package duty

import (
	"github.com/solidarity-fund/solidarity/services/families/internal/store/household"
	"github.com/solidarity-fund/solidarity/services/families/internal/store/register"
	"github.com/solidarity-fund/solidarity/services/internal/duty"
)

// Families lists what a runner has to do for the families.
func Families(s *household.Store, l Lot) []duty.Duty {
	return []duty.Duty{
		{Kind: household.DutyForget, Owed: s.OwedForgetting, Ahead: s.NextForgetting, Do: s.ForgetHours},
		{Kind: household.DutyReverify, Owed: s.OwedReverifications, Ahead: s.NextReverification, Do: s.Reverify},
		{Kind: household.DutyRedraw, Owed: s.OwedRedraws, Ahead: s.NextRedraw, Do: l.Redraw},
	}
}

// Register lists what a runner has to do for the register.
func Register(s *register.Store) []duty.Duty {
	return []duty.Duty{
		{Kind: register.DutyMerge, Owed: s.OwedMerges, Do: s.Merge},
		{Kind: register.DutyDestroy, Owed: s.OwedDestructions, Do: s.DestroyImportKey},
		{Kind: register.DutyGiveUp, Owed: s.OwedGivingUp, Ahead: s.NextGivingUp, Do: s.GiveUp},
	}
}
