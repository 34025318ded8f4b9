package identity

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Terms are what an auditor may look at: by which firm, for how long, which days of
// the books and which funds. Days are written "2026-11-24". Where they lie, who agreed to
// them and what comes of them is known elsewhere.
type Terms struct {
	// Name is the engagement's resource name.
	Name string
	// Firm is the firm's number in the register of its country.
	Firm string
	// From and Until are the first and the last day of the engagement.
	From, Until string
	// First and Last are the days of the books that are looked at; empty where the books
	// begin and where they end.
	First, Last string
	// Funds are the names of the funds that are looked at; all where there is none.
	Funds []string
}

// Commitment is what the ledger's leaves about the engagement commit to. The random id
// in its name keeps it from being guessed.
func (t Terms) Commitment() []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "solidarity engagement v1\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n",
		t.Name, t.Firm, t.From, t.Until, t.First, t.Last, strings.Join(t.Funds, " ")))
	return sum[:]
}

// Whole reports whether everything is looked at.
func (t Terms) Whole() bool { return !t.OfDays() && !t.OfFunds() }

// OfDays reports whether some days only are looked at.
func (t Terms) OfDays() bool { return t.First != "" || t.Last != "" }

// OfFunds reports whether some funds only are looked at.
func (t Terms) OfFunds() bool { return len(t.Funds) > 0 }

// Reaches reports whether a day is looked at.
func (t Terms) Reaches(day string) bool {
	return (t.First == "" || day >= t.First) && (t.Last == "" || day <= t.Last)
}

// Filter adds to the filter of a list that a field is one of the days that are looked at,
// so that pages are full of what an answer may hold. Nobody's Terms add nothing.
func (t *Terms) Filter(field, text string) string {
	if t == nil {
		return text
	}
	var parts []string
	if strings.TrimSpace(text) != "" {
		parts = append(parts, "("+text+")")
	}
	for _, bound := range []struct{ operator, day string }{{">=", t.First}, {"<=", t.Last}} {
		if bound.day != "" {
			parts = append(parts, fmt.Sprintf("%s %s %q", field, bound.operator, bound.day))
		}
	}
	return strings.Join(parts, " AND ")
}

// Covers reports whether a fund is looked at, by its name or by the id that ends it.
func (t Terms) Covers(fund string) bool {
	return !t.OfFunds() || slices.ContainsFunc(t.Funds, func(name string) bool {
		return name == fund || !strings.Contains(fund, "/") && strings.HasSuffix(name, "/"+fund)
	})
}

// On reports whether the engagement is in force at a time by its own days.
func (t Terms) On(now time.Time) bool {
	today := now.UTC().Format(time.DateOnly)
	return t.From <= today && today <= t.Until
}
