package prisonerimport

import (
	"strconv"

	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/resource"
	"github.com/solidarity-fund/solidarity/services/internal/verb"
)

// ClashKind is why rows are held back.
type ClashKind string

// The kinds of clash; rows of each are held back.
const (
	SameID           ClashKind = "SAME_ID"
	SharedURL        ClashKind = "SHARED_URL"
	SameNameAndBirth ClashKind = "SAME_NAME_AND_BIRTH"
	Anonymous        ClashKind = "ANONYMOUS"
	// MayBeKnown is of a new row that resembles somebody whom the list had before.
	MayBeKnown ClashKind = "MAY_BE_KNOWN"
	// OtherPerson is of an id that belonged to somebody else.
	OtherPerson ClashKind = "OTHER_PERSON"
	// Unreadable is of a row in which something is not understood that must be.
	Unreadable ClashKind = "UNREADABLE"
)

// ClashState is where a clash stands.
type ClashState string

// The states of clashes; the empty one is invalid.
const (
	Open       ClashState = "OPEN"
	Proposed   ClashState = "PROPOSED"
	Resolved   ClashState = "RESOLVED"
	Superseded ClashState = "SUPERSEDED"
)

// clashMoves are all legal moves of clashes. One that is resolved in part is open again.
var clashMoves = map[ClashState][]ClashState{
	Open:     {Proposed, Resolved, Superseded},
	Proposed: {Proposed, Open, Resolved, Superseded},
}

// Verb is what people do with a clash.
type Verb string

// The verbs of clashes.
const (
	Read    Verb = "read"
	Propose Verb = "propose"
	Resolve Verb = "resolve"
)

var clashSteps = verb.Steps[Verb, ClashState]{
	Read:    {From: []ClashState{Open, Proposed}},
	Propose: {From: []ClashState{Open, Proposed}, To: Proposed},
	Resolve: {From: []ClashState{Proposed}, To: Resolved},
}

// In are the states in which a verb is open.
func In(v Verb) []ClashState { return clashSteps.In(v) }

// Decision is what rows are.
type Decision string

// The decisions; the empty one is none.
const (
	SamePerson    Decision = "SAME_PERSON"
	AnotherPerson Decision = "ANOTHER_PERSON"
	Unusable      Decision = "UNUSABLE"
)

// Clash is a group of rows that are held back together.
type Clash struct {
	// ImportID is the import, which is in ImportState; Number counts its clashes from 1.
	ImportID    string
	ImportState State
	Number      int
	// Kind is why.
	Kind ClashKind
	// Rows are their numbers, 100 at most.
	Rows []int
	// State is where it stands, Version counts proposals and decisions.
	State   ClashState
	Version int
	// Decision, DecidedRows and PrisonerID are what Proposer proposed last; PrisonerID is
	// empty where it names nobody.
	Decision    Decision
	DecidedRows []int
	PrisonerID  string
	// Proposer and Resolver are staff pseudonyms, empty before.
	Proposer, Resolver string
}

// Take checks that a verb is open. What changes rows is not while they are being merged.
func (c Clash) Take(v Verb) error {
	to, open := clashSteps.Take(v, c.State)
	if !open {
		return fault.State("clash", string(c.State), string(to))
	}
	if c.ImportState != Staged && c.ImportState != Merged {
		return fault.New(fault.Precondition, fault.ReasonIllegalState, "The import is "+string(c.ImportState)+".")
	}
	return nil
}

// MayDecide reports, as a fault, that a person may not propose or resolve: seen is
// whether they have read the clash.
func (c Clash) MayDecide(v Verb, person string, seen bool) error {
	if err := c.Take(v); err != nil {
		return err
	}
	if v == Resolve && person == c.Proposer {
		return fault.SamePerson("resolve what they proposed")
	}
	if !seen {
		return fault.New(fault.Precondition, fault.ReasonNotSeen, "Whoever decides reads the clash first.")
	}
	return nil
}

// CheckProposal checks what is proposed for rows that are held back; known is whether
// the rows' id belongs to somebody.
func CheckProposal(d Decision, rows int, prisonerID string, known bool) error {
	switch {
	case rows == 0:
		return fault.Field("rows", fault.FieldNotPossible, "must be rows of the clash that are held back")
	case d != SamePerson && prisonerID != "":
		return fault.Field("prisoner", fault.FieldNotAllowed, "must be empty unless the decision is SAME_PERSON")
	case d == SamePerson && prisonerID == "" && !known && rows < 2:
		return fault.Field("prisoner", fault.FieldRequired, "must say who is meant: a single row is the same person as whom?")
	}
	return nil
}

// Resource is what a clash is called in the record of reads.
func (c Clash) Resource() string {
	return resource.ImportClash.Of(c.ImportID, strconv.Itoa(c.Number))
}
