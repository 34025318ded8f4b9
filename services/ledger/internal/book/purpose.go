package book

import (
	"fmt"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// checkPurpose refuses an account that the draft's kind may not touch. Reversals
// mirror what was checked when it was booked.
func (d *Draft) checkPurpose(at place) error {
	may := rule.Of(d.Kind)
	for j, e := range d.Entries {
		if !may.Moves(classOf(e.Account), e.Side) || !may.MovesFund(fundOf(e.Account)) && e.Side == leaf.Debit {
			return wrongKind(at.lineAt("entries", j).field("account"))
		}
	}
	if may.Covers && len(d.Sources) > 0 {
		return fault.Field(at.field("sources"), fault.FieldNotAllowed, "must be empty for this kind")
	}
	for j, s := range d.Sources {
		for k, path := range s.Accounts {
			class := classOf(path)
			if !may.Moves(class, leaf.Debit) || class == account.ClassDeficit && may.Deficit != rule.Deepens {
				return wrongKind(at.lineAt("sources", j).field(fmt.Sprintf("accounts[%d]", k)))
			}
		}
	}
	return nil
}

func classOf(path string) account.Class {
	class, _, _ := strings.Cut(path, ":")
	return account.Class(class)
}

// fundOf is the fund of an account, empty where it belongs to none.
func fundOf(path string) string {
	if p, err := account.Parse(path); err == nil && p.Class == account.ClassFund {
		return p.Parts[0]
	}
	return ""
}

func wrongKind(field string) error {
	f := fault.Field(field, fault.FieldNotPossible, "must be one that a transaction of this kind may move")
	f.Reason = fault.ReasonWrongKind
	return f
}
