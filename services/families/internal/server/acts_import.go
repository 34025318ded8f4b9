package server

import (
	familiesv1 "github.com/solidarity-fund/solidarity/api/solidarity/families/v1"
	"github.com/solidarity-fund/solidarity/services/families/internal/prisonerimport"
	"github.com/solidarity-fund/solidarity/services/internal/action"
	"github.com/solidarity-fund/solidarity/services/internal/identity"
)

// seenClash is a clash, and whether who asks has read it lately.
type seenClash struct {
	prisonerimport.Clash
	seen bool
}

func newImportActs() action.Table[prisonerimport.State, prisonerimport.Import] {
	return action.New(
		action.Act[prisonerimport.State, prisonerimport.Import]{
			Verb: prisonerimport.Merge, Method: familiesv1.PrisonerImportService_MergePrisonerImport_FullMethodName,
			In: prisonerimport.Before(prisonerimport.Merging),
			Shut: func(c identity.Caller, i prisonerimport.Import) error {
				if err := i.MayMerge(c.Person); err != nil {
					return err
				}
				if i.Decided() {
					return action.ErrNothing
				}
				return nil
			},
		},
		action.Act[prisonerimport.State, prisonerimport.Import]{
			Verb: prisonerimport.Review, Method: familiesv1.PrisonerImportService_ReviewPrisonerImport_FullMethodName,
			In:   []prisonerimport.State{prisonerimport.Staged},
			Shut: func(c identity.Caller, i prisonerimport.Import) error { return i.MayReview(c.Person) },
		})
}

func newClashActs() action.Table[prisonerimport.ClashState, seenClash] {
	decide := func(v prisonerimport.Verb, method string) action.Act[prisonerimport.ClashState, seenClash] {
		return action.Act[prisonerimport.ClashState, seenClash]{
			Verb: string(v), Method: method, In: prisonerimport.In(v),
			Shut: func(c identity.Caller, x seenClash) error { return x.MayDecide(v, c.Person, x.seen) },
		}
	}
	return action.New(
		action.Act[prisonerimport.ClashState, seenClash]{
			Verb: string(prisonerimport.Read), Method: familiesv1.PrisonerImportService_ReadClash_FullMethodName, In: prisonerimport.In(prisonerimport.Read),
			Shut: func(_ identity.Caller, x seenClash) error { return x.Take(prisonerimport.Read) },
		},
		decide(prisonerimport.Propose, familiesv1.PrisonerImportService_ProposeClash_FullMethodName),
		decide(prisonerimport.Resolve, familiesv1.PrisonerImportService_ResolveClash_FullMethodName))
}
