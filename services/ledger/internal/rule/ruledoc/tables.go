package main

import (
	"fmt"
	"strings"

	"github.com/solidarity-fund/solidarity/services/internal/account"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/leaf"
	"github.com/solidarity-fund/solidarity/services/ledger/internal/rule"
)

// tables write the tables in Markdown, by name.
var tables = map[string]func() string{
	"kinds of transaction":    transactions,
	"kinds of decision":       decisions,
	"lines of the statements": statements,
}

func transactions() string {
	rows := [][]string{{"", "kind", "brought by", "debits", "credits", "decisions of", "deficit"}}
	for _, t := range rule.Transactions() {
		rows = append(rows, []string{
			fmt.Sprint(uint8(t.Kind)), t.Kind.String(), services(t.By), classes(t, leaf.Debit), classes(t, leaf.Credit),
			bases[t.Basis], deficits[t.Deficit],
		})
	}
	return table(rows)
}

func decisions() string {
	rows := [][]string{{"", "kind", "brought by", "resource", "person", "roles", "fresh sign-in", "step of"}}
	for _, d := range rule.Decisions() {
		process, first := rule.StepOf(d.Kind)
		step := processes[process]
		if first {
			step += ", the first"
		}
		rows = append(rows, []string{
			fmt.Sprint(uint8(d.Kind)), d.Kind.String(), services(d.By), either(d.Named, "named", "none"), takers[d.Taken], roles(d.Roles), either(d.StepUp, "yes", ""), step,
		})
	}
	return table(rows)
}

func statements() string {
	rows := [][]string{{"kind", "section", "line", "line of the fund's statement"}}
	for _, t := range rule.Transactions() {
		line := t.Line.String()
		for _, e := range t.Except {
			line += fmt.Sprintf("; %s on `%s:`", e.Line, e.Class)
		}
		fund := t.Fund.String()
		if t.Award != rule.AwardNothing {
			fund += "; " + t.Award.String()
		}
		rows = append(rows, []string{t.Kind.String(), t.Line.Section().String(), line, fund})
	}
	return table(rows)
}

var bases = map[rule.Basis]string{
	rule.ByRound: "its rounds", rule.ByPlan: "its plan", rule.ByPlanOfAwards: "its plan, if it debits `award:`",
	rule.ByAdjustment: "its adjustment",
}

var deficits = map[rule.Deficit]string{rule.Deepens: "deepens", rule.Waits: "waits"}

var takers = map[rule.Taker]string{
	rule.ByNobody: "nobody", rule.BySomebody: "somebody", rule.ByEither: "somebody or nobody",
}

var processes = map[rule.Process]string{rule.Round: "a round", rule.Plan: "a plan", rule.Adjustment: "an adjustment", rule.Period: "a close"}

func services(list []rule.Service) string {
	words := make([]string, len(list))
	for i, s := range list {
		words[i] = string(s)
	}
	return strings.Join(words, ", ")
}

func roles(list []leaf.Role) string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = r.String()
	}
	return strings.Join(words, ", ")
}

// classes lists what a kind may debit or credit: the guarded classes, and which others.
func classes(t rule.Transaction, side leaf.Side) string {
	if t.Kind == leaf.Reversal {
		return "what it reverses"
	}
	words := []string{"others"}
	switch {
	case t.Covers && side == leaf.Debit:
		return "`fund:operations:`"
	case t.Covers:
		return "`deficit:`"
	case t.SetAside:
		words = []string{"`fund:`"}
	}
	for _, class := range []account.Class{account.ClassRound, account.ClassAward} {
		if t.Moves(class, side) {
			words = append(words, "`"+string(class)+":`")
		}
	}
	return strings.Join(words, ", ")
}

func either(yes bool, one, other string) string {
	if yes {
		return one
	}
	return other
}

// table writes rows, the first one being the head.
func table(rows [][]string) string {
	var b strings.Builder
	for i, row := range rows {
		b.WriteString("|")
		for _, cell := range row {
			b.WriteString(strings.TrimRight(" "+cell, " ") + " |")
		}
		b.WriteString("\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	return b.String()
}
