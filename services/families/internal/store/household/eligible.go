package household

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/solidarity-fund/solidarity/services/families/internal/aidrequest"
	"github.com/solidarity-fund/solidarity/services/internal/fault"
	"github.com/solidarity-fund/solidarity/services/internal/page"
)

const (
	// eligiblePage is how many requests are looked at together.
	eligiblePage = 500
	// checksOfDay and checksOfDays bound how many rules are checked in a day, and in
	// checkDays: by enough answers of yes and no a family would be found.
	checksOfDay, checksOfDays, checkDays = 10, 50, 30
)

// CountEligible counts the families with a fundable request that accepts says yes to. It
// looks at all of them, so that its time says nothing.
func (s *Store) CountEligible(ctx context.Context, accepts func(aidrequest.Fundable) (bool, error)) (families int, err error) {
	last := ""
	for p := (page.Page{Size: eligiblePage}); ; {
		rows, err := s.Fundable(ctx, p)
		if err != nil {
			return 0, err
		}
		for _, f := range rows[:min(len(rows), p.Size)] {
			yes, err := false, error(nil)
			if !f.Undecided {
				yes, err = accepts(f)
			}
			if err != nil {
				return 0, fmt.Errorf("ask about request %s: %w", f.Request.ID, err)
			}
			if yes && f.Request.FamilyID != last {
				families, last = families+1, f.Request.FamilyID
			}
		}
		if len(rows) <= p.Size {
			return families, nil
		}
		end := rows[p.Size-1].Request
		p.After = []string{end.FamilyID, end.ID}
	}
}

// CountRuleCheck counts one more check of a rule, and refuses it where there were enough.
func (s *Store) CountRuleCheck(ctx context.Context) error {
	today := day(s.now())
	return s.db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM rule_checks WHERE checked_on <= $1`, today.AddDate(0, 0, -checkDays)); err != nil {
			return fmt.Errorf("forget old checks of rules: %w", err)
		}
		var ofDay, ofDays int
		err := tx.QueryRow(ctx, `
			INSERT INTO rule_checks (checked_on, checks) VALUES ($1, 1)
			ON CONFLICT (checked_on) DO UPDATE SET checks = rule_checks.checks + 1 RETURNING checks`, today).Scan(&ofDay)
		if err == nil {
			err = tx.QueryRow(ctx, `SELECT sum(checks) FROM rule_checks`).Scan(&ofDays)
		}
		switch {
		case err != nil:
			return fmt.Errorf("count check of rule: %w", err)
		case ofDay > checksOfDay, ofDays > checksOfDays:
			f := fault.New(fault.Exhausted, fault.ReasonRuleChecksUsedUp, "As many rules were checked as may be: 10 a day, and 50 in 30 days.")
			f.RetryAfter = today.AddDate(0, 0, 1).Sub(s.now()).Round(time.Second)
			return f
		}
		return nil
	})
}
