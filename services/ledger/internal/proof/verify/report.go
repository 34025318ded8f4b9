package verify

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/solidarity-fund/solidarity/services/ledger/internal/proof/tables"
)

// Rule names what a finding broke; the names are stable, for programs.
type Rule string

// The rules, from the outside of a log to the inside.
const (
	RuleManifest   Rule = "MANIFEST"             // a file is not the one that the manifest lists
	RuleMissing    Rule = "MISSING"              // a file is not there
	RuleCheckpoint Rule = "CHECKPOINT"           // the checkpoint cannot be read
	RuleSignature  Rule = "SIGNATURE"            // not signed by the key that was given
	RuleWitnesses  Rule = "WITNESSES"            // not cosigned as the policy asks
	RuleKept       Rule = "KEPT_CHECKPOINT"      // not a continuation of what was kept
	RuleRoot       Rule = "ROOT"                 // the leaves do not make the signed root
	RuleHash       Rule = "HASH"                 // a leaf or tile is not the one in the tree
	RuleForm       Rule = "FORM"                 // a leaf or a file is not in its form
	RuleLedger     Rule = "LEDGER"               // a leaf belongs to another ledger
	RuleSequence   Rule = "SEQUENCE"             // a leaf stands in another's place
	RuleReference  Rule = "REFERENCE"            // a reference stands there twice
	RuleUnbalanced Rule = "UNBALANCED"           // debits are not credits
	RuleBalance    Rule = "BALANCE"              // a running balance is not the sum
	RuleBelowZero  Rule = "BELOW_ZERO"           // a limited account is below zero
	RuleBooking    Rule = "BOOKING_DATE"         // not the day of the fact or the first open one
	RuleReversal   Rule = "REVERSAL"             // not the mirror of what it reverses, or a second one
	RuleAccounts   Rule = "ACCOUNTS"             // a kind may not move money of such an account
	RulePlan       Rule = "PLAN_DECISIONS"       // a payment without its decisions by distinct persons
	RuleAdjustment Rule = "ADJUSTMENT_DECISIONS" // a booking by people without its decisions by two persons
	RuleRound      Rule = "ROUND_DECISIONS"      // a round without its decisions by distinct persons
	RuleClose      Rule = "PERIOD_CLOSE"         // a close that is not what it says
	RuleRole       Rule = "ROLE"                 // a decision by somebody who held no role for it
	RuleStaff      Rule = "STAFF"                // a grant or a binding that does not follow the rules
	RulePolicy     Rule = "POLICY_DECISIONS"     // a policy without its decisions by two persons
	RuleHands      Rule = "HANDS"                // fewer persons than the policy in force asks for
	RuleDeficit    Rule = "DEFICIT"              // more of a deficit covered than fees have made

	RuleCheckpoints Rule = "CHECKPOINTS" // a published checkpoint is not right, or not there
	RuleTables      Rule = "TABLES"      // the server's tables contradict themselves
	RuleHead        Rule = "HEAD"        // the server's head is not that of the leaves
	RuleBalances    Rule = "BALANCES"    // the server's balance of an account is not the sum
	RuleDays        Rule = "DAY_TOTALS"  // the server's total of a day is not the sum
)

// Whole is the sequence of findings that no single leaf is to blame for.
const Whole = -1

// maxFindings bounds the findings about leaves that a report holds, and again those
// about the whole log; more are counted.
const maxFindings = 20

// Finding is one thing that is not as it must be.
type Finding struct {
	// Sequence is the bad leaf, or Whole.
	Sequence int64 `json:"sequence"`
	// Reference is that leaf's, where it can be read.
	Reference string `json:"reference,omitempty"`
	// Rule says what was broken.
	Rule Rule `json:"rule"`
	// Words says it for people.
	Words string `json:"words"`
}

// String writes the finding on one line.
func (f Finding) String() string {
	switch {
	case f.Sequence == Whole:
		return fmt.Sprintf("%s: %s", f.Rule, f.Words)
	case f.Reference == "":
		return fmt.Sprintf("entry %d: %s: %s", f.Sequence, f.Rule, f.Words)
	}
	return fmt.Sprintf("entry %d (%s): %s: %s", f.Sequence, f.Reference, f.Rule, f.Words)
}

// Report is what a verification found.
type Report struct {
	// Origin, Size and Root are those of the checkpoint that was verified.
	Origin string `json:"origin"`
	Size   int64  `json:"size"`
	Root   string `json:"root"`
	// Signed says whether a key was given and has signed the checkpoint;
	// Witnessed the same of a policy, Continued of a kept checkpoint.
	Signed    bool `json:"signed"`
	Witnessed bool `json:"witnessed"`
	Continued bool `json:"continued"`
	// Compared says whether the tables that a server reads its answers from were
	// compared with the leaves; a bundle has none.
	Compared bool `json:"compared"`
	// Checkpoints counts the published checkpoints that were checked.
	Checkpoints int64 `json:"checkpoints"`
	// Transactions, Decisions and Closes count the leaves, Accounts the pairs
	// of account and currency.
	Transactions int64 `json:"transactions"`
	Decisions    int64 `json:"decisions"`
	Closes       int64 `json:"closes"`
	Accounts     int64 `json:"accounts"`
	// Findings holds the first of what is wrong, by sequence, the findings about
	// the whole log last. Empty means that everything is right.
	Findings []Finding `json:"findings"`
	// More counts the findings that are not listed.
	More int64 `json:"more"`
	// Stopped says that so much is wrong that the rest was not looked at.
	Stopped bool `json:"stopped"`

	muted func(Rule) bool // tests see by it that no other rule finds the same
}

// OK reports whether nothing was found.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// add keeps a finding. Its texts come from a log that is not trusted, and are shown
// on a terminal.
func (r *Report) add(f Finding) {
	f.Reference, f.Words = tables.Plain(f.Reference), tables.Plain(f.Words)
	if r.muted != nil && r.muted(f.Rule) {
		return
	}
	at, _ := slices.BinarySearchFunc(r.Findings, f, func(have, f Finding) int {
		if order(have, f) > 0 {
			return 1
		}
		return -1
	})
	r.Findings = slices.Insert(r.Findings, at, f)
	r.cut()
}

// order compares by sequence; Whole comes last.
func order(a, b Finding) int { return cmp.Compare(uint64(a.Sequence), uint64(b.Sequence)) }

// cut leaves out the last finding about a leaf, or about the whole log, where there
// is one too many: the bad leaves with the lowest sequences stay, and neither sort
// crowds out the other.
func (r *Report) cut() {
	leaves := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Sequence == Whole })
	if leaves < 0 {
		leaves = len(r.Findings)
	}
	switch {
	case leaves > maxFindings:
		r.Findings = slices.Delete(r.Findings, maxFindings, maxFindings+1)
	case len(r.Findings) > leaves+maxFindings:
		r.Findings = r.Findings[:leaves+maxFindings]
	default:
		return
	}
	r.More++
}

// whole keeps a finding about the whole log.
func (r *Report) whole(rule Rule, format string, args ...any) {
	r.add(Finding{Sequence: Whole, Rule: rule, Words: fmt.Sprintf(format, args...)})
}
