package dumptest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Outside is what somebody outside has of one thing: of a person on a public list, a
// line of the bank, a charge.
type Outside struct {
	// Words are ids, names, addresses, accounts.
	Words []string
	// Minor, Day and Moment are zero where they are not known.
	Minor  int64
	Day    string
	Moment time.Time
}

// Candidates are the targets that something outside may be, for all that a dump says
// about them: by its words, then by its amount, its day and its moment. What fits none of
// them tells nothing.
func Candidates(about map[string][]Row, targets []string, o Outside) []string {
	for _, fits := range []func(Row) bool{o.named, o.paid, o.sameDay, o.near} {
		var left []string
		for _, target := range targets {
			if slices.ContainsFunc(about[target], fits) {
				left = append(left, target)
			}
		}
		if len(left) > 0 {
			targets = left
		}
	}
	return targets
}

// named says whether a row has one of the words: as it is, as bytes, or as a digest that
// anybody can make.
func (o Outside) named(r Row) bool {
	for _, word := range o.Words {
		sum := sha256.Sum256([]byte(word))
		forms := []string{word, `\x` + hex.EncodeToString([]byte(word)), `\x` + hex.EncodeToString(sum[:])}
		for _, text := range r.Texts {
			if slices.Contains(forms, text) || len(word) >= 12 && strings.Contains(text, word) {
				return true
			}
		}
	}
	return false
}

func (o Outside) paid(r Row) bool {
	for _, number := range r.Numbers {
		if o.Minor != 0 && number == o.Minor {
			return true
		}
	}
	return false
}

func (o Outside) sameDay(r Row) bool {
	for _, text := range r.Texts {
		if o.Day != "" && text == o.Day {
			return true
		}
	}
	return false
}

// near says whether a row has a time of day within a second of the moment.
func (o Outside) near(r Row) bool {
	for _, text := range r.Texts {
		if at, err := time.Parse(time.RFC3339, text); err == nil && !o.Moment.IsZero() && at.Sub(o.Moment).Abs() < time.Second {
			return true
		}
	}
	return false
}

// InOrder names the orders of rows, on the disk or by one of their columns, in which the
// targets follow each other as they do outside, for the most part.
func InOrder(about map[string][]Row, outside []string) (orders []string) {
	next := map[string]string{}
	for i := 1; i < len(outside); i++ {
		next[outside[i-1]] = outside[i]
	}
	placed := map[string][]place{}
	for target, rows := range about {
		for _, r := range rows {
			for column, key := range r.keys() {
				name := r.Table + " by " + column
				placed[name] = append(placed[name], place{key, target})
			}
		}
	}
	for name, places := range placed {
		slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.target, b.target)) })
		if alike(places, next) > len(outside)/2 {
			orders = append(orders, name)
		}
	}
	slices.Sort(orders)
	return orders
}

// place is where a target stands in an order.
type place struct{ key, target string }

// keys are what a row can be put in order by.
func (r Row) keys() map[string]string {
	keys := map[string]string{"disk": fmt.Sprintf("%012d", r.place)}
	maps.Copy(keys, r.Texts)
	for column, n := range r.Numbers {
		keys[column] = fmt.Sprintf("%020d", n)
	}
	return keys
}

// alike is how many targets, each where it comes first, have the right one before them.
func alike(places []place, next map[string]string) (n int) {
	last, seen := "", map[string]bool{}
	for _, p := range places {
		if seen[p.target] {
			continue
		}
		if last != "" && next[last] == p.target {
			n++
		}
		last, seen[p.target] = p.target, true
	}
	return n
}
