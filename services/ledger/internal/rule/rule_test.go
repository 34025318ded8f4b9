package rule_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	ledgerv1 "github.com/solidarity-fund/solidarity/api/solidarity/ledger/v1"
	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// kinds lists what a row must be there for: the numbers of an enum of the API.
func kinds[K ~uint8](names map[int32]string) []K {
	var all []K
	for number := range names {
		if number != 0 {
			all = append(all, K(number))
		}
	}
	slices.Sort(all)
	return all
}

func TestEveryKindOfTheContractHasARow(t *testing.T) {
	t.Parallel()
	var transactions []leaf.Kind
	for _, r := range rule.Transactions() {
		transactions = append(transactions, r.Kind)
		if len(r.By) == 0 || r.Line == 0 {
			t.Errorf("%s: nobody brings it, or it has no line: %+v", r.Kind, r)
		}
	}
	if diff := cmp.Diff(kinds[leaf.Kind](ledgerv1.TransactionKind_name), transactions); diff != "" {
		t.Errorf("transactions (-contract +table):\n%s", diff)
	}
	var decisions []leaf.DecisionKind
	for _, r := range rule.Decisions() {
		decisions = append(decisions, r.Kind)
		if len(r.By) == 0 {
			t.Errorf("%s: nobody brings it", r.Kind)
		}
	}
	if diff := cmp.Diff(kinds[leaf.DecisionKind](ledgerv1.DecisionKind_name), decisions); diff != "" {
		t.Errorf("decisions (-contract +table):\n%s", diff)
	}
}

func TestNobodyBringsAKindThatIsNotKnown(t *testing.T) {
	t.Parallel()
	for _, s := range []rule.Service{rule.Access, rule.Disbursements, rule.Donations, rule.Families, rule.Ledger, ""} {
		if rule.Of(0).BroughtBy(s) || rule.Of(200).BroughtBy(s) || rule.OfDecision(0).BroughtBy(s) || rule.OfDecision(200).BroughtBy(s) {
			t.Errorf("%q may", s)
		}
	}
	if r := rule.Of(200); r.Line != rule.LineMoves || r.Moves(account.ClassAward, leaf.Debit) {
		t.Errorf("%+v", r)
	}
}

// Who could call without a name must not be taken for the ledger itself.
func TestACallerWithoutANameBringsNothing(t *testing.T) {
	t.Parallel()
	for _, r := range rule.Transactions() {
		if r.BroughtBy("") {
			t.Errorf("%s", r.Kind)
		}
	}
	for _, r := range rule.Decisions() {
		if r.BroughtBy("") {
			t.Errorf("%s", r.Kind)
		}
	}
}

// movers are the kinds that may have an entry on accounts of a class.
func movers(class account.Class, side leaf.Side) []leaf.Kind {
	var out []leaf.Kind
	for _, r := range rule.Transactions() {
		if r.Moves(class, side) {
			out = append(out, r.Kind)
		}
	}
	return out
}

func TestMoneyOfRoundsAndAwardsIsMovedByFewKinds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ got, want []leaf.Kind }{
		"into awards": {movers(account.ClassAward, leaf.Credit), []leaf.Kind{
			leaf.RoundAward, leaf.EmergencyGrant, leaf.AttemptFailed, leaf.AttemptReturned, leaf.Reversal}},
		"out of awards": {movers(account.ClassAward, leaf.Debit), []leaf.Kind{
			leaf.AwardCancelled, leaf.AttemptSubmitted, leaf.FX, leaf.Reversal}},
		"into rounds":   {movers(account.ClassRound, leaf.Credit), []leaf.Kind{leaf.RoundHold, leaf.Reversal}},
		"out of rounds": {movers(account.ClassRound, leaf.Debit), []leaf.Kind{leaf.RoundAward, leaf.RoundRelease, leaf.Reversal}},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Money leaves what was set aside for a family by decisions, or back to the funds.
func TestNothingLeavesAnAwardOrARoundUndecided(t *testing.T) {
	t.Parallel()
	for _, r := range rule.Transactions() {
		takes := slices.Contains(r.Debits, account.ClassAward) || slices.Contains(r.Debits, account.ClassRound)
		if takes && !r.SetAside && r.Basis.Process() != rule.Plan {
			t.Errorf("%s takes money out without the decisions of a plan", r.Kind)
		}
		for _, class := range []account.Class{account.ClassAsset, account.ClassTransit, account.ClassDeficit, account.ClassSuspense, account.ClassFX, account.ClassEquity} {
			if r.SetAside && (r.Moves(class, leaf.Debit) || r.Moves(class, leaf.Credit)) {
				t.Errorf("%s sets money aside, but moves that of %s", r.Kind, class)
			}
		}
		if !r.Covers && !(r.Moves(account.ClassFund, leaf.Debit) && r.Moves(account.ClassFund, leaf.Credit)) {
			t.Errorf("%s cannot move money of a fund", r.Kind)
		}
	}
}

// A decision of our own is refused for lack of money; a fact of the world outside is
// booked whether or not there is any.
func TestOnlyFactsOfTheWorldOutsideDeepenADeficit(t *testing.T) {
	t.Parallel()
	for _, r := range rule.Transactions() {
		switch r.Kind {
		case leaf.ProcessingFee, leaf.Dispute, leaf.StripeTaking, leaf.AttemptReturned, leaf.CashLost, leaf.BankCharge, leaf.RunningCost:
			if r.Deficit != rule.Deepens {
				t.Errorf("%s has happened, but may be refused", r.Kind)
			}
		case leaf.RoundHold:
			if r.Deficit != rule.Waits {
				t.Errorf("%s takes what a fund owes", r.Kind)
			}
		default:
			if r.Deficit != rule.Apart {
				t.Errorf("%s may deepen a deficit", r.Kind)
			}
		}
	}
}

func TestEachStepBelongsToOneProcess(t *testing.T) {
	t.Parallel()
	alone := 0
	for _, d := range rule.Decisions() {
		process, first := rule.StepOf(d.Kind)
		steps := process.Steps()
		if process == rule.Alone {
			alone++
			continue
		}
		if !slices.Contains(steps, d.Kind) || first != (steps[0] == d.Kind) {
			t.Errorf("%s: process %d, first %t", d.Kind, process, first)
		}
		if !d.Named || d.Taken != rule.BySomebody {
			t.Errorf("%s is a step, but names nothing or nobody", d.Kind)
		}
	}
	if want := len(rule.Decisions()) - 10; alone != want {
		t.Errorf("%d decisions stand alone, want %d", alone, want)
	}
}

func TestNobodyChangesTheStepsOfAll(t *testing.T) {
	t.Parallel()
	rule.Plan.Steps()[0] = leaf.DecisionFreeze
	if rule.Plan.Steps()[0] != leaf.DecisionPlanLocked {
		t.Error("the next caller sees it")
	}
}

func TestThePlanOfAPaymentIsInItsName(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"paymentPlans/p_1/payments/y_1": "paymentPlans/p_1", "paymentPlans/p_1": "", "paymentPlans/p_1/payments": "",
		"plans/p_1/payments/y_1": "", "paymentPlans/p_1/files/y_1": "", "paymentPlans/p_1/payments/y_1/x": "", "": "",
	} {
		if got, ok := rule.PlanOf(source); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", source, got, ok)
		}
	}
}

func TestNamesAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	for number, name := range ledgerv1.IncomeStatementLineName_name {
		if number == 0 {
			continue
		}
		line := rule.Line(number)
		if got := "INCOME_STATEMENT_LINE_NAME_" + line.String(); got != name {
			t.Errorf("line %d is %s, in the contract %s", number, got, name)
		}
		section := ledgerv1.IncomeStatementSection(line.Section()).String()
		if section != "INCOME_STATEMENT_SECTION_"+line.Section().String() || strings.HasSuffix(section, "UNSPECIFIED") {
			t.Errorf("line %s: section %s, in the contract %s", line, line.Section(), section)
		}
	}
}

func TestAPartOfAKindMayCountOnAnotherLine(t *testing.T) {
	t.Parallel()
	returned := rule.Of(leaf.AttemptReturned)
	for class, want := range map[account.Class]rule.Line{
		account.ClassAward: rule.LineAidPaid, account.ClassFund: rule.LineBankCharges, account.ClassDeficit: rule.LineBankCharges,
	} {
		if got := returned.LineOn(class); got != want {
			t.Errorf("on %s: %s, want %s", class, got, want)
		}
	}
	for section := rule.SectionIncome; section <= rule.SectionOther; section++ {
		if section.Expense() != (section != rule.SectionIncome && section != rule.SectionOther) {
			t.Errorf("%s: expense %t", section, section.Expense())
		}
	}
}

// The ordered sources that services give end in a deficit exactly where the kind may
// deepen one.
func TestTheSourcesOfEachFactEndWhereItsKindSays(t *testing.T) {
	t.Parallel()
	for kind, lists := range map[leaf.Kind][][]string{
		leaf.ProcessingFee:   {account.FeeSources("general"), account.PromisedFeeSources("general"), account.ExcessFeeSources("general")},
		leaf.RefundStarted:   {account.RefundSources("general")},
		leaf.Dispute:         {account.TakenSources("general")},
		leaf.StripeTaking:    {account.TakenSources("general")},
		leaf.AttemptReturned: {account.LackSources()},
		leaf.BankCharge:      {account.ChargeSources()},
		leaf.RunningCost:     {account.ChargeSources()},
		leaf.CashLost:        {account.LostCashSources()},
	} {
		for _, sources := range lists {
			last, err := account.Parse(sources[len(sources)-1])
			if err != nil || (last.Class == account.ClassDeficit) != (rule.Of(kind).Deficit == rule.Deepens) {
				t.Errorf("%s: %v, %v", kind, sources, err)
			}
		}
	}
}
